import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { problemsOf } from "./configOf.js"

const groupKeys = "one of enabled, version, ttl_secs, max_age_secs, versions"
const versionText = "a version such as \"1.0\" or \"1.0+fast\" (letters, digits and . + _ -, no dot before a-z)"
const maxAge = "a finite number of seconds above 0 (leave the key out for no limit)"
const ttl = "a finite number of seconds, 0 or more"
const name = "a name of a-z, 0-9 and _ that starts with a letter"

const unknown: ReadonlyArray<readonly [source: string, where: string, keyPath: string, near: string]> = [
  ["# c\n\n[feature_stor]", "fs.toml:3", "feature_stor", "feature_store"],
  ["enabled = true", "fs.toml:1", "enabled", "feature_store"],
  ["[feature_store]\ndbpath = 'x'", "fs.toml:2", "feature_store.dbpath", "db_path"],
  ["[feature_store.feature]", "fs.toml:1", "feature_store.feature", "features"],
  [
    "[feature_store.features]\n\nprice_histroy = {}",
    "fs.toml:3",
    "feature_store.features.price_histroy",
    "price_history"
  ],
  [
    "[feature_store.features]\nprice_history = {\n  window_secs = 5,\n  window_sec = 9\n}",
    "fs.toml:4",
    "feature_store.features.price_history.window_sec",
    "window_secs"
  ],
  [
    "[feature_store.features.price_history.versions.\"1.0+fast\"]\nwindow = 9",
    "fs.toml:2",
    "feature_store.features.price_history.versions.\"1.0+fast\".window",
    "window_secs"
  ],
  [
    "[feature_store.features.market.versions.2]\nenabled = true",
    "fs.toml:2",
    "feature_store.features.market.versions.2.enabled",
    "ttl_secs"
  ],
  [
    "[feature_store.external.w]\nversion = '1'\nfields = { a = 'int' }\nmax_age = 1",
    "fs.toml:4",
    "feature_store.external.w.max_age",
    "max_age_secs"
  ],
  ["[feature_store.features]\nmarket.ttl = 1", "fs.toml:2", "feature_store.features.market.ttl", "ttl_secs"]
]

const refused: ReadonlyArray<readonly [source: string, where: string, keyPath: string, expected: string]> = [
  ["feature_store = 1", "fs.toml:1", "feature_store", "a table"],
  ["[[feature_store]]", "fs.toml:1", "feature_store", "a table"],
  ["[feature_store]\nenabled = 1", "fs.toml:2", "feature_store.enabled", "true or false"],
  ["[feature_store]\nenabled = 'true'", "fs.toml:2", "feature_store.enabled", "true or false"],
  ["[feature_store]\ncache_ttl_secs = -1", "fs.toml:2", "feature_store.cache_ttl_secs", ttl],
  ["[feature_store]\ncache_ttl_secs = '60'", "fs.toml:2", "feature_store.cache_ttl_secs", ttl],
  ["[feature_store]\ncache_ttl_secs = nan", "fs.toml:2", "feature_store.cache_ttl_secs", "a finite number"],
  ["[feature_store]\ncache_ttl_secs = inf", "fs.toml:2", "feature_store.cache_ttl_secs", "a finite number"],
  ["[feature_store]\ndb_path = ''", "fs.toml:2", "feature_store.db_path", "a string that is not empty"],
  ["[feature_store]\ndb_path = 2024-01-01", "fs.toml:2", "feature_store.db_path", "a string that is not empty"],
  ["[feature_store]\nfeatures = 2024-01-01", "fs.toml:2", "feature_store.features", "a table"],
  ["[feature_store.features]\nmarket = true", "fs.toml:2", "feature_store.features.market", "a table"],
  ["[feature_store.features]\nmarket.version = 1.0", "fs.toml:2", "feature_store.features.market.version", versionText],
  [
    "[feature_store.features]\nmarket.version = '1.x'",
    "fs.toml:2",
    "feature_store.features.market.version",
    versionText
  ],
  [
    "[feature_store.features]\nmarket.max_age_secs = 0",
    "fs.toml:2",
    "feature_store.features.market.max_age_secs",
    maxAge
  ],
  [
    "[feature_store.features]\nmarket.max_age_secs = -1",
    "fs.toml:2",
    "feature_store.features.market.max_age_secs",
    maxAge
  ],
  ["[feature_store.features]\nmarket.ttl_secs = -1", "fs.toml:2", "feature_store.features.market.ttl_secs", ttl],
  [
    "[feature_store.features]\norderbook.levels = 51",
    "fs.toml:2",
    "feature_store.features.orderbook.levels",
    "a number between 1 and 50"
  ],
  [
    "[feature_store.features]\norderbook.levels = 2.5",
    "fs.toml:2",
    "feature_store.features.orderbook.levels",
    "an integer"
  ],
  [
    "[feature_store.features]\nsentiment.keywords = 'win'",
    "fs.toml:2",
    "feature_store.features.sentiment.keywords",
    "a list, each item a non empty string"
  ],
  [
    "[feature_store.features]\nsentiment.keywords = ['win', 3]",
    "fs.toml:2",
    "feature_store.features.sentiment.keywords[1]",
    "a non empty string"
  ],
  [
    "[feature_store.features.price_history]\nwindow_secs = 60",
    "fs.toml:1",
    "feature_store.features.price_history",
    "min_coverage_secs of at most window_secs"
  ],
  [
    "[feature_store.features.price_history.versions.fast]\nwindow_secs = 60",
    "fs.toml:1",
    "feature_store.features.price_history.versions.fast",
    "min_coverage_secs of at most window_secs"
  ],
  [
    "[feature_store.features.price_history.versions.fast]\nwindow_secs = '900'",
    "fs.toml:2",
    "feature_store.features.price_history.versions.fast.window_secs",
    "a positive number"
  ],
  [
    "[feature_store.features.market.versions.'1.0']",
    "fs.toml:1",
    "feature_store.features.market.versions.\"1.0\"",
    "a version other than the one the group already has"
  ],
  [
    "[feature_store.features.market.versions.'a b']",
    "fs.toml:1",
    "feature_store.features.market.versions.\"a b\"",
    versionText
  ],
  [
    "[feature_store.external.market]",
    "fs.toml:1",
    "feature_store.external.market",
    `${name} and is not that of a computed group`
  ],
  ["[feature_store.external.Weather]", "fs.toml:1", "feature_store.external.Weather", name],
  [
    "[feature_store.external.w]\nfields = { a = 'int' }",
    "fs.toml:1",
    "feature_store.external.w.version",
    `this key to be given: ${versionText}`
  ],
  [
    "[feature_store.external.w]\nversion = '1'",
    "fs.toml:1",
    "feature_store.external.w.fields",
    "this key to be given: a table"
  ],
  [
    "[feature_store.external.w]\nversion = '1'\nfields = {}",
    "fs.toml:3",
    "feature_store.external.w.fields",
    "a table with at least one field"
  ],
  [
    "[feature_store.external.w]\nversion = '1'\nmax_age_secs = 0\nfields = { a = 'int' }",
    "fs.toml:3",
    "feature_store.external.w.max_age_secs",
    maxAge
  ],
  [
    "[feature_store.external.w]\nversion = '1'\n[feature_store.external.w.fields]\na = 'decimal'",
    "fs.toml:4",
    "feature_store.external.w.fields.a",
    "\"float\", \"int\", \"bool\" or \"string\""
  ],
  [
    "[feature_store.external.w]\nversion = '1'\nfields = { A = 'int' }",
    "fs.toml:3",
    "feature_store.external.w.fields.A",
    name
  ]
]

const hostile: ReadonlyArray<readonly [source: string, keyPath: string]> = [
  ["__proto__ = 1", "__proto__"],
  ["constructor = 1", "constructor"],
  ["[feature_store]\n\n[feature_store.__proto__]\nenabled = false", "feature_store.__proto__"],
  ["[feature_store.features]\nmarket = { constructor = { x = 1 } }", "feature_store.features.market.constructor"],
  ["[feature_store.features]\nmarket.__proto__.enabled = false", "feature_store.features.market.__proto__"],
  ["[feature_store.features.market.versions.__proto__]", "feature_store.features.market.versions.__proto__"],
  ["[feature_store.external.constructor]\nversion = '1'", "feature_store.external.constructor"],
  [
    "[feature_store.external.w]\nversion = '1'\nfields = { a = 'int', prototype = 'int' }",
    "feature_store.external.w.fields.prototype"
  ],
  [
    "[feature_store.features]\nsentiment.keywords = [{ __proto__ = 1 }]",
    "feature_store.features.sentiment.keywords[0].__proto__"
  ]
]

describe("an unknown key", () => {
  it.effect.each(unknown)(
    "%j at %s is %s; the nearest one is %s",
    ([source, where, keyPath, near]) =>
      Effect.gen(function*() {
        const [problem] = yield* problemsOf(source)
        assert.strictEqual(problem?.where, where)
        assert.strictEqual(problem?.keyPath, keyPath)
        assert.strictEqual(problem?.hint, `did you mean ${near}?`)
        assert.match(problem?.expected ?? "", /^one of /)
      })
  )

  it.effect("all valid keys are named, those of the group's parameters among them", () =>
    Effect.gen(function*() {
      const [problem] = yield* problemsOf("[feature_store.features]\norderbook.x = 1")
      assert.strictEqual(problem?.expected, `${groupKeys}, levels`)
    }))
})

describe("a value that is refused", () => {
  it.effect.each(refused)("%j at %s, %s: expected %s", ([source, where, keyPath, expected]) =>
    Effect.gen(function*() {
      const [problem, ...others] = yield* problemsOf(source)
      assert.strictEqual(problem?.where, where)
      assert.strictEqual(problem?.keyPath, keyPath)
      assert.include(problem?.expected, expected)
      assert.deepStrictEqual(others.filter((other) => other.keyPath === keyPath), [])
    }))
})

describe("a hostile key", () => {
  it.effect.each(hostile)("%j is refused", ([source, keyPath]) =>
    Effect.gen(function*() {
      const [problem] = yield* problemsOf(source)
      assert.strictEqual(problem?.keyPath, keyPath)
      assert.strictEqual(problem?.expected, "a key that JavaScript does not reserve")
      assert.strictEqual(Object.getPrototypeOf({}), Object.prototype)
    }))
})

describe("a file nested too deeply", () => {
  it.effect.each([`[${Array(20_000).fill("a").join(".")}]`, `a = ${"[".repeat(900)}${"]".repeat(900)}`])(
    "is refused before anything descends into it",
    (source) =>
      Effect.gen(function*() {
        const problems = yield* problemsOf(source)
        assert.deepStrictEqual(problems.map(({ expected }) => expected), ["tables and lists at most 64 levels deep"])
      })
  )
})

describe("several problems", () => {
  it.effect("all of them are told at once", () =>
    Effect.gen(function*() {
      const problems = yield* problemsOf(
        `[feature_store]
enabled = "yes"
cache_ttl = 5
__proto__ = 1
[feature_store.features]
market = { versoin = "1.0", max_age_secs = 0 }
price_history = { window_secs = 10 }
[feature_store.external.w]
version = 1
fields = { a = "decimal", b = "int" }
`,
        { FEATURE_STORE_PERSISTENCE_ENABLED: "perhaps", FEATURE_STORE_NOTHING: "1" }
      )
      assert.sameMembers(problems.map(({ keyPath, where }) => `${where} ${keyPath}`), [
        "fs.toml:2 feature_store.enabled",
        "fs.toml:3 feature_store.cache_ttl",
        "fs.toml:4 feature_store.__proto__",
        "fs.toml:6 feature_store.features.market.versoin",
        "fs.toml:6 feature_store.features.market.max_age_secs",
        "fs.toml:7 feature_store.features.price_history",
        "fs.toml:9 feature_store.external.w.version",
        "fs.toml:10 feature_store.external.w.fields.a",
        "FEATURE_STORE_PERSISTENCE_ENABLED feature_store.persistence_enabled",
        "FEATURE_STORE_NOTHING "
      ])
    }))
})
