import * as Args from "@effect/cli/Args"
import type * as Command from "@effect/cli/Command"
import { features, flag, from, globals, markets, optionalText, requiredText, to } from "../options.js"
import { workers } from "../workers.js"

export const buildOptions = {
  features,
  out: requiredText("out", "FILE", "the dataset: .parquet, .csv, .ndjson or .arrow"),
  spine: optionalText("spine", "FILE", "rows to answer: market, timestamp and any others (CSV, NDJSON, Parquet)"),
  every: optionalText("every", "D", "instead of a spine, a grid of this step from --from to --to: 30s, 5m, 1h"),
  from,
  to,
  markets,
  withStatus: flag("with-status", "add status, reason and age_ms columns to every feature"),
  keepStale: flag("keep-stale", "keep values past their max age, which are null otherwise"),
  labels: flag("labels", "add the market's outcome as label, and label_available_at"),
  knownBy: optionalText("known-by", "TIME", "labels from resolutions known by then, inclusive (default: now)"),
  logPosition: optionalText("log-position", "N", "as the log stood at this position (default: its end)"),
  overwrite: flag("overwrite", "replace FILE, and say what has changed"),
  workers,
  ...globals
}
export type BuildGiven = Command.Command.ParseConfig<typeof buildOptions>

const file = Args.text({ name: "FILE" }).pipe(Args.withDescription("a dataset that this program has written"))

export const describeOptions = { file, ...globals }
export type DescribeGiven = Command.Command.ParseConfig<typeof describeOptions>

export const splitOptions = {
  file,
  at: optionalText("at", "TIME", "the first instant of the test part"),
  fractions: optionalText("fractions", "LIST", "instead, shares of rows by time: 0.8,0.2 or 0.7,0.15,0.15"),
  embargo: optionalText("embargo", "D", "leave out rows this long before a cut, so that windows do not overlap"),
  train: optionalText("train", "OUT", "where the training part goes (default: FILE with .train before its extension)"),
  validation: optionalText("validation", "OUT", "the same for the middle one of three parts"),
  test: optionalText("test", "OUT", "the same for the test part"),
  overwrite: flag("overwrite", "replace files that are there"),
  ...globals
}
export type SplitGiven = Command.Command.ParseConfig<typeof splitOptions>
