import { FileSystem } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type ColumnSource, parquetWriteBuffer, type SchemaElement } from "hyparquet-writer"
import { importFile, type ImportOptions } from "../../src/importer/importFiles.js"
import { emptyLog, fileOf, importOf, logContent, logState, refusalOf } from "../support/importing.js"

const at = 1_783_715_146_000

const parquet = (columnData: Array<ColumnSource>, schema?: Array<SchemaElement>, rowGroupSize = 1000): Uint8Array =>
  new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize, ...(schema === undefined ? {} : { schema }) }))

const good: Record<string, ColumnSource> = {
  available_at: { name: "available_at", data: [BigInt(at), BigInt(at + 1), BigInt(at + 2)], type: "INT64" },
  market: { name: "market", data: ["m1", "m2", "m1"], type: "STRING" },
  best_bid: { name: "best_bid", data: [0.49, null, 0.07], type: "DOUBLE" },
  best_ask: { name: "best_ask", data: [0.51, null, null], type: "DOUBLE" },
  volume_24h: { name: "volume_24h", data: [null, 0.57, 1e9], type: "DOUBLE" }
}

const withColumns = (...columns: ReadonlyArray<ColumnSource>): Array<ColumnSource> =>
  Object.values({ ...good, ...Object.fromEntries(columns.map((column) => [column.name, column])) })

const quote = (market: string, availableAt: number, bestBid?: number, bestAsk?: number, volume24h?: number) => ({
  availableAt,
  market,
  source: undefined,
  eventTime: availableAt,
  body: { kind: "quote", bestBid, bestAsk, volume24h }
})

const held = {
  "m1 quote": [quote("m1", at, 490_000, 510_000), quote("m1", at + 2, 70_000, undefined, 1e9)],
  "m2 quote": [quote("m2", at + 1, undefined, undefined, 0.57)]
}

const root = (columns: ReadonlyArray<ColumnSource>): SchemaElement => ({ name: "root", num_children: columns.length })

/** The usual columns, one of them declared in another way. */
const declared = (name: string, data: ColumnSource["data"], element: Omit<SchemaElement, "name">): Uint8Array => {
  const columns = withColumns({ name, data }).map(({ data, name }) => ({ name, data }))
  const types: Record<string, Omit<SchemaElement, "name">> = {
    available_at: { type: "INT64" },
    market: { type: "BYTE_ARRAY", converted_type: "UTF8" },
    best_bid: { type: "DOUBLE" },
    best_ask: { type: "DOUBLE" },
    volume_24h: { type: "DOUBLE" },
    [name]: element
  }
  const schema = columns.map((column): SchemaElement => ({
    name: column.name,
    repetition_type: "OPTIONAL",
    ...types[column.name]
  }))
  return parquet(columns, [root(columns), ...schema])
}

const micros = [0, 1, 2].map((i) => BigInt(at + i) * 1000n + 999n)

describe("a Parquet file of quotes", () => {
  const spellings: ReadonlyArray<readonly [title: string, content: Uint8Array]> = [
    ["integers of 64 bits and doubles", parquet(withColumns())],
    ["a row group a row", parquet(withColumns(), undefined, 1)],
    [
      "other columns beside",
      parquet(
        withColumns({ name: "question", data: ["?", "?", "?"] }, {
          name: "tags",
          data: [{ a: 1 }, { a: 2 }, { a: 3 }],
          type: "JSON"
        })
      )
    ],
    [
      "doubles for instants",
      parquet(withColumns({ name: "available_at", data: [at, at + 1, at + 2], type: "DOUBLE" }))
    ],
    [
      "text",
      parquet(withColumns(
        { name: "available_at", data: [String(at), new Date(at + 1).toISOString(), String(at + 2)], type: "STRING" },
        { name: "best_bid", data: ["0.49", "", ".07"], type: "STRING" },
        { name: "best_ask", data: ["0.51", null, null], type: "STRING" },
        { name: "volume_24h", data: ["", "0.57", "1000000000"], type: "STRING" }
      ))
    ],
    [
      "timestamps in ms",
      parquet(
        withColumns({ name: "available_at", data: [at, at + 1, at + 2].map((ms) => new Date(ms)), type: "TIMESTAMP" })
      )
    ],
    [
      "timestamps in us, of which the ms count",
      declared("available_at", micros, {
        type: "INT64",
        logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MICROS" }
      })
    ],
    [
      "decimals",
      declared("volume_24h", [null, 0.57, 1e9], {
        type: "INT64",
        converted_type: "DECIMAL",
        scale: 2,
        precision: 18
      })
    ],
    ["floats of 32 bits", parquet(withColumns({ name: "best_bid", data: [0.49, null, 0.07], type: "FLOAT" }))]
  ]
  for (const [title, content] of spellings) {
    it.scoped(`is read as it is: ${title}`, () =>
      Effect.gen(function*() {
        assert.strictEqual((yield* importOf("q.parquet", content)).events, 3)
        assert.deepStrictEqual(yield* logContent, held)
      }).pipe(Effect.provide(emptyLog)))
  }

  it.scoped("is told by its content, and a venue's clock is kept", () =>
    Effect.gen(function*() {
      const content = parquet(withColumns({ name: "event_time", data: [BigInt(at - 5), null, null], type: "INT64" }))
      yield* importOf("quotes", content)
      const m1 = (yield* logContent)["m1 quote"]
      assert.deepStrictEqual(m1?.map(({ eventTime }) => eventTime), [at - 5, at + 2])
    }).pipe(Effect.provide(emptyLog)))

  it.scoped("leaves out the rows that are bad when asked, and writes them down", () =>
    Effect.gen(function*() {
      const path = yield* fileOf(
        "q.parquet",
        parquet(withColumns({ name: "best_bid", data: [0.49, NaN, 7], type: "DOUBLE" }), undefined, 2)
      )
      const { events, rejected } = yield* importFile(path, { skipInvalid: true })
      assert.deepStrictEqual({ events, rejected }, { events: 1, rejected: 2 })
      const text = yield* Effect.flatMap(FileSystem.FileSystem, (fs) => fs.readFileString(`${path}.rejected.ndjson`))
      const problems = text.trimEnd().split("\n").map((line): unknown => JSON.parse(line))
      const common = { field: "best_bid", expected: price }
      assert.deepStrictEqual(problems, [
        {
          line: 2,
          ...common,
          actual: "NaN",
          problem: `best_bid: expected ${price}, got NaN`,
          text: JSON.stringify({
            available_at: String(at + 1),
            market: "m2",
            best_bid: "NaN",
            best_ask: null,
            volume_24h: 0.57
          })
        },
        {
          line: 3,
          ...common,
          actual: 7,
          problem: `best_bid: expected ${price}, got 7`,
          text: JSON.stringify({
            available_at: String(at + 2),
            market: "m1",
            best_bid: 7,
            best_ask: null,
            volume_24h: 1e9
          })
        }
      ])
    }).pipe(Effect.provide(emptyLog)))
})

const instant =
  "integer milliseconds UTC within 1971..2099 (seconds are refused), or ISO 8601 with an offset (2026-07-10T20:25:46Z)"
const price = "a price within 0..1, as a decimal string or a finite number"
const amount = "an amount in USD of at least 0, as a decimal string or a finite number"
const market = "a market id of 1 to 256 printable characters"

describe("a bad row of a Parquet file", () => {
  const cells: ReadonlyArray<readonly [column: ColumnSource, problem: string]> = [
    [
      { name: "available_at", data: [1n, 2n, 3n].map((n) => BigInt(at / 1000) + n), type: "INT64" },
      `row 1: available_at: expected ${instant}, got ${at / 1000 + 1}`
    ],
    [
      { name: "available_at", data: [BigInt(at), null, null], type: "INT64" },
      `row 2: available_at: expected ${instant}, got null`
    ],
    [
      { name: "available_at", data: [at, at + 0.5, at], type: "DOUBLE" },
      `row 2: available_at: expected ${instant}, got ${at}.5`
    ],
    [
      { name: "available_at", data: [BigInt(at), 2n ** 62n, 0n], type: "INT64" },
      `row 2: available_at: expected ${instant}, got 4611686018427388000`.replace("8000", "7904")
    ],
    [
      { name: "available_at", data: [new Date(0), new Date(at), new Date(at)], type: "TIMESTAMP" },
      `row 1: available_at: expected ${instant}, got 0`
    ],
    [{ name: "market", data: ["m1", "", "m1"], type: "STRING" }, `row 2: market: expected ${market}, got ""`],
    [{ name: "market", data: ["m1", "m1", null], type: "STRING" }, `row 3: market: expected ${market}, got null`],
    [
      { name: "market", data: ["m1", "m1", new Uint8Array([0x6d, 0xff])], type: "BYTE_ARRAY" },
      `row 3: market: expected ${market}, got "m\ufffd"`
    ],
    [
      { name: "best_bid", data: [0.5, 0.5, 1.0000001], type: "DOUBLE" },
      `row 3: best_bid: expected ${price}, got 1.0000001`
    ],
    [{ name: "best_bid", data: [0.5, NaN, 0.5], type: "DOUBLE" }, `row 2: best_bid: expected ${price}, got NaN`],
    [{ name: "best_ask", data: [-1e-9, 0.5, 0.5], type: "DOUBLE" }, `row 1: best_ask: expected ${price}, got -1e-9`],
    [{ name: "best_ask", data: [0n, 1n, 2n], type: "INT64" }, `row 3: best_ask: expected ${price}, got 2`],
    [{ name: "best_ask", data: ["0.5", "x", "0.5"], type: "STRING" }, `row 2: best_ask: expected ${price}, got "x"`],
    [
      { name: "volume_24h", data: [Infinity, 1, 1], type: "DOUBLE" },
      `row 1: volume_24h: expected ${amount}, got Infinity`
    ],
    [{ name: "volume_24h", data: [0, -1, 1], type: "INT32" }, `row 2: volume_24h: expected ${amount}, got -1`]
  ]
  for (const [column, problem] of cells) {
    it.scoped(`is named: ${problem}`, () =>
      Effect.gen(function*() {
        const before = yield* logState
        const { hint, message } = yield* refusalOf("q.parquet", parquet(withColumns(column)))
        assert.strictEqual(message.split("\n")[0], `q.parquet: ${problem}`)
        assert.strictEqual(hint, "nothing of this file was kept; --skip-invalid imports the other rows")
        assert.deepStrictEqual(yield* logState, before)
      }).pipe(Effect.provide(emptyLog)))
  }
})

const instants = "a column of integers in ms, TIMESTAMP adjusted to UTC, or text"
const whole = parquet(withColumns())

describe("a Parquet file that cannot be read as quotes", () => {
  const files: ReadonlyArray<readonly [content: Uint8Array, options: ImportOptions, problem: string]> = [
    [
      whole,
      { columns: { market: "slug" } },
      "market: expected one column named slug, got columns available_at, market, best_bid, best_ask, volume_24h"
    ],
    [
      parquet([{ name: "available_at", data: [1n] }]),
      {},
      "market: expected one column named market, got columns available_at"
    ],
    [
      declared("available_at", micros, {
        type: "INT64",
        logical_type: { type: "TIMESTAMP", isAdjustedToUTC: false, unit: "MICROS" }
      }),
      {},
      `available_at: expected ${instants}, got TIMESTAMP without a time zone in column available_at`
    ],
    [
      parquet(withColumns({ name: "available_at", data: [at, at, at], type: "FLOAT" })),
      {},
      `available_at: expected ${instants}, got FLOAT in column available_at`
    ],
    [
      parquet(withColumns({ name: "market", data: [1, 2, 3], type: "INT32" })),
      {},
      "market: expected a column of text, got INT32 in column market"
    ],
    [
      parquet(withColumns({ name: "best_bid", data: [true, false, true], type: "BOOLEAN" })),
      {},
      "best_bid: expected a column of numbers or text, got BOOLEAN in column best_bid"
    ],
    [
      parquet(withColumns({ name: "best_bid", data: [{}, {}, {}], type: "JSON" })),
      {},
      "best_bid: expected a column of numbers or text, got JSON in column best_bid"
    ],
    [
      whole,
      { columns: { volume_24h: "market", best_bid: "available_at" } },
      `row 1: best_bid: expected ${price}, got ${at}`
    ],
    [
      new TextEncoder().encode(`PAR1${"x".repeat(100)}`),
      {},
      "expected a whole Parquet file, got one that cannot be read: parquet file invalid (footer != PAR1)"
    ],
    [
      new TextEncoder().encode("a,b\n1,2\n"),
      {},
      "expected a whole Parquet file, got one that cannot be read: parquet file invalid (footer != PAR1)"
    ],
    [
      whole.subarray(0, -9),
      {},
      "expected a whole Parquet file, got one that cannot be read: parquet file invalid (footer != PAR1)"
    ]
  ]
  for (const [content, options, problem] of files) {
    it.scoped(`is refused: ${problem}`, () =>
      Effect.gen(function*() {
        const { message } = yield* refusalOf("q.parquet", content, options)
        assert.strictEqual(message.split("\n")[0], `q.parquet: ${problem}`)
      }).pipe(Effect.provide(emptyLog)))
  }

  it.scoped("is refused wherever it is cut", () =>
    Effect.forEach(
      [0, 3, 4, 5, 11, 12, 100, 300, whole.length - 8, whole.length - 1],
      (length) =>
        Effect.gen(function*() {
          const { message } = yield* refusalOf("q.parquet", whole.subarray(0, length))
          assert.match(message, /^q\.parquet: expected a whole Parquet file, got one that cannot be read: /u)
        }),
      { discard: true }
    ).pipe(Effect.provide(emptyLog)))

  it.scoped("is refused where its data pages are gone", () =>
    Effect.gen(function*() {
      const { message } = yield* refusalOf("q.parquet", whole.slice().fill(0, 4, 300))
      assert.match(message, /^q\.parquet: expected a whole Parquet file, got one that cannot be read: /u)
    }).pipe(Effect.provide(emptyLog)))
})
