import { Schema } from "effect"

/** A training set that cannot be built or cut as asked. */
export class DatasetRefused extends Schema.TaggedError<DatasetRefused>()("DatasetRefused", {
  problem: Schema.String,
  hint: Schema.String
}) {
  override get message(): string {
    return `${this.problem}\n${this.hint}`
  }
}
