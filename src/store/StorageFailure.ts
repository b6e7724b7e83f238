import { Schema } from "effect"

/** The storage could not do what was asked; nothing of the operation was kept. */
export class StorageFailure extends Schema.TaggedError<StorageFailure>()("StorageFailure", {
  operation: Schema.String,
  /** what to do about it, where that is known */
  hint: Schema.optional(Schema.String),
  /** where events that were asked for have been dropped: the first instant (ms) that can still be answered */
  earliest: Schema.optional(Schema.Finite),
  cause: Schema.Defect
}) {
  override get message(): string {
    return `${this.operation}: ${reasonOf(this.cause)}${this.hint === undefined ? "" : ` (${this.hint})`}`
  }

  /** The same with the reason alone for its cause: as it is sent elsewhere, where a chain of causes does not arrive. */
  flattened(): StorageFailure {
    const { earliest, hint, operation } = this
    return new StorageFailure({ operation, hint, earliest, cause: reasonOf(this.cause) })
  }
}

/** Drivers wrap: what went wrong stands at the bottom. */
const innermost = (error: Error): Error => error.cause instanceof Error ? innermost(error.cause) : error

const reasonOf = (cause: unknown): string => cause instanceof Error ? innermost(cause).message : String(cause)
