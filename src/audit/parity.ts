import { Effect, Layer } from "effect"
import { HistoricalClock } from "../context/HistoricalClock.js"
import { LiveMarketSource } from "../context/LiveMarketSource.js"
import { SnapshotSource } from "../context/SnapshotSource.js"
import { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import type { FeatureRegistry } from "../features/FeatureRegistry.js"
import type { WorkerPool } from "../parallel/WorkerPool.js"
import type { MarketViews } from "../state/views.js"
import { earliestOf } from "../store/earliest.js"
import { EventLog } from "../store/EventLog.js"
import type { FeatureRepository } from "../store/FeatureRepository.js"
import { FeatureStore } from "../store/FeatureStore.js"
import * as Store from "../store/makeFeatureStore.js"
import type { StorageFailure } from "../store/StorageFailure.js"
import type { Difference } from "./difference.js"
import { feedAndSample } from "./liveFeed.js"
import type { OwnServices } from "./recompute.js"
import { drawSamples } from "./samples.js"
import { type ServedParity, servedParity } from "./servedParity.js"

export interface ParityOptions {
  /** (market, instant) pairs at which live and history are compared */
  readonly samples: number
  readonly seed: number
  readonly markets?: ReadonlyArray<MarketId> | undefined
  readonly from?: Instant | undefined
  readonly to?: Instant | undefined
  /**
   * other threads that recompute what this database's served log holds, see `featureWorkers`; this one does where absent, and
   * feeds the log in any case. The report is the same.
   */
  readonly workers?: WorkerPool | undefined
  /** told how many of the log's events have been fed */
  readonly onProgress?: ((events: number, total: number) => Effect.Effect<void>) | undefined
}

export interface ParityReport {
  readonly samples: number
  readonly markets: number
  /** events of the log that were fed through the live context */
  readonly events: number
  /** values compared: at the samples, and of all answers that were served on the way */
  readonly comparisons: number
  readonly differences: ReadonlyArray<Difference>
  /** what this database's own served log holds from live serving, recomputed */
  readonly served: ServedParity
}

/** A live context whose clock the audit moves, over storage of its own. */
const liveContext = <Own>(
  registry: FeatureRegistry<MarketViews | Own>,
  own: OwnServices<Own>,
  scratch: Layer.Layer<EventLog | FeatureRepository, StorageFailure>,
  start: Instant
) =>
  // a layer is built once wherever it stands: history needs services of its own, over its own states
  Store.layer(registry, Layer.provideMerge(Layer.fresh(own), SnapshotSource)).pipe(
    Layer.provideMerge(own),
    Layer.provideMerge(LiveMarketSource(registry.historyMillis)),
    Layer.provideMerge(HistoricalClock(start)),
    Layer.provideMerge(scratch)
  )

/**
 * Proves that live serving and history agree, bit for bit, on this log: feeds the log through the live context and
 * compares, at sampled instants and log positions, every feature of a sampled market with the log's own answer; then
 * recomputes everything that was served. `scratch` is empty storage for the fed events; `own` builds the services of the
 * user's own computers.
 */
export const auditParityWithServices = <Own>(
  registry: FeatureRegistry<MarketViews | Own>,
  own: OwnServices<Own>,
  scratch: Layer.Layer<EventLog | FeatureRepository, StorageFailure>,
  options: ParityOptions
) =>
  Effect.gen(function*() {
    const audited = yield* EventLog
    const wanted = options.markets === undefined ? undefined : new Set(options.markets)
    const markets = (yield* audited.markets).filter(({ market }) => wanted?.has(market) ?? true)
    const total = markets.reduce((sum, { events }) => sum + events, 0)
    const first = Math.min(...markets.map(({ firstAvailableAt }) => firstAvailableAt))
    const last = Math.max(...markets.map(({ lastAvailableAt }) => lastAvailableAt))
    const earliest = earliestOf(yield* audited.completeSince, registry.historyMillis)
    const from = Instant(Math.max(first, earliest, options.from ?? first))
    const to = Instant(Math.min(last, options.to ?? last))
    const samples = markets.length === 0 || from > to
      ? []
      : drawSamples(options.samples, options.seed, markets, from, to)
    const onFed = (events: number) => options.onProgress?.(events, total) ?? Effect.void

    const live = markets.length === 0 ? undefined : yield* Effect.gen(function*() {
      const names = markets.map(({ market }) => market)
      const sampled = yield* feedAndSample(registry, own, audited, samples, names, onFed)
      yield* (yield* FeatureStore).flush
      return { sampled, served: yield* servedParity(registry, own) }
    }).pipe(Effect.provide(liveContext(registry, own, scratch, Instant(first))))

    const report: ParityReport = {
      samples: samples.length,
      markets: markets.length,
      events: live?.sampled.events ?? 0,
      comparisons: (live?.sampled.comparisons ?? 0) + (live?.served.comparisons ?? 0),
      differences: [...live?.sampled.differences ?? [], ...live?.served.differences ?? []],
      served: yield* servedParity(registry, own, options.workers)
    }
    return report
  })

/** The same of computers that ask for nothing but the standard services. */
export const auditParity = (
  registry: FeatureRegistry<MarketViews>,
  scratch: Layer.Layer<EventLog | FeatureRepository, StorageFailure>,
  options: ParityOptions
) => auditParityWithServices(registry, Layer.empty, scratch, options)
