import type { Option } from "effect"
import { features, type Globals, globals, markets, optionalText, requiredText } from "../options.js"

/** Thresholds that are used where none are given. */
export const driftDefaults = { psi: "0.2", nullRate: "0.1" }

export const driftOptions = {
  dataset: optionalText("dataset", "FILE", "what the period is compared with: a training set"),
  referenceFrom: optionalText("reference-from", "TIME", "or another period of the log: from here on, inclusive"),
  referenceTo: optionalText("reference-to", "TIME", "up to here, inclusive"),
  from: requiredText("from", "TIME", "the period begins here, inclusive"),
  to: requiredText("to", "TIME", "and ends here, inclusive"),
  every: requiredText("every", "D", "features are computed at this distance"),
  features,
  markets,
  psi: optionalText("psi", "X", `a population stability index above it is a finding (default: ${driftDefaults.psi})`),
  nullRate: optionalText(
    "null-rate",
    "X",
    `so is a share of nulls that has moved by more than it (default: ${driftDefaults.nullRate})`
  ),
  ...globals
}

/** What was typed. */
export interface DriftGiven extends Globals {
  readonly dataset: Option.Option<string>
  readonly referenceFrom: Option.Option<string>
  readonly referenceTo: Option.Option<string>
  readonly from: string
  readonly to: string
  readonly every: string
  readonly features: ReadonlyArray<string>
  readonly markets: Option.Option<string>
  readonly psi: Option.Option<string>
  readonly nullRate: Option.Option<string>
}
