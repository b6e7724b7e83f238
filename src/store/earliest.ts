import { Effect } from "effect"
import { formatInstant, Instant } from "../domain/Instant.js"
import { StorageFailure } from "./StorageFailure.js"

/**
 * The first instant whose answers a log still gives whole, where features look back `historyMillis`. Of a log from which
 * events were dropped everything since `completeSince` is there, and of what came before all that answers from then on need.
 */
export const earliestOf = (completeSince: number, historyMillis: number): Instant =>
  Instant(completeSince === 0 ? 0 : completeSince + historyMillis)

/** Fails where answers as of `from` would need events that were dropped: they would be others than they once were. */
export const demandRetained = (
  from: number,
  completeSince: number,
  historyMillis: number
): Effect.Effect<void, StorageFailure> => {
  const earliest = earliestOf(completeSince, historyMillis)
  return from >= earliest ? Effect.void : Effect.fail(
    new StorageFailure({
      operation: `answer as of ${formatInstant(Instant(from))}`,
      cause: `the log was compacted, and answers go back to ${formatInstant(earliest)}`,
      hint: `ask for ${formatInstant(earliest)} or later, or restore the database from before \`log compact\``,
      earliest
    })
  )
}
