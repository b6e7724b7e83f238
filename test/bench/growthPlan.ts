import { Schema } from "effect"

export const steps = ["import", "materialise", "dataset", "replay", "backtest"] as const
export type Step = typeof steps[number]

/** What the process of one step is told. */
export const Plan = Schema.Struct({
  step: Schema.Literal(...steps),
  folder: Schema.String,
  times: Schema.Number,
  markets: Schema.Int,
  /** the newest instant */
  end: Schema.Number
})
export type Plan = typeof Plan.Type

/** What it answers. */
export const Measured = Schema.Struct({
  millis: Schema.Number,
  peakMegabytes: Schema.Number,
  /** of the peak what came on top of what the process held before the step */
  beyondMegabytes: Schema.Number
})
export type Measured = typeof Measured.Type

/** A file of one size. */
export const at = ({ folder, times }: Pick<Plan, "folder" | "times">, name: string): string =>
  `${folder}/${times}-${name}`
