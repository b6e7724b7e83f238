import * as NodeContext from "@effect/platform-node/NodeContext"
import { Effect, Layer } from "effect"
import { bindReplay } from "../../src/audit/recompute.js"
import { backtest } from "../../src/backtest/backtest.js"
import { fromDollars } from "../../src/backtest/money.js"
import { standardComputers } from "../../src/computers/standard.js"
import { LiveContext } from "../../src/context/contexts.js"
import { SnapshotSource } from "../../src/context/SnapshotSource.js"
import { buildDataset } from "../../src/dataset/buildDataset.js"
import { Instant } from "../../src/domain/Instant.js"
import * as FeatureRegistry from "../../src/features/FeatureRegistry.js"
import { importFile } from "../../src/importer/importFiles.js"
import { Replay } from "../../src/state/Replay.js"
import type { MarketViews } from "../../src/state/views.js"
import { EventLog } from "../../src/store/EventLog.js"
import { FeatureStore } from "../../src/store/FeatureStore.js"
import * as Store from "../../src/store/makeFeatureStore.js"
import { meanReversion, type MeanReversionSettings } from "../../src/strategy/meanReversion.js"
import { termsOf } from "../backtest/terms.js"
import { marketName } from "./generate.js"
import { storage } from "./storage.js"

// What this project does, without anything of its peers: growth is measured in processes that load no more than this.
// `onProgress` is run every now and then on the way.

export const standardRegistry = FeatureRegistry.make<MarketViews>(standardComputers, {
  cacheTtlSecs: 60,
  features: {},
  external: {}
})

export const importQuotes = (csv: string, path: string, onProgress: Effect.Effect<void> = Effect.void) =>
  importFile(csv, { format: "quotes", onProgress: () => onProgress }).pipe(
    Effect.provide(Layer.merge(storage(path), NodeContext.layer)),
    Effect.asVoid
  )

export const materialised = ["market", "price_history"]

/** Materialises two groups of every market on a grid. */
export const materializeAll = (
  path: string,
  from: number,
  to: number,
  everyMillis: number,
  onProgress: Effect.Effect<void> = Effect.void
) =>
  Effect.gen(function*() {
    const registry = yield* standardRegistry
    const app = Store.layer(registry, SnapshotSource).pipe(
      Layer.provideMerge(LiveContext(registry.historyMillis)),
      Layer.provideMerge(storage(path))
    )
    yield* Effect.provide(
      Effect.flatMap(FeatureStore, (store) =>
        store.materialize({
          references: materialised,
          everyMillis,
          from: Instant(from),
          to: Instant(to),
          onProgress: () => onProgress
        })),
      app
    )
  })

/** A training set of the shared features out of a log and a spine on disk. */
export const buildShared = (spine: string, out: string, onProgress: Effect.Effect<void> = Effect.void) =>
  Effect.flatMap(standardRegistry, (registry) =>
    buildDataset(registry, SnapshotSource, {
      references: ["market.current_price", "market.price_spread", "price_history"],
      spine: { kind: "file", file: spine },
      out,
      format: "parquet",
      keepStale: false,
      withStatus: false,
      labels: false,
      overwrite: true,
      onProgress: () => onProgress
    }))

/** All five groups at every event, market by market; `take` is given the values of the shared features. */
export const replayAll = (
  registry: FeatureRegistry.FeatureRegistry<MarketViews>,
  markets: number,
  take: (shared: ReadonlyArray<Float64Array>) => void,
  onProgress: Effect.Effect<void> = Effect.void
) =>
  Effect.gen(function*() {
    const log = yield* EventLog
    for (let index = 0; index < markets; index++) {
      const market = marketName(index)
      const events = new Replay((yield* log.read(market)).columns, Infinity)
      const { groups } = yield* bindReplay(registry, Layer.empty, market, events)
      const shared = groups.flatMap(({ group, row: { values } }) =>
        group.name === "market" ? [values.subarray(3, 5)] : group.name === "price_history" ? [values] : []
      )
      for (let at = events.next(); !Number.isNaN(at); at = events.next()) {
        for (const group of groups) group.evaluate(Instant(at))
        take(shared)
      }
      yield* onProgress
    }
  })

export const backtestTerms = termsOf({ cash: fromDollars(1_000_000) })

/** A strategy that decides at its interval on every market of the log. */
export const runBacktest = (
  registry: FeatureRegistry.FeatureRegistry<MarketViews>,
  settings: MeanReversionSettings,
  onProgress: Effect.Effect<void> = Effect.void
) => backtest(registry, Layer.empty, meanReversion(settings), { terms: backtestTerms, onProgress: () => onProgress })
