import { Schema } from "effect"

/** A thread that computes for another could not begin, or has ended; what it was asked for is not there. */
export class WorkerFailure extends Schema.TaggedError<WorkerFailure>()("WorkerFailure", {
  problem: Schema.String,
  /** what to do about it, where that is known */
  hint: Schema.optional(Schema.String)
}) {
  override get message(): string {
    return `worker thread: ${this.problem}${this.hint === undefined ? "" : ` (${this.hint})`}`
  }
}
