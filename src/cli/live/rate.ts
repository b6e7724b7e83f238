import { Clock, Effect } from "effect"

/** Turns a count that only grows into how much it has grown a second, since this was asked last. */
export const makeRate = Effect.map(Clock.currentTimeMillis, (start) => {
  let [lastAt, last] = [start, 0]
  return (total: number) =>
    Effect.map(Clock.currentTimeMillis, (now) => {
      const rate = now > lastAt ? (total - last) * 1000 / (now - lastAt) : 0
      lastAt = now
      last = total
      return rate
    })
})
