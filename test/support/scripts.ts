import { FastCheck as fc } from "effect"
import { histories, marketIds, opening } from "./histories.js"
import type { EventBody } from "./naive/index.js"

/** What happens to a live store: time passes, events are published together, a market's features are asked for. */
export type Act =
  | { readonly act: "wait"; readonly millis: number }
  | { readonly act: "publish"; readonly lines: ReadonlyArray<EventBody> }
  | { readonly act: "ask"; readonly market: string }

const waits = fc.oneof(
  { weight: 6, arbitrary: fc.constant(0) },
  { weight: 4, arbitrary: fc.constantFrom(1, 500, 999, 1_000, 1_001, 4_999, 5_000, 10_000, 30_000, 60_000) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 4 * 3_600_000 }) }
)

const choices = fc.array(
  fc.record({
    together: fc.boolean(),
    asks: fc.nat(4).map((n) => Math.max(0, n - 2)),
    wait: waits,
    market: fc.constantFrom("m1", ...marketIds)
  }),
  { minLength: 5, maxLength: 40, size: "max" }
)

/** A history as it comes in live, in the order of its available_at, with questions in between. */
export const scripts: fc.Arbitrary<ReadonlyArray<Act>> = fc.tuple(histories, choices).map(([lines, chosen]) => {
  const acts: Array<Act> = []
  let now = opening
  let batch: Array<EventBody> = []
  const wait = (millis: number) => {
    if (millis <= 0) return
    acts.push({ act: "wait", millis })
    now += millis
  }
  const sorted = [...lines].sort((a, b) => a.available_at - b.available_at)
  sorted.forEach((line, index) => {
    const choice = chosen[index % chosen.length]
    if (choice === undefined) return
    wait(line.available_at - now)
    batch.push(line)
    const next = sorted[index + 1]
    if (choice.together && next !== undefined && next.available_at <= now) return
    acts.push({ act: "publish", lines: batch })
    batch = []
    for (let i = 0; i < choice.asks; i++) {
      acts.push({ act: "ask", market: choice.market })
      wait(choice.wait)
      acts.push({ act: "ask", market: choice.market })
    }
  })
  return acts
})
