import { Context, type Effect, type Stream } from "effect"
import type { MarketEvent, TimedEvent } from "../domain/Event.js"
import type { EventColumns } from "../domain/EventColumns.js"
import type { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import type { StorageFailure } from "./StorageFailure.js"

/** Events of one market and kind. */
export interface MarketColumns {
  readonly market: MarketId
  readonly columns: EventColumns
}

/** Events of one kind and of many markets: row `i` of the columns is of market `market[i]`. */
export interface MixedColumns {
  readonly market: ReadonlyArray<MarketId>
  readonly columns: EventColumns
}

/** What an append has done. */
export interface Appended {
  /** the log position after it: every event up to here is durable and visible */
  readonly sequence: number
  readonly events: number
  /** news that the log had already, by market, source and id */
  readonly duplicates: number
  /** the appended events as reducers take them, one entry a kind, in the order of their sequence */
  readonly kinds: ReadonlyArray<MixedColumns>
  /** the same, one entry a market and kind */
  readonly columns: ReadonlyArray<MarketColumns>
}

/** Best bids and asks of many markets as columns of one length; NaN is a missing side or an unreported volume. */
export interface QuoteBatch {
  readonly kind: "quotes"
  readonly market: ReadonlyArray<MarketId>
  readonly availableAt: Float64Array
  readonly eventTime: Float64Array
  /** millionths */
  readonly bestBid: Float64Array
  readonly bestAsk: Float64Array
  /** USD */
  readonly volume24h: Float64Array
}

export interface EventBatch {
  readonly kind: "events"
  readonly events: ReadonlyArray<TimedEvent>
}

/** A file as it is known to the log: by what it holds, not by its name. */
export interface ImportedFile {
  /** sha256 over content, format and column mapping */
  readonly digest: string
  readonly name: string
}

export interface ImportResult {
  /** `known`: the same content was imported before, and nothing was appended */
  readonly outcome: "appended" | "known"
  readonly events: number
  readonly duplicates: number
  /** the log position after the import */
  readonly sequence: number
}

export interface MarketSummary {
  readonly market: MarketId
  readonly events: number
  readonly firstAvailableAt: Instant
  readonly lastAvailableAt: Instant
}

/** Part of the log, and how far the log had come: every event up to `watermark` is in, later ones are not. */
export interface LogRead {
  /** one entry a kind, each sorted by (availableAt, sequence) */
  readonly columns: ReadonlyArray<EventColumns>
  readonly watermark: number
}

/** One event of the log in its columns. */
export interface LogEntry {
  readonly market: MarketId
  readonly columns: EventColumns
  readonly row: number
}

/** Which part of the log: bounds on availableAt, both inclusive, and on sequence, exclusive; absent means all. */
export interface LogRange {
  readonly after?: number | undefined
  readonly from?: Instant | undefined
  readonly to?: Instant | undefined
  readonly markets?: ReadonlyArray<MarketId> | undefined
}

/**
 * The append-only log of everything observed: the source of truth. Each event is given its `availableAt` and `sequence`
 * when it is appended (an import keeps the file's availableAt); the log is read in (availableAt, sequence) order.
 */
export class EventLog extends Context.Tag("features/EventLog")<EventLog, {
  /** Appends a batch as a whole, durably, known since `at`. */
  readonly append: (events: ReadonlyArray<MarketEvent>, at: Instant) => Effect.Effect<Appended, StorageFailure>
  /** Appends a file as a whole: all of it or, on any failure, nothing. A file that the log has already adds nothing. */
  readonly importFile: <E, R>(
    file: ImportedFile,
    batches: Stream.Stream<QuoteBatch | EventBatch, E, R>
  ) => Effect.Effect<ImportResult, E | StorageFailure, R>
  /** All events of one market. */
  readonly read: (market: MarketId, range?: LogRange) => Effect.Effect<LogRead, StorageFailure>
  /** Events of many markets in (availableAt, sequence) order, in memory that does not grow with the log. */
  readonly scan: (range?: LogRange) => Stream.Stream<LogEntry, StorageFailure>
  readonly markets: Effect.Effect<ReadonlyArray<MarketSummary>, StorageFailure>
  /** The log position: every event up to here is durable and visible. */
  readonly watermark: Effect.Effect<number, StorageFailure>
  /** The newest availableAt given by `append`; a live clock never starts before it. 0 where nothing was appended. */
  readonly appendedAt: Effect.Effect<number, StorageFailure>
  /** The instant since when the log holds all events, exclusive; 0 where nothing was ever dropped. See `LogMaintenance`. */
  readonly completeSince: Effect.Effect<number, StorageFailure>
}>() {}
