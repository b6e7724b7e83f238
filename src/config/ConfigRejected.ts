import { Schema } from "effect"

/** One thing wrong with the configuration. */
export const ConfigProblem = Schema.Struct({
  /** `file:line`, `file:line:column`, the name of an environment variable, or both where both take part. */
  where: Schema.String,
  /** For example `feature_store.features.price_history.window_sec`; empty where no single key is meant. */
  keyPath: Schema.String,
  /** What would have been accepted. Never holds the refused value, which may be a secret. */
  expected: Schema.String,
  hint: Schema.NullOr(Schema.String)
})

export type ConfigProblem = typeof ConfigProblem.Type

const render = ({ expected, hint, keyPath, where }: ConfigProblem) =>
  `  ${where}${keyPath === "" ? "" : `: ${keyPath}`}\n    expected ${expected}${hint === null ? "" : `; ${hint}`}`

/** The configuration file or the environment holds something the feature store does not accept; lists all of it. */
export class ConfigRejected extends Schema.TaggedError<ConfigRejected>()("ConfigRejected", {
  problems: Schema.Array(ConfigProblem)
}) {
  override get message() {
    const count = this.problems.length === 1 ? "1 problem" : `${this.problems.length} problems`
    return [`Configuration refused: ${count}`, ...this.problems.map(render)].join("\n")
  }
}
