import { DuckDBInstance } from "@duckdb/node-api"
import { Effect } from "effect"
import { parquetWriteBuffer } from "hyparquet-writer"
import { readFileSync } from "node:fs"
import { gzipSync } from "node:zlib"
import { assert, describe, it } from "vitest"
import { standardComputers } from "../../src/computers/standard.js"
import type { Cell } from "../../src/dataset/columns.js"
import { readDataset } from "../../src/dataset/readDataset.js"
import { Instant } from "../../src/domain/Instant.js"
import { MarketId } from "../../src/domain/MarketId.js"
import * as FeatureRegistry from "../../src/features/FeatureRegistry.js"
import { checkExternal } from "../../src/store/externalGroups.js"
import { FeatureRepository } from "../../src/store/FeatureRepository.js"
import { registerGroups } from "../../src/store/registerGroups.js"
import type { EventBody } from "../support/naive/index.js"
import { build, contentOf, differing, now, overSqlite, pathOf, record, written } from "./building.js"

const start = Date.UTC(2026, 6, 13)
const minute = 60_000
const formats = ["parquet", "csv", "ndjson", "arrow"] as const

const registry = Effect.runSync(FeatureRegistry.make(standardComputers, {
  cacheTtlSecs: 60,
  features: { orderbook: { enabled: true, version: "1.0", versions: {}, maxAgeSecs: 60, parameters: {} } },
  external: {
    forecast: {
      version: "2.0",
      maxAgeSecs: 600,
      fields: { win: "float", likely: "bool", note: "string", votes: "int" }
    }
  }
}))

const lines: ReadonlyArray<EventBody> = ["a", "b"].flatMap((market): ReadonlyArray<EventBody> => [
  { type: "market", market, available_at: start, question: "Will it?", liquidity: 0.1 + 0.2, end_date: start + 1e8 },
  {
    type: "book",
    market,
    available_at: start + minute,
    bids: [["0.48", "100"], ["0.47", "50.5"]],
    asks: [["0.50", "300"]]
  },
  { type: "quote", market, available_at: start + 5 * minute, best_bid: 0.41, best_ask: 0.43 }
])

const forecasts = [
  ["win", 0, 1, 0.25],
  ["win", 2, 3, 0.5],
  // stored last and known late, about an earlier instant: never in force
  ["win", 1, 4, 0.75],
  ["likely", 0, 2, true],
  ["note", 0, 0, "with \"quotes\", commas,\nlines and ü𝄞"],
  ["votes", 0, 0, -3]
] as const

/** A correction of a value in force, stored afterwards as if it had been known then. */
const corrections = [["win", 2, 3, 0.625]] as const

const store = (values: ReadonlyArray<typeof forecasts[number] | typeof corrections[number]>) =>
  Effect.gen(function*() {
    const repository = yield* FeatureRepository
    yield* registerGroups(registry, repository)
    const groups = registry.groups.flatMap((group) => group.kind === "external" ? [group] : [])
    const rows = yield* Effect.forEach(
      values,
      ([feature, timestamp, availableAt, value]) =>
        checkExternal(groups, MarketId.make("a"), {
          feature: `forecast.${feature}`,
          version: "2.0",
          timestamp: Instant(start + timestamp * minute),
          availableAt: Instant(start + availableAt * minute),
          value
        }, now)
    )
    yield* repository.storeExternal(rows)
  })

/** Duplicates, no order, a market that nobody knows, and columns of every kind. */
const spineRows: ReadonlyArray<Readonly<Record<string, Cell>>> = [
  { market: "b", timestamp: start + 2 * minute, text: "x, \"y\"", whole: 7, part: 0.5, truth: true },
  { market: "a", timestamp: start + 5 * minute, text: "", whole: null, part: -1e-7, truth: false },
  { market: "a", timestamp: start + 3 * minute, text: null, whole: -9_007_199_254_740_991, part: 3, truth: null },
  { market: "nowhere", timestamp: start, text: "line\nbreak", whole: 0, part: null, truth: true },
  { market: "a", timestamp: start + 5 * minute, text: "", whole: null, part: -1e-7, truth: false },
  { market: "a", timestamp: start - 1, text: "ü𝄞", whole: 1, part: 1e300, truth: true },
  { market: "a", timestamp: start + 60 * minute, text: "\\N", whole: 1, part: 0.1, truth: true }
]
const ndjsonSpine = spineRows.map((row) => JSON.stringify(row)).join("\n")

const references = ["forecast", "orderbook.microprice", "market.liquidity", "orderbook@1.0.microprice"]

const expectedColumns = [
  "market",
  "timestamp",
  "text",
  "whole",
  "part",
  "truth",
  "forecast.win",
  "forecast.likely",
  "forecast.note",
  "forecast.votes",
  "orderbook.microprice",
  "market.liquidity",
  "orderbook@1.0.microprice"
]

const duckTypes: Readonly<Record<string, string>> = {
  string: "VARCHAR",
  int: "BIGINT",
  float: "DOUBLE",
  bool: "BOOLEAN"
}

/** All rows of a file by DuckDB, with the types that it reads. */
const byDuckdb = (file: string) =>
  Effect.promise(async () => {
    const instance = await DuckDBInstance.create()
    const connection = await instance.connect()
    const reader = await connection.runAndReadAll(`SELECT * FROM '${file}'`)
    const found = {
      names: reader.columnNames(),
      types: reader.columnTypes().map(String),
      columns: reader.getColumns()
    }
    connection.closeSync()
    instance.closeSync()
    return found
  })

describe("a dataset file", () => {
  it("carries duplicates, order and columns of every type, and reads back the same from every format", () =>
    overSqlite(Effect.gen(function*() {
      yield* record(lines)
      yield* store(forecasts)
      const spine = { kind: "file" as const, file: yield* written("spine.ndjson", ndjsonSpine) }
      const options = { spine, references, withStatus: true, labels: true }
      const files = yield* Effect.forEach(formats, (format) => pathOf(`set.${format}`))
      for (const out of files) yield* build(registry, { ...options, out })
      const [parquet, ...others] = [
        yield* contentOf(files[0]),
        ...yield* Effect.forEach(files.slice(1), contentOf)
      ]
      for (const name of ["market", "timestamp", "text", "whole", "part", "truth"]) {
        assert.deepStrictEqual(parquet.column(name), spineRows.map((row) => row[name] ?? null), name)
      }
      for (const other of others) {
        assert.deepStrictEqual(other.manifest, parquet.manifest)
        // CSV has one empty cell for no text and for empty text
        const texts = differing(parquet, other).filter((name) => name !== "text")
        assert.deepStrictEqual(texts, [])
      }
      assert.deepStrictEqual(others[0]?.column("text")[2], "")
      assert.deepStrictEqual(parquet.column("forecast.win"), [null, 0.5, 0.5, null, 0.5, null, null])
      assert.deepStrictEqual(parquet.column("forecast.win.status").slice(0, 2), ["MISSING", "PRESENT"])
      assert.strictEqual(parquet.column("forecast.win.status")[6], "STALE")
      assert.deepStrictEqual(parquet.column("forecast.win.age_ms")[6], 58 * minute)
      assert.deepStrictEqual(parquet.column("forecast.likely").slice(1, 3), [true, true])
      assert.strictEqual(parquet.column("forecast.note")[1], "with \"quotes\", commas,\nlines and ü𝄞")
      assert.strictEqual(parquet.column("forecast.votes")[1], -3)
      const [, , micro] = parquet.column("orderbook.microprice")
      assert.strictEqual(micro, null)
      assert.deepStrictEqual(parquet.column("orderbook.microprice"), parquet.column("orderbook@1.0.microprice"))
      assert.deepStrictEqual(parquet.column("market.liquidity")[0], 0.1 + 0.2)

      const read = yield* readDataset(files[0])
      assert.deepStrictEqual(read.markets, spineRows.map(({ market }) => String(market)))
      assert.deepStrictEqual([...read.timestamps], spineRows.map(({ timestamp }) => timestamp))
      const win = read.columns.find(({ key }) => key === "forecast.win")
      assert.deepStrictEqual([...win?.values ?? []], [NaN, 0.5, 0.5, NaN, 0.5, NaN, NaN])
      const likely = read.columns.find(({ key }) => key === "forecast.likely")
      assert.deepStrictEqual([...likely?.values ?? []].slice(0, 2), [NaN, 1])
    })))

  it("is read by DuckDB with the types of its columns, value by value", () =>
    overSqlite(Effect.gen(function*() {
      yield* record(lines)
      yield* store(forecasts)
      const spine = { kind: "file" as const, file: yield* written("spine.ndjson", ndjsonSpine) }
      const out = yield* pathOf("set.parquet")
      const { manifest } = yield* build(registry, { spine, references, out })
      const content = yield* contentOf(out)
      const { columns, names, types } = yield* byDuckdb(out)
      assert.deepStrictEqual(names, expectedColumns)
      assert.deepStrictEqual(names, manifest.columns.map(({ name }) => name))
      assert.deepStrictEqual(types, manifest.columns.map(({ type }) => duckTypes[type] ?? type))
      for (const [index, name] of names.entries()) {
        const found: ReadonlyArray<unknown> = (columns[index] ?? []).map((cell) =>
          typeof cell === "bigint" ? Number(cell) : cell
        )
        assert.deepStrictEqual(found, content.column(name), name)
      }
    })))

  it("keeps the types of a Parquet spine, and digits beyond 53 bits and milliseconds", () =>
    overSqlite(Effect.gen(function*() {
      yield* record(lines)
      const big = 9_223_372_036_854_775_807n
      const bytes = new Uint8Array(parquetWriteBuffer({
        schema: [
          { name: "root", num_children: 6 },
          { name: "big", type: "INT64", repetition_type: "OPTIONAL" },
          {
            name: "timestamp",
            type: "INT64",
            repetition_type: "REQUIRED",
            logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MICROS" }
          },
          { name: "market", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" },
          {
            name: "naive",
            type: "INT64",
            repetition_type: "OPTIONAL",
            logical_type: { type: "TIMESTAMP", isAdjustedToUTC: false, unit: "NANOS" }
          },
          { name: "single", type: "FLOAT", repetition_type: "OPTIONAL" },
          { name: "small", type: "INT32", repetition_type: "OPTIONAL" }
        ],
        columnData: [
          { name: "big", data: [big, null] },
          { name: "timestamp", data: [BigInt(start + 2 * minute) * 1000n + 999n, BigInt(start) * 1000n] },
          { name: "market", data: ["a", "b"] },
          { name: "naive", data: [1_780_000_000_003_456_789n, null] },
          { name: "single", data: [0.25, null] },
          { name: "small", data: [-5, null] }
        ]
      }))
      const spine = { kind: "file" as const, file: yield* written("spine.parquet", bytes) }
      for (const format of formats) {
        const out = yield* pathOf(`set.${format}`)
        yield* build(registry, { spine, references: ["temporal"], out })
        const { column, manifest } = yield* contentOf(out)
        const types = Object.fromEntries(manifest.columns.map(({ name, type }) => [name, type]))
        assert.include(types, { big: "int", naive: "timestamp[ns]", single: "float", small: "int", timestamp: "int" })
        assert.deepStrictEqual(column("big"), [big, null], format)
        assert.deepStrictEqual(column("naive"), [1_780_000_000_003_456_789n, null], format)
        assert.deepStrictEqual(column("single"), [0.25, null], format)
        assert.deepStrictEqual(column("small"), [-5, null], format)
        assert.deepStrictEqual(column("timestamp"), [start + 2 * minute, start], format)
        if (format === "parquet") {
          const { types: found } = yield* byDuckdb(out)
          assert.includeMembers(found, ["TIMESTAMP_NS", "BIGINT", "DOUBLE"])
        }
      }
    })))
})

describe("building a dataset again", () => {
  it("gives the same bytes, whatever the clock says and however the spine is packed", () =>
    overSqlite(Effect.gen(function*() {
      yield* record([...lines, { type: "resolution", market: "a", available_at: start + 90 * minute, outcome: 0.5 }])
      const file = yield* written("spine.ndjson", ndjsonSpine)
      const packed = yield* written("spine.ndjson.gz", gzipSync(ndjsonSpine))
      for (const format of formats) {
        const out = yield* pathOf(`set.${format}`)
        const first = yield* build(registry, { spine: { kind: "file", file }, out, labels: true })
        const bytes = readFileSync(out)
        const again = yield* build(registry, {
          spine: { kind: "file", file: packed },
          out,
          labels: true,
          overwrite: true,
          knownBy: Instant(start + 90 * minute)
        })
        assert.deepStrictEqual(again.replaced, { id: first.manifest.id, changes: [] })
        assert.deepStrictEqual(again.manifest, first.manifest)
        assert.isTrue(readFileSync(out).equals(bytes), format)
      }
    })))

  it("says what has changed, and gives the old bytes as of the old log position", () =>
    overSqlite(Effect.gen(function*() {
      yield* record(lines)
      yield* store(forecasts)
      const file = yield* written("spine.ndjson", ndjsonSpine)
      const spine = { kind: "file" as const, file }
      const out = yield* pathOf("set.parquet")
      const first = yield* build(registry, { spine, references, out })
      const bytes = readFileSync(out)
      // both known in the past of the rows
      yield* record(
        [{ type: "quote", market: "a", available_at: start + 4 * minute, best_bid: 0.1, best_ask: 0.2 }],
        "more"
      )
      yield* store(corrections)
      const second = yield* build(registry, { spine, references: ["market"], out, overwrite: true, keepStale: true })
      const changes = second.replaced?.changes ?? []
      assert.strictEqual(second.replaced?.id, first.manifest.id)
      assert.include(changes[0], `log position: ${first.manifest.log_position} -> ${second.manifest.log_position}`)
      assert.include(changes, "keep_stale: false -> true")
      assert.include(changes, "column forecast.win: gone")
      assert.include(changes, "column market.volume: new")
      const logPosition = first.manifest.log_position
      yield* build(registry, { spine, references, out, overwrite: true })
      assert.strictEqual((yield* contentOf(out)).column("forecast.win")[1], 0.625)
      const third = yield* build(registry, { spine, references, out, overwrite: true, logPosition })
      assert.deepStrictEqual(third.manifest, first.manifest)
      assert.isTrue(readFileSync(out).equals(bytes))
    })))
})

describe("labels", () => {
  it("are the newest resolution known by an instant, inclusive, and no feature sees them", () =>
    overSqlite(Effect.gen(function*() {
      const resolve = (market: string, minutes: number, outcome: number): EventBody => (
        { type: "resolution", market, available_at: start + minutes * minute, outcome }
      )
      yield* record([...lines, resolve("a", 90, 1), resolve("b", 100, 0.5), resolve("a", 120, 0)])
      const spine = { kind: "file" as const, file: yield* written("s.csv", `market,timestamp\na,${start}\nb,${start}`) }
      const out = yield* pathOf("set.arrow")
      const labelled = (minutes: number) =>
        Effect.gen(function*() {
          const knownBy = Instant(start + minutes * minute)
          const { manifest } = yield* build(registry, { spine, out, labels: true, knownBy, overwrite: true })
          const { column } = yield* contentOf(out)
          const known = column("label_available_at").map((at) => at === null ? null : (Number(at) - start) / minute)
          return { labels: column("label"), known, knownBy: manifest.labels_known_by }
        })
      const at = (minutes: number) => start + minutes * minute
      assert.deepStrictEqual(yield* labelled(89), { labels: [null, null], known: [null, null], knownBy: null })
      assert.deepStrictEqual(yield* labelled(90), { labels: [1, null], known: [90, null], knownBy: at(90) })
      assert.deepStrictEqual(yield* labelled(119), { labels: [1, 0.5], known: [90, 100], knownBy: at(100) })
      assert.deepStrictEqual(yield* labelled(1_000), { labels: [0, 0.5], known: [120, 100], knownBy: at(120) })
      const with_ = yield* contentOf(out)
      yield* build(registry, { spine, out, overwrite: true })
      const without = yield* contentOf(out)
      for (const { name, role } of without.manifest.columns) {
        if (role === "feature") assert.deepStrictEqual(without.column(name), with_.column(name), name)
      }
    })))
})

describe("a grid", () => {
  it("asks every market that the log knows at every step, and is the spine of the same rows", () =>
    overSqlite(Effect.gen(function*() {
      yield* record(lines)
      const [from, to] = [Instant(start), Instant(start + 5 * minute)]
      const out = yield* pathOf("grid.csv")
      const grid = yield* build(registry, { spine: { kind: "grid", everyMillis: 2 * minute, from, to }, out })
      const { column } = yield* contentOf(out)
      assert.deepStrictEqual(column("market"), ["a", "a", "a", "b", "b", "b"])
      assert.deepStrictEqual(column("timestamp").map((at) => (Number(at) - start) / minute), [0, 2, 4, 0, 2, 4])
      const text = [
        "market,timestamp",
        ...column("market").map((market, row) => `${String(market)},${String(column("timestamp")[row])}`)
      ]
      const file = yield* written("spine.csv", text.join("\n"))
      const same = yield* build(registry, { spine: { kind: "file", file }, out, overwrite: true })
      assert.strictEqual(same.manifest.id, grid.manifest.id)
    })))
})
