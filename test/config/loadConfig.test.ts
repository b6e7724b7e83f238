import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { configOf, load, problemsOf } from "./configOf.js"

const first = { enabled: true, version: "1.0", parameters: {}, versions: {} }
const defaults = {
  file: undefined,
  enabled: true,
  cacheTtlSecs: 60,
  persistenceEnabled: true,
  dbPath: "data/features.db",
  features: { market: first, orderbook: first, sentiment: first, temporal: first, price_history: first },
  external: {},
  llmPrediction: {
    intervalSecs: 3600,
    models: {},
    minConfidence: 0.6,
    minEdge: 0.03,
    disagreementWeight: 1,
    minLiquidityUsd: 1000,
    takerFeeRate: 0.05,
    kellyFraction: 0.25,
    maxMarketShare: 0.05,
    maxTotalShare: 0.5,
    timeoutSecs: 30,
    maxRetries: 3,
    requestsPerMinute: 60,
    completions: "data/completions.ndjson"
  },
  backtest: { cash: 10_000, latencyMillis: 500, feeRate: 0.05, feeRates: {}, quoteShares: 100 },
  meanReversion: {
    intervalSecs: 60,
    entryZ: 2.5,
    exitZ: 0.5,
    minVolatility: 0.02,
    maxSpread: 0.02,
    orderShares: 20,
    maxMarketUsd: 50
  },
  polymarket: {
    gammaUrl: "https://gamma-api.polymarket.com",
    clobUrl: "https://clob.polymarket.com",
    dataUrl: "https://data-api.polymarket.com",
    websocketUrl: "wss://ws-subscriptions-clob.polymarket.com/ws/market",
    expectedIntervalSecs: 60,
    pingSecs: 10,
    pongTimeoutSecs: 30,
    describeSecs: 300,
    discoverSecs: 300,
    tokensPerSocket: 200
  },
  news: {
    feeds: {},
    keywords: {},
    minQuestionWords: 2,
    maxAgeSecs: 86_400,
    outageAfter: 3,
    webhook: false,
    webhookPort: 8788
  },
  live: {},
  server: {
    host: "127.0.0.1",
    port: 8787,
    rateLimitPerSec: 10_000,
    maxBodyBytes: 1_048_576,
    maxDepth: 32,
    maxConnections: 1000,
    maxStreams: 100,
    maxMarkets: 1000,
    maxFeatures: 200,
    headersTimeoutSecs: 5,
    requestTimeoutSecs: 15,
    keepAliveSecs: 30,
    heartbeatSecs: 15,
    accessLog: false
  },
  featureServices: {}
}

describe("which file is read", () => {
  const files = { "a.toml": "[feature_store]\ndb_path = 'a'", "b.toml": "[feature_store]\ndb_path = 'b'" }
  const byDefault = { "config/feature_store.toml": "[feature_store]\ndb_path = 'default'" }

  it.effect("an explicit file comes before the one the environment names", () =>
    Effect.gen(function*() {
      const config = yield* load({ ...files, ...byDefault }, { FEATURE_STORE_CONFIG: "b.toml" }, Option.some("a.toml"))
      assert.deepStrictEqual([config.file, config.dbPath], ["a.toml", "a"])
    }))

  it.effect("the one the environment names comes before the default one", () =>
    Effect.gen(function*() {
      const config = yield* load({ ...files, ...byDefault }, { FEATURE_STORE_CONFIG: "b.toml" })
      assert.deepStrictEqual([config.file, config.dbPath], ["b.toml", "b"])
    }))

  it.effect("the default one is read where nothing is named", () =>
    Effect.gen(function*() {
      const config = yield* load(byDefault)
      assert.deepStrictEqual([config.file, config.dbPath], ["config/feature_store.toml", "default"])
    }))

  it.effect("built-in defaults serve where there is no file", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* load({}), defaults)
    }))

  it.effect("an explicit file that does not exist is an error", () =>
    Effect.gen(function*() {
      const { problems } = yield* Effect.flip(load(byDefault, {}, Option.some("none.toml")))
      assert.deepStrictEqual(problems, [
        { where: "none.toml", keyPath: "", expected: "an existing TOML file", hint: null }
      ])
    }))

  it.effect("a file that the environment names and that does not exist is an error", () =>
    Effect.gen(function*() {
      const { problems } = yield* Effect.flip(load(byDefault, { FEATURE_STORE_CONFIG: "none.toml" }))
      const hint = "it names \"none.toml\""
      assert.deepStrictEqual(problems, [
        { where: "FEATURE_STORE_CONFIG", keyPath: "", expected: "an existing TOML file", hint }
      ])
    }))

  it.effect("a file that cannot be read is an error, not a missing one", () =>
    Effect.gen(function*() {
      const { problems } = yield* Effect.flip(load({}, {}, Option.some("locked.toml")))
      assert.deepStrictEqual(problems.map(({ expected }) => expected), ["a readable TOML file"])
    }))
})

describe("what a file says", () => {
  it.effect("an empty file means the defaults", () =>
    Effect.gen(function*() {
      for (const source of ["", "\n\n", "# nothing\n", "[feature_store]\n", "\uFEFF[feature_store.features]\r\n"]) {
        assert.deepStrictEqual(yield* configOf(source), { ...defaults, file: "fs.toml" })
      }
    }))

  it.effect("every key arrives, and parameters stay as written", () =>
    Effect.gen(function*() {
      const config = yield* configOf(`
[feature_store]
enabled = false
cache_ttl_secs = 0
persistence_enabled = false
db_path = "x.db"
[feature_store.features]
market = { enabled = false, version = "2.1" }
orderbook = { ttl_secs = 0, max_age_secs = 0.5, levels = 3 }
sentiment = { keywords = ["win", "lose"] }
[feature_store.features.price_history]
window_secs = 3600
[feature_store.features.price_history.versions."1.0+fast"]
window_secs = 900
max_age_secs = 60
ttl_secs = 5
`)
      assert.deepStrictEqual(config, {
        file: "fs.toml",
        enabled: false,
        cacheTtlSecs: 0,
        persistenceEnabled: false,
        dbPath: "x.db",
        features: {
          market: { ...first, enabled: false, version: "2.1" },
          orderbook: { ...first, ttlSecs: 0, maxAgeSecs: 0.5, parameters: { levels: 3 } },
          sentiment: { ...first, parameters: { keywords: ["win", "lose"] } },
          temporal: first,
          price_history: {
            ...first,
            parameters: { window_secs: 3600 },
            versions: { "1.0+fast": { ttlSecs: 5, maxAgeSecs: 60, parameters: { window_secs: 900 } } }
          }
        },
        external: {},
        backtest: defaults.backtest,
        polymarket: defaults.polymarket,
        news: defaults.news,
        live: defaults.live,
        server: defaults.server,
        featureServices: {},
        llmPrediction: defaults.llmPrediction,
        meanReversion: defaults.meanReversion
      })
    }))

  it.effect("an external group may have its fields inline or in a table, under any alias of a type", () =>
    Effect.gen(function*() {
      const { external } = yield* configOf(`
[feature_store.external.weather]
version = "1.0"
max_age_secs = 7200
fields = { a = "number", b = "double", c = "float64", d = "float" }
[feature_store.external.polls_2]
version = "3"
[feature_store.external.polls_2.fields]
a = "integer"
b = "int64"
c = "int"
d = "boolean"
e = "bool"
f = "str"
g = "string"
`)
      assert.deepStrictEqual(external, {
        weather: { version: "1.0", maxAgeSecs: 7200, fields: { a: "float", b: "float", c: "float", d: "float" } },
        polls_2: {
          version: "3",
          fields: { a: "int", b: "int", c: "int", d: "bool", e: "bool", f: "string", g: "string" }
        }
      })
    }))

  it.effect("a negative zero is a zero", () =>
    Effect.gen(function*() {
      const { cacheTtlSecs } = yield* configOf("[feature_store]\ncache_ttl_secs = -0.0")
      assert.isTrue(Object.is(cacheTtlSecs, 0))
    }))

  it.effect("a syntax error names line and column", () =>
    Effect.gen(function*() {
      const [problem, ...others] = yield* problemsOf("[feature_store]\nenabled = true\ndb_path = \"x\n")
      assert.match(problem?.where ?? "", /^fs\.toml:3:\d+$/)
      assert.strictEqual(problem?.expected, "valid TOML")
      assert.isNotNull(problem?.hint)
      assert.deepStrictEqual(others, [])
    }))

  it.effect("a key given twice is a syntax error", () =>
    Effect.gen(function*() {
      const [problem] = yield* problemsOf("[feature_store]\nenabled = true\nenabled = true")
      assert.match(problem?.where ?? "", /^fs\.toml:3:/)
      assert.strictEqual(problem?.hint, "trying to redefine an already defined table or value")
    }))

  it.effect("a header below an inline table is explained", () =>
    Effect.gen(function*() {
      const [problem] = yield* problemsOf(
        "[feature_store.features]\nmarket = {}\n[feature_store.features.market.versions.\"2\"]"
      )
      assert.match(problem?.where ?? "", /^fs\.toml:3:/)
      assert.include(problem?.hint, "give it a [header] of its own")
    }))
})
