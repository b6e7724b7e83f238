import { Schema } from "effect"

/** A command line that cannot be carried out as written. */
export class UsageRefused extends Schema.TaggedError<UsageRefused>()("UsageRefused", {
  problem: Schema.String,
  hint: Schema.String
}) {
  override get message(): string {
    return `${this.problem}\n${this.hint}`
  }
}

/** A command that has said all it had to say, on a finding: only its exit code is left. */
export class Concluded extends Schema.TaggedError<Concluded>()("Concluded", { exitCode: Schema.Int }) {}
