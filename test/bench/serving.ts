import * as NodeContext from "@effect/platform-node/NodeContext"
import { Chunk, Effect, Layer, Stream } from "effect"
import { seeded } from "../../src/audit/random.js"
import { standardComputers } from "../../src/computers/standard.js"
import { LiveContext } from "../../src/context/contexts.js"
import { SnapshotSource } from "../../src/context/SnapshotSource.js"
import { Instant } from "../../src/domain/Instant.js"
import * as FeatureRegistry from "../../src/features/FeatureRegistry.js"
import { EventLog } from "../../src/store/EventLog.js"
import { FeatureStore } from "../../src/store/FeatureStore.js"
import * as Store from "../../src/store/makeFeatureStore.js"
import { bookTicks, marketName, opening } from "./generate.js"
import { atMost, timed } from "./measure.js"
import { storage } from "./storage.js"

const markets = 50
const ticks = 500_000
const all = ["market", "orderbook", "sentiment", "temporal", "price_history"]

/** Microseconds a call, the median of several rounds. */
const microseconds = <E, R>(calls: number, call: (i: number) => Effect.Effect<unknown, E, R>) =>
  Effect.gen(function*() {
    const rounds: Array<number> = []
    for (let round = 0; round < 5; round++) {
      const run = yield* timed(Effect.gen(function*() {
        for (let i = 0; i < calls; i++) yield* call(i)
      }))
      rounds.push(run.millis / calls * 1_000)
    }
    return rounds.sort((a, b) => a - b)[2] ?? NaN
  })

/** (c) the features of a market at random instants, and (d) now. */
export const servingBench = (folder: string) =>
  Effect.gen(function*() {
    const registry = yield* FeatureRegistry.make(standardComputers, { cacheTtlSecs: 60, features: {}, external: {} })
    const app = Store.layer(registry, SnapshotSource).pipe(
      Layer.provideMerge(LiveContext(registry.historyMillis)),
      Layer.provideMerge(storage(`${folder}/serving.db`))
    )
    return yield* Effect.gen(function*() {
      yield* (yield* EventLog).importFile({ digest: "ticks", name: "ticks" }, bookTicks(markets, ticks, 5))
      const store = yield* FeatureStore
      const random = seeded(11)
      const instant = () => Instant(opening + Math.floor(random() * ticks / markets * 1_000))

      const cold = yield* timed(
        Effect.forEach(Chunk.range(0, markets - 1), (i) => store.getFeaturesAt(marketName(i), instant(), all))
      )
      const warm = yield* microseconds(20_000, (i) => store.getFeaturesAt(marketName(i % markets), instant(), all))
      yield* store.getCurrentFeatures(marketName(0), all)
      const hit = yield* microseconds(50_000, () => store.getCurrentFeatures(marketName(0), all))
      const miss = yield* microseconds(20_000, () =>
        Effect.zipRight(store.invalidate(marketName(0)), store.getCurrentFeatures(marketName(0), all)))
      const spine = yield* timed(Stream.runDrain(store.getHistoricalFeatures(
        Stream.fromIterable(Array.from({ length: 100_000 }, (_, i) => ({
          market: marketName(i % markets),
          timestamp: instant()
        }))),
        all
      )))
      return [
        atMost("(c) getFeaturesAt, random instants, cold", "us", cold.millis / markets * 1_000, 20_000),
        atMost("(c) getFeaturesAt, random instants, warm", "us", warm, 50),
        atMost("    getHistoricalFeatures, random spine", "us/row", spine.millis / 100, 50),
        atMost("(d) getCurrentFeatures, hit", "us", hit, 5),
        atMost("(d) getCurrentFeatures, miss", "us", miss, 50)
      ]
    }).pipe(Effect.provide(app))
  }).pipe(Effect.provide(NodeContext.layer))
