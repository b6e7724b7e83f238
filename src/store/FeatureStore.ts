import { Context, type Effect, Schema, type Stream } from "effect"
import type { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import type { FeatureVector, ScalarValue } from "../features/FeatureVector.js"
import type { UnknownReference } from "../features/reference.js"
import type { WorkerFailure } from "../parallel/WorkerFailure.js"
import type { WorkerPool } from "../parallel/WorkerPool.js"
import type { SpineRow } from "./spineColumns.js"
import type { StorageFailure } from "./StorageFailure.js"

/** A value that does not fit the external group it was given for. */
export class ExternalRejected extends Schema.TaggedError<ExternalRejected>()("ExternalRejected", {
  field: Schema.String,
  expected: Schema.String,
  actual: Schema.String
}) {
  override get message(): string {
    return `${this.field}: expected ${this.expected}, got ${this.actual}`
  }
}

/** A value computed elsewhere, for `storeFeatures`. */
export interface ExternalFeature {
  /** `group.feature` of an external group */
  readonly feature: string
  readonly version: string
  /** what instant the value is about */
  readonly timestamp: Instant
  /** when it was known; the store's now where absent */
  readonly availableAt?: Instant | undefined
  readonly value: ScalarValue
}

export interface MaterializeRequest {
  readonly references: ReadonlyArray<string>
  readonly everyMillis: number
  /** first instant of the grid */
  readonly from: Instant
  /** last instant of the grid, inclusive */
  readonly to: Instant
  /** all markets of the log where absent */
  readonly markets?: ReadonlyArray<MarketId> | undefined
  /** other threads that compute, see `featureWorkers`; this one computes where absent. What is stored is the same. */
  readonly workers?: WorkerPool | undefined
  /** told after each market */
  readonly onProgress?: ((done: number, markets: number) => Effect.Effect<void>) | undefined
}

export interface Materialized {
  readonly markets: number
  /** answers of one group for one market and instant */
  readonly computed: number
  /** answers that were stored before and still hold */
  readonly kept: number
}

/** How often an answer could be given again rather than computed, since the store was opened. */
export interface CacheUse {
  readonly hits: number
  readonly misses: number
}

/**
 * The feature store: the same feature programs now, at any past instant, and over any number of instants.
 *
 * References are `group`, `group.feature`, `group@version`, `group@version.feature` or a bare feature name.
 */
export class FeatureStore extends Context.Tag("features/FeatureStore")<FeatureStore, {
  /** The features now, by the context's market clock. Answers younger than their ttl may be given again. */
  readonly getCurrentFeatures: (
    market: MarketId,
    references: ReadonlyArray<string>
  ) => Effect.Effect<FeatureVector<unknown>, UnknownReference | StorageFailure>
  /** The features as of an instant, inclusive, computed from the log. */
  readonly getFeaturesAt: (
    market: MarketId,
    at: Instant,
    references: ReadonlyArray<string>
  ) => Effect.Effect<FeatureVector<unknown>, UnknownReference | StorageFailure>
  /** One vector for each row of the spine, in its order. */
  readonly getHistoricalFeatures: <E, R>(
    spine: Stream.Stream<SpineRow, E, R>,
    references: ReadonlyArray<string>
  ) => Stream.Stream<FeatureVector<unknown>, E | UnknownReference | StorageFailure, R>
  /** Stores values of external groups, all or none. */
  readonly storeFeatures: (
    market: MarketId,
    features: ReadonlyArray<ExternalFeature>
  ) => Effect.Effect<void, ExternalRejected | StorageFailure>
  /** Computes and stores vectors on a time grid. What is stored and still holds is not computed again. */
  readonly materialize: (
    request: MaterializeRequest
  ) => Effect.Effect<Materialized, UnknownReference | StorageFailure | WorkerFailure>
  /** Forgets the cached answers of a market. */
  readonly invalidate: (market: MarketId) => Effect.Effect<void>
  readonly cacheUse: Effect.Effect<CacheUse>
  /** Returns once every served answer so far is in the served log. */
  readonly flush: Effect.Effect<void, StorageFailure>
}>() {}
