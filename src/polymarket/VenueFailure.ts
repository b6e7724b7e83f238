import { Schema } from "effect"

/** The venue could not be asked, or said something that cannot be read. Retries are over when this is given. */
export class VenueFailure extends Schema.TaggedError<VenueFailure>()("VenueFailure", {
  /** such as `POST /books`; never a query that could hold a secret */
  operation: Schema.String,
  /** of the last answer; absent where there was none */
  status: Schema.optional(Schema.Number),
  /** what was wrong, in words for a user */
  problem: Schema.String,
  hint: Schema.optional(Schema.String),
  cause: Schema.optional(Schema.Defect)
}) {
  override get message(): string {
    const status = this.status === undefined ? "" : ` (${this.status})`
    return `${this.operation}${status}: ${this.problem}${this.hint === undefined ? "" : `\n${this.hint}`}`
  }
}
