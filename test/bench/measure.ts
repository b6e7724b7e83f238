import Table from "cli-table3"
import { Effect } from "effect"

/** One line of the report: what was done, how fast, and against what. */
export interface Result {
  readonly work: string
  readonly figure: string
  readonly goal: string
  readonly met: boolean
}

/** Wall time of an effect in ms. */
export const timed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const start = performance.now()
    const value = yield* effect
    return { value, millis: performance.now() - start }
  })

export const median = (values: ReadonlyArray<number>): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? NaN
}

const count = (value: number): string => Math.round(value).toLocaleString("en-US")

export const atLeast = (work: string, unit: string, value: number, goal: number): Result => ({
  work,
  figure: `${count(value)} ${unit}`,
  goal: `>= ${count(goal)}`,
  met: value >= goal
})

export const atMost = (work: string, unit: string, value: number, goal: number): Result => ({
  work,
  figure: `${value.toFixed(value < 10 ? 2 : 1)} ${unit}`,
  goal: `<= ${goal}`,
  met: value <= goal
})

export const print = (results: ReadonlyArray<Result>): string => {
  const table = new Table({ head: ["work", "measured", "goal", ""], style: { head: [], border: [] } })
  for (const { figure, goal, met, work } of results) table.push([work, figure, goal, met ? "met" : "missed"])
  return table.toString()
}
