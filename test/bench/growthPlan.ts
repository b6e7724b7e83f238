import { Schema } from "effect"

export const steps = ["import", "materialise", "dataset", "replay", "backtest"] as const
export type Step = typeof steps[number]

/** What the process of one step is told. */
export const Plan = Schema.Struct({
  step: Schema.Literal(...steps),
  folder: Schema.String,
  times: Schema.Number,
  markets: Schema.Int,
  /** whether garbage is cleared again and again, to see what is held */
  isCollected: Schema.Boolean,
  /** the newest instant */
  end: Schema.Number
})
export type Plan = typeof Plan.Type

/** What it answers. */
export const Measured = Schema.Struct({
  millis: Schema.Number,
  /** the most memory of the process: garbage counts that nothing has cleared yet */
  peakMegabytes: Schema.Number,
  /** the most that full garbage collections on the way left, heap and buffers: what the step holds on to; else 0 */
  heldMegabytes: Schema.Number
})
export type Measured = typeof Measured.Type

/** A file of one size. */
export const at = ({ folder, times }: Pick<Plan, "folder" | "times">, name: string): string =>
  `${folder}/${times}-${name}`
