import { Context, type Effect } from "effect"
import type { Instant } from "../domain/Instant.js"
import type { StorageFailure } from "./StorageFailure.js"

export interface CompactRequest {
  /**
   * Every answer from this instant on stays what it is; events that none of them needs are dropped. Nothing is dropped
   * where it is absent.
   */
  readonly dropBefore?: Instant | undefined
  /** the longest window that features declare: a registry's `historyMillis` */
  readonly historyMillis: number
  /** Whether to rewrite the file, so that it becomes smaller: others cannot write meanwhile. Freed space is used again anyway. */
  readonly shrink: boolean
  /** told after each market */
  readonly onProgress?: ((done: number, markets: number) => Effect.Effect<void>) | undefined
}

export interface Compacted {
  readonly markets: number
  /** events that are no longer there */
  readonly dropped: number
  /** events that are */
  readonly kept: number
  /** chunks and parts of the tail before and after */
  readonly pieces: { readonly before: number; readonly after: number }
  /** of the database file and its write-ahead log */
  readonly bytes: { readonly before: number; readonly after: number }
  /** since when the log holds every event: what is answered as of an instant needs the features' windows before it whole */
  readonly completeSince: number
}

/** What keeps a log small. It may be killed at any moment, and others may read and append meanwhile. */
export class LogMaintenance extends Context.Tag("features/LogMaintenance")<LogMaintenance, {
  readonly compact: (request: CompactRequest) => Effect.Effect<Compacted, StorageFailure>
  /** How many events of how many a compaction would drop. */
  readonly preview: (
    request: Pick<CompactRequest, "dropBefore" | "historyMillis" | "onProgress">
  ) => Effect.Effect<Pick<Compacted, "dropped" | "kept" | "markets">, StorageFailure>
}>() {}
