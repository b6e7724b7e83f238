import { Context, type Effect, type Stream } from "effect"
import type { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import type { ScalarValue } from "../features/FeatureVector.js"
import type { StorageFailure } from "./StorageFailure.js"

/** A group as it was when its first data were stored: the version's behaviour from then on. */
export interface RegisteredGroup {
  readonly name: string
  readonly version: string
  readonly fingerprint: string
  /** canonical JSON, for people who want to know what changed */
  readonly definition: string
}

/** Which group stored data belong to; it has been registered. */
export type GroupKey = Pick<RegisteredGroup, "name" | "version">

/** Which answers a chunk holds: those of one group for one market on a time grid. */
export interface ChunkPlace {
  readonly market: MarketId
  /** the grid: row `i` is as of `firstAt + i * everyMillis` */
  readonly firstAt: Instant
  readonly everyMillis: number
  readonly rows: number
  /** the log position as of which it was computed */
  readonly logSequence: number
}

/** The answers themselves. Columns are by feature, then by row. */
export interface MaterialisedChunk extends ChunkPlace {
  /** NaN where unknown */
  readonly values: ReadonlyArray<Float64Array>
  /** 0 where known, else the code of the reason */
  readonly reasons: ReadonlyArray<Uint8Array>
  /** when the newest event that the group reads became known; NaN where there is none */
  readonly newestAt: Float64Array
}

/** The same in the bytes that are stored (`encodeChunk`), which need not be made by whoever writes them. */
export interface EncodedChunk extends ChunkPlace {
  readonly data: Uint8Array
}

/** The part of a grid that is stored. */
export type Coverage = Pick<ChunkPlace, "firstAt" | "rows" | "logSequence">

/** A group's answer as it was served live: what `audit parity` recomputes. */
export interface ServedAnswer {
  readonly group: GroupKey
  readonly market: MarketId
  readonly at: Instant
  /** the highest log position of the market that the answer had seen */
  readonly sequence: number
  readonly values: Float64Array
  readonly reasons: Uint8Array
}

/** One externally computed value. */
export interface ExternalRow {
  readonly group: GroupKey
  readonly market: MarketId
  readonly feature: string
  /** what instant the value is about */
  readonly timestamp: Instant
  /** when it was known */
  readonly availableAt: Instant
  readonly value: ScalarValue
}

/** An external value that is in force as of some instant. */
export type ExternalValue = Pick<ExternalRow, "feature" | "timestamp" | "value">

/**
 * All values of one feature that were stored for a market, column by column. A later row counts before an earlier one
 * where both are visible: they are in the order of timestamp, then availableAt, then position.
 */
export interface ExternalHistory {
  readonly feature: string
  readonly timestamp: Float64Array
  readonly availableAt: Float64Array
  /** the log positions that the values were given */
  readonly sequence: Float64Array
  /** truths as 1 and 0 */
  readonly value: ReadonlyArray<number | string>
}

/** What is kept of features: registered groups, materialised and served answers, external values. */
export class FeatureRepository extends Context.Tag("features/FeatureRepository")<FeatureRepository, {
  readonly registered: Effect.Effect<ReadonlyArray<RegisteredGroup>, StorageFailure>
  /** Adds groups that are not registered; a registered one is never changed. */
  readonly register: (groups: ReadonlyArray<RegisteredGroup>) => Effect.Effect<void, StorageFailure>

  /** Stores chunks and removes those that they replace, as a whole. */
  readonly writeMaterialised: (
    group: GroupKey,
    chunks: ReadonlyArray<MaterialisedChunk | EncodedChunk>,
    replaced: ReadonlyArray<Pick<ChunkPlace, "market" | "everyMillis" | "firstAt">>
  ) => Effect.Effect<void, StorageFailure>
  /** Does several writes as a whole: all are kept or none, and the disk is waited for once. */
  readonly together: <A, E, R>(writes: Effect.Effect<A, E, R>) => Effect.Effect<A, E | StorageFailure, R>
  readonly coverage: (
    group: GroupKey,
    market: MarketId,
    everyMillis: number
  ) => Effect.Effect<ReadonlyArray<Coverage>, StorageFailure>
  /** The stored chunks of a group and market that touch the range, oldest first; bounds inclusive. */
  readonly readMaterialised: (
    group: GroupKey,
    market: MarketId,
    from: Instant,
    to: Instant
  ) => Effect.Effect<ReadonlyArray<MaterialisedChunk>, StorageFailure>

  readonly writeServed: (answers: ReadonlyArray<ServedAnswer>) => Effect.Effect<void, StorageFailure>
  /** All served answers in the order in which they were logged. */
  readonly served: Stream.Stream<ServedAnswer, StorageFailure>

  /** Stores external values, all or none. */
  readonly storeExternal: (rows: ReadonlyArray<ExternalRow>) => Effect.Effect<void, StorageFailure>
  /**
   * For each feature the value in force: timestamp <= at and availableAt <= at; the newest timestamp wins, then the newest
   * availableAt, then the last stored.
   */
  readonly externalAsOf: (
    group: GroupKey,
    market: MarketId,
    at: Instant
  ) => Effect.Effect<ReadonlyArray<ExternalValue>, StorageFailure>
  /** All values of a group that were stored for a market, by feature in the order of names: what as-of reads choose from. */
  readonly externalHistory: (
    group: GroupKey,
    market: MarketId
  ) => Effect.Effect<ReadonlyArray<ExternalHistory>, StorageFailure>
}>() {}
