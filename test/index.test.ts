import * as NodeContext from "@effect/platform-node/NodeContext"
import { Effect, Layer, Schema } from "effect"
import { assert, describe, it } from "vitest"
import {
  FeatureComputer,
  FeatureRegistry,
  FeatureStore,
  featureStoreLayer,
  HistoricalContext,
  Ingest,
  Instant,
  LiveContext,
  MarketId,
  OrderBooks,
  Reason,
  ReplayControl,
  SnapshotSource,
  SqliteStorage,
  standardComputers,
  toUnits
} from "../src/index.js"

const spread = FeatureComputer.make("spread", {
  version: "1.0",
  ttl: "5 seconds",
  parameters: Schema.Struct({}),
  features: { in_ticks: { unit: "ticks", description: "spread in cents", needs: ["quote", "book", "price_change"] } },
  reads: ["quote", "book", "price_change"],
  bind: Effect.fnUntraced(function*(market, _parameters, out) {
    const view = yield* (yield* OrderBooks).of(market)
    return () => {
      const width = view.book.bestAsk() - view.book.bestBid()
      if (width > 0) out.in_ticks.known(width / 10_000)
      else out.in_ticks.unknown(Reason.one_sided_book)
    }
  })
})

const market = MarketId.make("m1")
const registry = Effect.runSync(
  FeatureRegistry.make([...standardComputers, spread], { cacheTtlSecs: 60, features: {}, external: {} })
)

/** A store under each context, over one log: what was served live is asked for again as of its instant. */
const program = Effect.gen(function*() {
  const storage = yield* Layer.build(Layer.provide(SqliteStorage.layer(SqliteStorage.inMemory), NodeContext.layer))
  const live = featureStoreLayer(registry, SnapshotSource).pipe(Layer.provideMerge(LiveContext(registry.historyMillis)))
  const past = featureStoreLayer(registry, SnapshotSource).pipe(Layer.provideMerge(HistoricalContext(Instant(0))))

  const served = yield* Effect.gen(function*() {
    const quote = { kind: "quote", bestBid: toUnits(0.4), bestAsk: toUnits(0.45), volume24h: undefined } as const
    yield* (yield* Ingest).publish([{ market, source: "test", eventTime: undefined, body: quote }])
    return yield* (yield* FeatureStore).getCurrentFeatures(market, ["spread.in_ticks", "market.current_price"])
  }).pipe(Effect.provide(live), Effect.provide(storage))

  const recomputed = yield* Effect.gen(function*() {
    yield* (yield* ReplayControl).seek(served.asOf)
    return yield* (yield* FeatureStore).getCurrentFeatures(market, ["spread.in_ticks", "market.current_price"])
  }).pipe(Effect.provide(past), Effect.provide(storage))
  return { served, recomputed }
})

describe("the public API", () => {
  it("is enough to write a computer, serve it live, and get the same from history", async () => {
    const { recomputed, served } = await Effect.runPromise(Effect.scoped(program))
    assert.strictEqual(served.get("spread.in_ticks")?.value, 5)
    assert.strictEqual(served.get("market.current_price")?.value, 0.425)
    assert.deepEqual(recomputed.toJSON(), served.toJSON())
  })
})
