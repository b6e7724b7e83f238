import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { configOf, load, problemsOf } from "./configOf.js"

const base = `
[feature_store]
db_path = "file.db"
[feature_store.features]
market = { max_age_secs = 5 }
[feature_store.features.price_history.versions."1.0+fast"]
window_secs = 900
[feature_store.external.weather]
version = "1.0"
fields = { storm = "bool" }
`

describe("an environment variable", () => {
  it.effect("wins over the file, for a value of any kind", () =>
    Effect.gen(function*() {
      const config = yield* configOf(base, {
        FEATURE_STORE_ENABLED: "0",
        FEATURE_STORE_CACHE_TTL_SECS: "1.5e1",
        FEATURE_STORE_PERSISTENCE_ENABLED: "false",
        FEATURE_STORE_DB_PATH: "env.db",
        FEATURE_STORE_FEATURES_MARKET_ENABLED: "false",
        FEATURE_STORE_FEATURES_MARKET_VERSION: "2.0",
        FEATURE_STORE_FEATURES_MARKET_MAX_AGE_SECS: "7",
        FEATURE_STORE_FEATURES_TEMPORAL_ENABLED: "1",
        FEATURE_STORE_FEATURES_TEMPORAL_TTL_SECS: ".5",
        FEATURE_STORE_FEATURES_ORDERBOOK_LEVELS: "3",
        FEATURE_STORE_FEATURES_SENTIMENT_KEYWORDS: "win, lose",
        FEATURE_STORE_FEATURES_PRICE_HISTORY_WINDOW_SECS: "1200",
        FEATURE_STORE_FEATURES_PRICE_HISTORY_VERSIONS_1_0_FAST_WINDOW_SECS: "800",
        FEATURE_STORE_EXTERNAL_WEATHER_VERSION: "1.1",
        FEATURE_STORE_EXTERNAL_WEATHER_MAX_AGE_SECS: "60",
        FEATURE_STORE_EXTERNAL_WEATHER_FIELDS_STORM: "integer"
      })
      assert.isFalse(config.enabled)
      assert.strictEqual(config.cacheTtlSecs, 15)
      assert.isFalse(config.persistenceEnabled)
      assert.strictEqual(config.dbPath, "env.db")
      const { market, orderbook, price_history, sentiment, temporal } = config.features
      assert.deepStrictEqual(market, { enabled: false, version: "2.0", maxAgeSecs: 7, parameters: {}, versions: {} })
      assert.deepStrictEqual([temporal?.enabled, temporal?.ttlSecs], [true, 0.5])
      assert.deepStrictEqual(orderbook?.parameters, { levels: 3 })
      assert.deepStrictEqual(sentiment?.parameters, { keywords: ["win", "lose"] })
      assert.deepStrictEqual(price_history?.parameters, { window_secs: 1200 })
      assert.deepStrictEqual(price_history?.versions["1.0+fast"], { parameters: { window_secs: 800 } })
      assert.deepStrictEqual(config.external["weather"], { version: "1.1", maxAgeSecs: 60, fields: { storm: "int" } })
    }))

  it.effect("counts without a file", () =>
    Effect.gen(function*() {
      const { dbPath, file } = yield* load({}, { FEATURE_STORE_DB_PATH: "env.db" })
      assert.deepStrictEqual([file, dbPath], [undefined, "env.db"])
    }))

  it.effect("counts for nothing when it is undefined or has another prefix", () =>
    Effect.gen(function*() {
      const { dbPath } = yield* configOf(base, { FEATURE_STORE_DB_PATH: undefined, DB_PATH: "x", FEATURE_STOREX: "x" })
      assert.strictEqual(dbPath, "file.db")
    }))

  it.effect("replaces a value of the file that would be refused", () =>
    Effect.gen(function*() {
      const config = yield* configOf("[feature_store]\ncache_ttl_secs = -1", { FEATURE_STORE_CACHE_TTL_SECS: "1" })
      assert.strictEqual(config.cacheTtlSecs, 1)
    }))

  it.effect("gives an empty list when it is empty", () =>
    Effect.gen(function*() {
      const { features } = yield* configOf("", { FEATURE_STORE_FEATURES_SENTIMENT_KEYWORDS: "" })
      assert.deepStrictEqual(features["sentiment"]?.parameters, { keywords: [] })
    }))

  it.effect("leaves a misshapen file to be refused for its own fault", () =>
    Effect.gen(function*() {
      const problems = yield* problemsOf("[feature_store]\nfeatures = 1", {
        FEATURE_STORE_FEATURES_MARKET_ENABLED: "true"
      })
      assert.deepStrictEqual(problems.map(({ expected, keyPath }) => [keyPath, expected]), [
        ["feature_store.features", "a table"]
      ])
    }))
})

const badValues: ReadonlyArray<readonly [variable: string, keyPath: string, text: string]> = [
  ["FEATURE_STORE_ENABLED", "feature_store.enabled", "yes"],
  ["FEATURE_STORE_ENABLED", "feature_store.enabled", "TRUE"],
  ["FEATURE_STORE_ENABLED", "feature_store.enabled", ""],
  ["FEATURE_STORE_CACHE_TTL_SECS", "feature_store.cache_ttl_secs", "60s"],
  ["FEATURE_STORE_CACHE_TTL_SECS", "feature_store.cache_ttl_secs", "0x3c"],
  ["FEATURE_STORE_CACHE_TTL_SECS", "feature_store.cache_ttl_secs", " 61 "],
  ["FEATURE_STORE_CACHE_TTL_SECS", "feature_store.cache_ttl_secs", ""],
  ["FEATURE_STORE_CACHE_TTL_SECS", "feature_store.cache_ttl_secs", "1e999"],
  ["FEATURE_STORE_CACHE_TTL_SECS", "feature_store.cache_ttl_secs", "-12345"],
  ["FEATURE_STORE_CACHE_TTL_SECS", "feature_store.cache_ttl_secs", "NaN"],
  ["FEATURE_STORE_DB_PATH", "feature_store.db_path", ""],
  ["FEATURE_STORE_FEATURES_MARKET_MAX_AGE_SECS", "feature_store.features.market.max_age_secs", "-777"],
  ["FEATURE_STORE_FEATURES_MARKET_VERSION", "feature_store.features.market.version", "hush hush"],
  ["FEATURE_STORE_FEATURES_ORDERBOOK_LEVELS", "feature_store.features.orderbook.levels", "2.75"],
  ["FEATURE_STORE_FEATURES_SENTIMENT_KEYWORDS", "feature_store.features.sentiment.keywords", "secret,,lose"],
  ["FEATURE_STORE_EXTERNAL_WEATHER_FIELDS_STORM", "feature_store.external.weather.fields.storm", "decimal"]
]

const misspelt: ReadonlyArray<readonly [variable: string, near: string]> = [
  ["FEATURE_STORE_DBPATH", "FEATURE_STORE_DB_PATH"],
  ["FEATURE_STORE_CACHE_TTL", "FEATURE_STORE_CACHE_TTL_SECS"],
  ["FEATURE_STORE_db_path", "FEATURE_STORE_DB_PATH"],
  ["FEATURE_STORE_FEATURES_MARKET_ENABLE", "FEATURE_STORE_FEATURES_MARKET_ENABLED"],
  ["FEATURE_STORE_FEATURES_PRICE_HISTORY_WINDOW_SEC", "FEATURE_STORE_FEATURES_PRICE_HISTORY_WINDOW_SECS"],
  ["FEATURE_STORE_EXTERNAL_WEATHR_MAX_AGE_SECS", "FEATURE_STORE_EXTERNAL_WEATHER_MAX_AGE_SECS"]
]

describe("the value of a variable", () => {
  it.effect.each(badValues)(
    "%s (%s) is refused by the variable's name and never shown: %j",
    ([variable, keyPath, text]) =>
      Effect.gen(function*() {
        const { message, problems } = yield* Effect.flip(configOf(base, { [variable]: text }))
        assert.deepStrictEqual(problems.map((problem) => [problem.where, problem.keyPath]), [[variable, keyPath]])
        if (text !== "") assert.notInclude(message, text)
      })
  )

  it.effect("names file and variable where both take part", () =>
    Effect.gen(function*() {
      const [problem] = yield* problemsOf("[feature_store.features]\nprice_history = { min_coverage_secs = 3000 }", {
        FEATURE_STORE_FEATURES_PRICE_HISTORY_WINDOW_SECS: "1800"
      })
      assert.strictEqual(problem?.where, "fs.toml:2 with FEATURE_STORE_FEATURES_PRICE_HISTORY_WINDOW_SECS")
      assert.strictEqual(problem?.keyPath, "feature_store.features.price_history")
    }))

  it.effect("is blamed by name where there is no file", () =>
    Effect.gen(function*() {
      const { problems } = yield* Effect.flip(load({}, { FEATURE_STORE_FEATURES_PRICE_HISTORY_WINDOW_SECS: "60" }))
      assert.deepStrictEqual(problems.map(({ where }) => where), ["FEATURE_STORE_FEATURES_PRICE_HISTORY_WINDOW_SECS"])
    }))
})

describe("an unknown variable", () => {
  it.effect.each(misspelt)(
    "%s is an error that names the nearest one, %s",
    ([variable, near]) =>
      Effect.gen(function*() {
        const rejected = yield* Effect.flip(configOf(base, { [variable]: "hush" }))
        assert.deepStrictEqual(rejected.problems, [{
          where: variable,
          keyPath: "",
          expected: "a variable named after a configuration key",
          hint: `did you mean ${near}?`
        }])
        assert.notInclude(rejected.message, "hush")
      })
  )

  it.effect("is left alone where it is a secret or read elsewhere", () =>
    Effect.gen(function*() {
      const { dbPath } = yield* load({ "fs.toml": base }, {
        FEATURE_STORE_CONFIG: "ignored.toml",
        FEATURE_STORE_DEBUG: "1",
        FEATURE_STORE_SERVER_TOKEN: "hush",
        FEATURE_STORE_CLOB_API_KEY: "hush"
      }, Option.some("fs.toml"))
      assert.strictEqual(dbPath, "file.db")
    }))

  it.effect("is one that two keys of the file share", () =>
    Effect.gen(function*() {
      const problems = yield* problemsOf(
        "[feature_store.features.market.versions]\n\"1+a\" = {}\n\"1-a\" = {}",
        { FEATURE_STORE_FEATURES_MARKET_VERSIONS_1_A_TTL_SECS: "3" }
      )
      assert.deepStrictEqual(problems, [{
        where: "FEATURE_STORE_FEATURES_MARKET_VERSIONS_1_A_TTL_SECS",
        keyPath: "",
        expected: "a variable that names one key",
        hint: "it names feature_store.features.market.versions.\"1+a\".ttl_secs and " +
          "feature_store.features.market.versions.1-a.ttl_secs: set them in the file"
      }])
    }))
})
