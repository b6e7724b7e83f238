import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import { Chunk, Effect, FastCheck as fc, Layer, Schema, Stream, TestClock, TestContext } from "effect"
import { Market } from "../../src/computers/market.js"
import { standardComputers } from "../../src/computers/standard.js"
import { LiveContext } from "../../src/context/contexts.js"
import { Ingest } from "../../src/context/Ingest.js"
import type { MarketClock } from "../../src/context/MarketClock.js"
import { SnapshotSource } from "../../src/context/SnapshotSource.js"
import type { MarketEvent } from "../../src/domain/Event.js"
import { Instant } from "../../src/domain/Instant.js"
import { MarketId } from "../../src/domain/MarketId.js"
import * as FeatureComputer from "../../src/features/FeatureComputer.js"
import * as FeatureRegistry from "../../src/features/FeatureRegistry.js"
import { EventLog } from "../../src/store/EventLog.js"
import { FeatureRepository } from "../../src/store/FeatureRepository.js"
import { FeatureStore } from "../../src/store/FeatureStore.js"
import * as Store from "../../src/store/makeFeatureStore.js"
import * as Database from "../../src/store/sqlite/Database.js"
import * as SqliteEventLog from "../../src/store/sqlite/SqliteEventLog.js"
import * as SqliteFeatureRepository from "../../src/store/sqlite/SqliteFeatureRepository.js"

/** One database for the store and for the test that looks into it. */
const sqliteInMemory = Layer.merge(SqliteEventLog.layer, SqliteFeatureRepository.layer).pipe(
  Layer.provideMerge(Database.layer(Database.inMemory)),
  Layer.provide(NodeContext.layer)
)

const start = 1_780_000_000_000
const market = MarketId.make("m")
const all = ["market", "orderbook", "sentiment", "temporal", "price_history"]

const external = {
  forecast: { version: "1", maxAgeSecs: 1, fields: { p: "float", n: "int", sure: "bool", who: "string" } }
} as const

const app = (settings: Partial<FeatureRegistry.RegistrySettings> = {}) =>
  Layer.unwrapEffect(Effect.map(
    FeatureRegistry.make(standardComputers, { cacheTtlSecs: 60, features: {}, external, ...settings }),
    (registry) => Store.layer(registry, SnapshotSource).pipe(Layer.provideMerge(LiveContext(registry.historyMillis)))
  ))

const quote = (bestBid: number, to = market): MarketEvent => ({
  market: to,
  source: undefined,
  eventTime: undefined,
  body: { kind: "quote", bestBid, bestAsk: 600_000, volume24h: undefined }
})

const withApp = <A, E>(
  program: Effect.Effect<A, E, FeatureStore | Ingest | EventLog | FeatureRepository | MarketClock>,
  settings?: Partial<FeatureRegistry.RegistrySettings>
) =>
  Effect.zipRight(
    TestClock.setTime(start),
    Effect.scoped(Effect.provide(program, Layer.provideMerge(app(settings), sqliteInMemory)))
  )

const servedCount = Effect.gen(function*() {
  yield* (yield* FeatureStore).flush
  return Chunk.size(yield* Stream.runCollect((yield* FeatureRepository).served))
})

describe("features now", () => {
  it.effect("are computed anew at exactly their ttl, and once an event comes in that the group reads", () =>
    withApp(Effect.gen(function*() {
      const store = yield* FeatureStore
      const ingest = yield* Ingest
      yield* ingest.publish([quote(580_000)])
      const computedAt = (key: string) =>
        Effect.map(store.getCurrentFeatures(market, all), (vector) => (vector.get(key)?.computed_at ?? 0) - start)
      assert.strictEqual(yield* computedAt("orderbook.bid_depth"), 0)
      yield* TestClock.adjust("4999 millis")
      assert.strictEqual(yield* computedAt("orderbook.bid_depth"), 0)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* computedAt("orderbook.bid_depth"), 5_000)
      yield* TestClock.adjust("1 millis")
      yield* ingest.publish([quote(570_000)])
      assert.strictEqual(yield* computedAt("orderbook.bid_depth"), 5_001)
      // news and calendar do not read quotes
      assert.strictEqual(yield* computedAt("sentiment.keyword_count"), 0)
      yield* ingest.publish([quote(560_000, MarketId.make("another"))])
      yield* TestClock.adjust("10 millis")
      assert.strictEqual(yield* computedAt("orderbook.bid_depth"), 5_001)
      yield* store.invalidate(market)
      assert.strictEqual(yield* computedAt("orderbook.bid_depth"), 5_011)
    })))

  it.effect("are never older than their ttl when the machine's clock steps back", () =>
    withApp(Effect.gen(function*() {
      const store = yield* FeatureStore
      yield* (yield* Ingest).publish([quote(580_000)])
      yield* store.getCurrentFeatures(market, all)
      yield* TestClock.setTime(start - 3_600_000)
      const vector = yield* store.getCurrentFeatures(market, all)
      assert.strictEqual(vector.asOf, start)
      assert.strictEqual(yield* servedCount, 2 * all.length)
    })))

  it.effect("are computed and logged once for a hundred requests at a time", () =>
    withApp(Effect.gen(function*() {
      const store = yield* FeatureStore
      yield* (yield* Ingest).publish([quote(580_000)])
      yield* Effect.forEach(Chunk.range(1, 100), () => store.getCurrentFeatures(market, all), { concurrency: 100 })
      assert.strictEqual(yield* servedCount, all.length)
    })))

  it.effect("are computed every time with a ttl of 0", () =>
    withApp(
      Effect.gen(function*() {
        const store = yield* FeatureStore
        yield* (yield* Ingest).publish([quote(580_000)])
        yield* store.getCurrentFeatures(market, all)
        yield* store.getCurrentFeatures(market, all)
        assert.strictEqual(yield* servedCount, 2 * all.length)
      }),
      { cacheTtlSecs: 0 }
    ))

  it.effect("are what history gives for the same instant", () =>
    withApp(Effect.gen(function*() {
      const store = yield* FeatureStore
      for (let i = 0; i < 40; i++) {
        yield* (yield* Ingest).publish([quote(560_000 + i % 7 * 5_000)])
        yield* TestClock.adjust(`${i * 997} millis`)
        yield* store.invalidate(market)
        const live = yield* store.getCurrentFeatures(market, all)
        const past = yield* store.getFeaturesAt(market, live.asOf, all)
        assert.deepStrictEqual(JSON.stringify(past), JSON.stringify(live))
      }
    })))
})

describe("features over a spine", () => {
  it.effect("are one vector a row, in its order, duplicates kept", () =>
    withApp(Effect.gen(function*() {
      const store = yield* FeatureStore
      for (let i = 0; i < 30; i++) {
        yield* (yield* Ingest).publish([quote(500_000 + i * 1_000), quote(400_000 + i * 1_000, MarketId.make("n"))])
        yield* TestClock.adjust("1 minute")
      }
      const rows = Array.from({ length: 1_500 }, (_, i) => ({
        market: MarketId.make(["m", "n", "unknown"][i * 7 % 3] ?? "m"),
        timestamp: Instant(start + i * 7_919_000 % 2_400_000)
      }))
      const vectors = yield* Stream.runCollect(
        store.getHistoricalFeatures(Stream.fromIterable([...rows, ...rows]), all)
      )
      assert.strictEqual(Chunk.size(vectors), 3_000)
      for (const [i, vector] of Chunk.toReadonlyArray(vectors).entries()) {
        const row = rows[i % rows.length]
        if (row === undefined || i % 25 !== 0) continue
        const single = yield* store.getFeaturesAt(row.market, row.timestamp, all)
        assert.strictEqual(JSON.stringify(vector), JSON.stringify(single))
      }
    })))
})

describe("materialised features", () => {
  it.effect("equal the features at each instant of the grid; only what is missing or overtaken is computed", () =>
    withApp(Effect.gen(function*() {
      const store = yield* FeatureStore
      const repository = yield* FeatureRepository
      const log = yield* EventLog
      for (let i = 0; i < 60; i++) {
        yield* (yield* Ingest).publish([quote(500_000 + i * 13 % 17 * 1_000)])
        yield* TestClock.adjust("31 seconds")
      }
      const request = { references: ["price_history", "market"], everyMillis: 60_000, from: Instant(start) }
      const check = (to: number) =>
        Effect.gen(function*() {
          for (const name of request.references) {
            const group = { name, version: "1.0" }
            const chunks = yield* repository.readMaterialised(group, market, Instant(start), Instant(to))
            const instants = chunks.flatMap(({ everyMillis, firstAt, rows }) =>
              Array.from({ length: rows }, (_, row) => firstAt + row * everyMillis)
            )
            assert.deepStrictEqual(
              instants,
              Array.from({ length: (to - start) / 60_000 + 1 }, (_, i) => start + i * 60_000)
            )
            for (const chunk of chunks) {
              for (let row = 0; row < chunk.rows; row++) {
                const vector = yield* store.getFeaturesAt(market, Instant(chunk.firstAt + row * 60_000), [name])
                const answer = vector.answers.get(`${name}@1.0`)
                assert.deepStrictEqual<unknown>(chunk.values.map((column) => column[row]), [...answer?.values ?? []])
                assert.deepStrictEqual(chunk.reasons.map((column) => column[row]), [...answer?.reasons ?? []])
              }
            }
          }
        })
      const [half, whole] = [Instant(start + 10 * 60_000), Instant(start + 30 * 60_000)]
      const append = (digest: string, availableAt: number) => {
        const events = [{ availableAt: Instant(availableAt), event: quote(500_000 + availableAt % 97 * 1_000) }]
        return log.importFile({ digest, name: digest }, Stream.make({ kind: "events" as const, events }))
      }
      assert.deepInclude(yield* store.materialize({ ...request, to: half }), { computed: 22, kept: 0 })
      yield* check(half)
      assert.deepInclude(yield* store.materialize({ ...request, to: whole }), { computed: 40, kept: 22 })
      yield* check(whole)
      assert.deepInclude(yield* store.materialize({ ...request, to: whole }), { computed: 0, kept: 62 })
      // a line that became known within the second part, and was imported only now
      yield* append("late", start + 15 * 60_000 + 7)
      assert.deepInclude(yield* store.materialize({ ...request, to: whole }), { computed: 40, kept: 22 })
      yield* check(whole)
      // and one of the very last instant of the grid, where it is visible already
      yield* append("last", whole)
      assert.deepInclude(yield* store.materialize({ ...request, to: whole }), { computed: 40, kept: 22 })
      yield* check(whole)
      // one in the first part: it overtakes both, and the first is computed again though the second was since
      yield* append("early", start + 5 * 60_000)
      const second = { ...request, from: Instant(half + 60_000), to: whole }
      assert.deepInclude(yield* store.materialize(second), { computed: 40, kept: 0 })
      assert.deepInclude(yield* store.materialize({ ...request, to: whole }), { computed: 22, kept: 40 })
      yield* check(whole)
      // what came in beyond the grid overtakes nothing
      yield* append("beyond", whole + 60_001)
      assert.deepInclude(yield* store.materialize({ ...request, to: whole }), { computed: 0, kept: 62 })
    })))
})

/** Twice the market's price: it depends on another group, which need not be asked for. */
const Doubled = FeatureComputer.make("doubled", {
  version: "1.0",
  ttl: "1 second",
  parameters: Schema.Struct({}),
  features: { price: { unit: "0..2", description: "twice the price", needs: ["quote"] } },
  reads: ["quote"],
  dependencies: [Market],
  bind: (_market, _parameters, out, inputs) => {
    const price = inputs(Market, "current_price")
    return Effect.succeed(() => {
      out.price.known(2 * price.value())
    })
  }
})

describe("a group that depends on another", () => {
  it.effect("is computed from values of the same instant, now, in history and on a grid, when asked for alone", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(start)
      const registry = yield* FeatureRegistry.make([...standardComputers, Doubled], {
        cacheTtlSecs: 0,
        features: {},
        external: {}
      })
      yield* Effect.gen(function*() {
        const store = yield* FeatureStore
        const repository = yield* FeatureRepository
        const expected: Array<number> = []
        for (let i = 0; i < 3; i++) {
          yield* (yield* Ingest).publish([quote(560_000 + i * 10_000)])
          expected.push(2 * (0.58 + i * 0.005))
          const live = yield* store.getCurrentFeatures(market, ["doubled"])
          const past = yield* store.getFeaturesAt(market, live.asOf, ["doubled"])
          assert.strictEqual(live.get("doubled.price")?.value, expected[i])
          assert.strictEqual(past.get("doubled.price")?.value, expected[i])
          yield* TestClock.adjust("1 second")
        }
        const [from, to] = [Instant(start), Instant(start + 2_000)]
        yield* store.materialize({ references: ["doubled"], everyMillis: 1_000, from, to })
        const group = { name: "doubled", version: "1.0" }
        const [chunk] = yield* repository.readMaterialised(group, market, from, to)
        assert.deepStrictEqual([...chunk?.values[0] ?? []], expected)
      }).pipe(Effect.provide(
        Store.layer(registry, SnapshotSource).pipe(
          Layer.provideMerge(LiveContext(registry.historyMillis)),
          Layer.provideMerge(sqliteInMemory)
        )
      ))
    }))
})

describe("features computed elsewhere", () => {
  const row = fc.record({
    market: fc.constantFrom("m", "n"),
    timestamp: fc.integer({ min: 0, max: 6 }),
    delay: fc.integer({ min: -2, max: 4 }),
    value: fc.integer({ min: 0, max: 99 })
  })

  it("are the newest timestamp known by then, then the newest knowledge, then the last stored", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 25 }),
        fc.integer({ min: -1, max: 11 }),
        (rows, at) =>
          withApp(Effect.gen(function*() {
            const store = yield* FeatureStore
            for (const { delay, market: name, timestamp, value } of rows) {
              yield* store.storeFeatures(MarketId.make(name), [{
                feature: "forecast.n",
                version: "1",
                timestamp: Instant(start + timestamp * 500),
                availableAt: Instant(start + (timestamp + delay) * 500),
                value
              }])
            }
            for (const name of ["m", "n"]) {
              const known = rows.filter((one) =>
                one.market === name && one.timestamp <= at && one.timestamp + one.delay <= at
              )
              const best = known.reduce<typeof rows[number] | undefined>(
                (kept, one) =>
                  kept === undefined || one.timestamp > kept.timestamp ||
                    (one.timestamp === kept.timestamp && one.delay >= kept.delay)
                    ? one
                    : kept,
                undefined
              )
              const found = (yield* store.getFeaturesAt(MarketId.make(name), Instant(start + at * 500), ["forecast.n"]))
                .get("forecast.n")
              const age = best === undefined ? null : (at - best.timestamp) * 500
              assert.strictEqual(found?.value, best?.value ?? null)
              assert.strictEqual(found?.age_ms, age)
              // an age of exactly max age, one second, is present
              assert.strictEqual(found?.status, age === null ? "MISSING" : age > 1_000 ? "STALE" : "PRESENT")
            }
            const asked = ["m", "n"].flatMap((name) =>
              Array.from({ length: 13 }, (_, i) => ({
                market: MarketId.make(name),
                timestamp: Instant(start + (11 - i) * 500)
              }))
            )
            const spine = yield* Stream.runCollect(
              store.getHistoricalFeatures(Stream.fromIterable(asked), ["forecast"])
            )
            for (const vector of spine) {
              const alone = yield* store.getFeaturesAt(vector.market, vector.asOf, ["forecast"])
              assert.deepStrictEqual(vector.entries(), alone.entries())
            }
          })).pipe(Effect.provide(TestContext.TestContext), Effect.runPromise)
      ),
      { numRuns: 40 }
    )
  })

  it.effect("are refused as a whole where one does not fit its field", () =>
    withApp(Effect.gen(function*() {
      const store = yield* FeatureStore
      const value = (feature: string, given: number | string | boolean) =>
        ({ feature, version: "1", timestamp: Instant(start), value: given }) as const
      for (
        const bad of [
          value("forecast.p", "0.4"),
          value("forecast.p", NaN),
          value("forecast.n", 0.5),
          value("forecast.sure", 1),
          value("forecast.who", true),
          value("forecast.nothing", 1),
          { ...value("forecast.p", 1), version: "2" },
          // seconds for milliseconds
          { ...value("forecast.p", 1), timestamp: Instant(start / 1_000) },
          { ...value("forecast.p", 1), availableAt: Instant(start / 1_000) }
        ]
      ) {
        const refused = yield* Effect.flip(store.storeFeatures(market, [value("forecast.p", 0.4), bad]))
        assert.strictEqual(refused._tag, "ExternalRejected")
      }
      const found = yield* store.getFeaturesAt(market, Instant(start), ["forecast"])
      assert.deepStrictEqual(found.entries().map(([, one]) => one.status), ["MISSING", "MISSING", "MISSING", "MISSING"])
    })))

  it.effect("are read back as the type that their field has", () =>
    withApp(Effect.gen(function*() {
      const store = yield* FeatureStore
      for (const [p, n, sure, who] of [[0.25, 3, true, "me"], [-0, 0, false, ""]] as const) {
        const given = { p, n, sure, who }
        yield* store.storeFeatures(
          market,
          Object.entries(given).map(([name, value]) => ({
            feature: `forecast.${name}`,
            version: "1",
            timestamp: Instant(start),
            value
          }))
        )
        const found = yield* store.getFeaturesAt(market, Instant(start), ["forecast"])
        assert.deepStrictEqual(found.entries().map(([, one]) => one.value), [p + 0, n, sure, who])
      }
    })))
})

describe("versions", () => {
  const versioned = (window_secs: number, versions = {}) => ({
    features: { price_history: { enabled: true, version: "1.0", parameters: { window_secs }, versions } }
  })

  it.effect("that behave otherwise than before are refused at start, and a new one lives beside the old", () =>
    Effect.gen(function*() {
      const start = (settings: Partial<FeatureRegistry.RegistrySettings>) =>
        Effect.provide(
          Effect.flatMap(FeatureStore, (store) =>
            store.getFeaturesAt(market, Instant(1_780_000_000_000), [
              "price_history.volatility",
              ...settings.features?.price_history?.versions["1.0+fast"] === undefined
                ? []
                : ["price_history@1.0+fast.volatility"]
            ])),
          app(settings)
        )
      yield* start(versioned(3_600))
      const refused = yield* Effect.flip(start(versioned(900)))
      assert.strictEqual(refused._tag, "RegistryConflict")
      assert.include(refused.message, "price_history@1.0")
      const both = yield* start(versioned(3_600, { "1.0+fast": { parameters: { window_secs: 900 } } }))
      assert.deepStrictEqual(both.entries().map(([key]) => key), [
        "price_history.volatility",
        "price_history@1.0+fast.volatility"
      ])
      assert.notStrictEqual(both.entries()[0]?.[1].fingerprint, both.entries()[1]?.[1].fingerprint)
    }).pipe(Effect.provide(sqliteInMemory), Effect.scoped))
})
