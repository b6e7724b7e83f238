import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import type { ImportOptions } from "../../src/importer/importFiles.js"
import { emptyLog, gzipped, logState, ndjson, refusalOf } from "../support/importing.js"

const at = 1_783_715_146_000

const instant =
  "integer milliseconds UTC within 1971..2099 (seconds are refused), or ISO 8601 with an offset (2026-07-10T20:25:46Z)"
const price = "a price within 0..1, as a decimal string or a finite number"
const size = "a size in shares within 0..1000000000, as a decimal string or a finite number"
const amount = "an amount in USD of at least 0, as a decimal string or a finite number"
const market = "a market id of 1 to 256 printable characters"

/** Refuses the file and leaves the log as it was. */
const refuses = (name: string, content: string | Uint8Array, message: string, options: ImportOptions = {}) =>
  Effect.gen(function*() {
    const before = yield* logState
    const refusal = yield* refusalOf(name, content, options)
    assert.strictEqual(refusal.message.split("\n")[0], message)
    assert.deepStrictEqual(yield* logState, before)
    return refusal
  })

const valid: Record<string, object> = {
  market: { type: "market", market: "m1", available_at: at, question: "Who?" },
  quote: { type: "quote", market: "m1", available_at: at },
  book: { type: "book", market: "m1", available_at: at, bids: [["0.4", 1]], asks: [] },
  price_change: { type: "price_change", market: "m1", available_at: at, changes: [["bid", "0.4", 1]] },
  trade: { type: "trade", market: "m1", available_at: at, price: "0.4", size: 1, side: "buy" },
  news: { type: "news", market: "m1", available_at: at, source: "wire", id: "1", text: "x" },
  gap: { type: "gap", market: "m1", available_at: at, scope: "market", reason: "x" },
  gap_end: { type: "gap_end", market: "m1", available_at: at, scope: "market", reason: "x" },
  market_closed: { type: "market_closed", market: "m1", available_at: at },
  resolution: { type: "resolution", market: "m1", available_at: at, outcome: 1 }
}

const raw = (json: string) => ({ json })

type Hostile = readonly [type: string, change: object, field: string, expected: string, actual: string]

const common = (type: string): ReadonlyArray<Hostile> => [
  [type, { available_at: at / 1000 }, "available_at", instant, String(at / 1000)],
  [type, { available_at: "2026-07-10T20:25:46" }, "available_at", instant, "\"2026-07-10T20:25:46\""],
  [type, { available_at: null }, "available_at", instant, "null"],
  [type, { available_at: undefined }, "available_at", "to be present", "nothing"],
  [type, { event_time: 4_102_444_800_000 }, "event_time", instant, "4102444800000"],
  [type, { market: "" }, "market", market, "\"\""],
  [type, { market: " m1" }, "market", market, "\" m1\""],
  [type, { market: "a\u0000" }, "market", market, "\"a\\u0000\""],
  [type, { market: undefined }, "market", "to be present", "nothing"],
  [type, { source: "" }, "source", "text of 1 to 256 characters", "\"\""]
]

const events: ReadonlyArray<Hostile> = [
  ...Object.keys(valid).flatMap(common),
  ["quote", { best_bid: "1.2" }, "best_bid", price, "\"1.2\""],
  ["quote", { best_bid: raw("1e999") }, "best_bid", price, "Infinity"],
  ["quote", { best_bid: "NaN" }, "best_bid", price, "\"NaN\""],
  ["quote", { best_ask: -0.01 }, "best_ask", price, "-0.01"],
  ["quote", { best_ask: true }, "best_ask", price, "true"],
  ["quote", { volume_24h: -1 }, "volume_24h", amount, "-1"],
  ["book", { bids: [["0.4", 1], ["2", 1]] }, "bids[1][0]", price, "\"2\""],
  ["book", { asks: [["0.4", "-1"]] }, "asks[0][1]", size, "\"-1\""],
  ["book", { bids: undefined }, "bids", "to be present", "nothing"],
  ["price_change", { changes: [["bid", "0.4", 1], ["ask", "0.4", 1e10]] }, "changes[1][2]", size, "10000000000"],
  ["trade", { price: raw("1e400") }, "price", price, "Infinity"],
  ["trade", { size: "1e3" }, "size", size, "\"1e3\""],
  ["market", { liquidity: raw("-1e999") }, "liquidity", amount, "-Infinity"],
  ["market", { tick_size: 0 }, "tick_size", "a tick size above 0 and at most 1", "0"],
  ["market", { end_date: "2026-02-30T00:00:00Z" }, "end_date", instant, "\"2026-02-30T00:00:00Z\""],
  [
    "market",
    { tags: ["x".repeat(257)] },
    "tags[0]",
    "text of at most 256 characters",
    `"${"x".repeat(79)}… (259 characters)`
  ],
  ["news", { id: "" }, "id", "text of 1 to 1024 characters", "\"\""],
  ["news", { published_at: "yesterday" }, "published_at", instant, "\"yesterday\""],
  ["gap", { reason: "" }, "reason", "text of 1 to 1000 characters", "\"\""],
  ["resolution", { outcome: 1.01 }, "outcome", "an outcome within 0..1", "1.01"]
]

const asJson = (line: object): string =>
  JSON.stringify(line, (_, value: unknown) => value).replaceAll(/\{"json":"([^"]*)"\}/gu, "$1")

describe("a bad line of events", () => {
  it.scoped("is named with file, line, field, expectation and value, whatever its type", () =>
    Effect.forEach(events, ([type, change, field, expected, actual]) =>
      refuses(
        "e.ndjson",
        `${ndjson([valid.trade])}\n${asJson({ ...valid[type], ...change })}\n${ndjson([valid.trade])}`,
        `e.ndjson:3: ${field}: expected ${expected}, got ${actual}`
      ), { discard: true }).pipe(Effect.provide(emptyLog)))

  const others: ReadonlyArray<readonly [title: string, content: string | Uint8Array, message: string]> = [
    ["no JSON", "oops\n", "e.ndjson:1: (line): expected one JSON object a line, got \"oops\""],
    ["an array", "[]\n", "e.ndjson:1: (line): expected a JSON object, got an array"],
    ["a string", "\n\"x\"\n", "e.ndjson:2: (line): expected a JSON object, got \"x\""],
    ["two objects", "{} {}\n", "e.ndjson:1: (line): expected one JSON object a line, got \"{} {}\""],
    [
      "an unknown type",
      "{\"type\":\"trades\"}\n",
      "e.ndjson:1: type: expected one of market, quote, book, price_change, trade, news, gap, gap_end, market_closed, resolution, got \"trades\" (did you mean trade?)"
    ],
    [
      "bytes that are not UTF-8",
      new Uint8Array([0x0a, 0x22, 0xff, 0x22, 0x0a]),
      "e.ndjson:2: (line): expected UTF-8 text, got \"\\\"\ufffd\\\"\""
    ],
    [
      "UTF-16",
      new Uint8Array([0xff, 0xfe, 0x7b, 0, 0x7d, 0]),
      "e.ndjson:1: (line): expected UTF-8 text, got \"\ufffd\ufffd{\\u0000}\\u0000\""
    ]
  ]
  for (const [title, content, message] of others) {
    it.scoped(`is refused: ${title}`, () => Effect.provide(refuses("e.ndjson", content, message), emptyLog))
  }

  it.scoped("is refused for a field that its type does not have, with the nearest one that it has", () =>
    Effect.forEach(Object.values(valid), (line) =>
      Effect.gen(function*() {
        const { error, message } = yield* refusalOf("e.ndjson", ndjson([{ ...line, markets: 1, market: "m1" }]))
        assert.strictEqual(error.field, "markets")
        assert.match(message, /^e\.ndjson:1: markets: expected .*did you mean market\?/u)
      }), { discard: true }).pipe(Effect.provide(emptyLog)))

  it.scoped("is refused beyond 16 MiB, and only then", () =>
    Effect.gen(function*() {
      const long = `"${"x".repeat(16 * 1024 * 1024 - 2)}"`
      const { message } = yield* refuses(
        "e.ndjson",
        `\n\n${long}`,
        `e.ndjson:3: (line): expected a JSON object, got "${"x".repeat(79)}… (16777216 characters)`
      )
      assert.notInclude(message, "16 MiB")
      yield* refuses(
        "e.ndjson",
        `\n\n${long}x\n`,
        `e.ndjson:3: (line): expected a line of at most 16 MiB, got "\\"${"x".repeat(77)}… (203 characters)`
      )
    }).pipe(Effect.provide(emptyLog)))

  it.scoped("leaves the way out in a hint", () =>
    Effect.gen(function*() {
      const { hint } = yield* refuses("e.ndjson", "1\n", "e.ndjson:1: (line): expected a JSON object, got 1")
      assert.strictEqual(hint, "nothing of this file was kept; --skip-invalid imports the other lines")
    }).pipe(Effect.provide(emptyLog)))
})

const header = "available_at,market,best_bid,best_ask,event_time,volume_24h"
const row = { available_at: String(at), market: "m1", best_bid: "0.4", best_ask: "0.6", event_time: "", volume_24h: "" }

const cells: ReadonlyArray<readonly [field: keyof typeof row, cell: string, expected: string]> = [
  ["available_at", "", instant],
  ["available_at", String(at / 1000), instant],
  ["available_at", `${at}.0`, instant],
  ["available_at", "2026-07-10 20:25:46", instant],
  ["available_at", "1970-12-31T23:59:59Z", instant],
  ["event_time", "4102444800000", instant],
  ["event_time", "NaT", instant],
  ["market", "", market],
  ["market", "m1 ", market],
  ["market", "a\u0007", market],
  ["market", "\u2028", market],
  ["market", "x".repeat(257), market],
  ["best_bid", "1.000001", price],
  ["best_bid", "-0.1", price],
  ["best_bid", "NaN", price],
  ["best_bid", "nan", price],
  ["best_bid", "inf", price],
  ["best_bid", "1e-1", price],
  ["best_bid", "0x1", price],
  ["best_bid", " 0.5", price],
  ["best_bid", "null", price],
  ["best_ask", "49c", price],
  ["best_ask", "Infinity", price],
  ["best_ask", "0.5.0", price],
  ["volume_24h", "-1", amount],
  ["volume_24h", "1e999", amount],
  ["volume_24h", "none", amount]
]

const shown = (text: string): string => {
  const quoted = JSON.stringify(text)
  return quoted.length <= 80 ? quoted : `${quoted.slice(0, 80)}… (${quoted.length} characters)`
}

describe("a bad line of quotes", () => {
  it.scoped("is named with file, line, field, expectation and value", () =>
    Effect.forEach(cells, ([field, cell, expected]) =>
      refuses(
        "q.csv",
        `${header}\n${Object.values(row).join(",")}\n\n${Object.values({ ...row, [field]: cell }).join(",")}\n`,
        `q.csv:4: ${field}: expected ${expected}, got ${shown(cell)}`
      ), { discard: true }).pipe(Effect.provide(emptyLog)))

  it.scoped("is reported by its first field where several are bad, and before later lines", () =>
    refuses(
      "q.csv",
      `${header}\n${at},m1,5,6,,\n${at},,0.5,0.6,,\n`,
      `q.csv:2: best_bid: expected ${price}, got "5"`
    ).pipe(Effect.provide(emptyLog)))

  const others: ReadonlyArray<readonly [title: string, content: string | Uint8Array, message: string]> = [
    ["an empty file", "", "q.csv: expected a header line and quotes, got no line"],
    ["too few cells", `${header}\n${at},m1,0.5\n`, "q.csv:2: (line): expected 6 cells, as the header has, got 3"],
    ["too many cells", `${header}\n${at},m1,,,,,\n`, "q.csv:2: (line): expected 6 cells, as the header has, got 7"],
    [
      "semicolons",
      `${header.replaceAll(",", ";")}\n`,
      `q.csv:1: available_at: expected one column named available_at, got columns ${header.replaceAll(",", ";")}`
    ],
    [
      "no market column",
      "available_at,slug,best_bid,best_ask\n",
      "q.csv:1: market: expected one column named market, got columns available_at, slug, best_bid, best_ask"
    ],
    [
      "two bids",
      `${header},best_bid\n`,
      `q.csv:1: best_bid: expected one column named best_bid, got columns ${header.replaceAll(",", ", ")}, best_bid`
    ],
    [
      "an unclosed quote",
      `${header}\n${at},"m1,,,,\n${at},m1,,,,\n`,
      "q.csv:2: (line): expected a quoted cell that ends with a quote before a comma or the line's end, got one that does not"
    ],
    [
      "text after a quote",
      `${header}\n${at},m1,,,,\n${at},"m"1,,,,\n`,
      "q.csv:3: (line): expected a quoted cell that ends with a quote before a comma or the line's end, got one that does not"
    ],
    [
      "a quote in a cell",
      `${header}\n${at},"m1",,,,\n\n${at},m"1,,,,\n`,
      `q.csv:4: (line): expected quotes around whole cells only, got "${at},m\\"1,,,,"`
    ],
    [
      "UTF-16",
      new Uint8Array([0xff, 0xfe, 0x61, 0]),
      "q.csv:1: (line): expected UTF-8 text, got \"\ufffd\ufffda\\u0000\""
    ]
  ]
  for (const [title, content, message] of others) {
    it.scoped(`is refused: ${title}`, () => Effect.provide(refuses("q.csv", content, message), emptyLog))
  }

  it.scoped("is refused after quotes that a long cell encloses", () =>
    refuses(
      "q.csv",
      `${header},note\n${at},m1,,,,,"${"long\n".repeat(100_000)}"\n${at},m1,2,,,,\n`,
      `q.csv:100003: best_bid: expected ${price}, got "2"`
    ).pipe(Effect.provide(emptyLog)))
})

describe("a file that cannot be what it should", () => {
  const cases: ReadonlyArray<
    readonly [name: string, content: string | Uint8Array, options: ImportOptions, message: string]
  > = [
    [
      "e.ndjson",
      "",
      { format: "quotes" },
      "e.ndjson: expected CSV or Parquet, since the format is quotes, got a file of NDJSON"
    ],
    ["q.csv.gz", "", { format: "events" }, "q.csv.gz: expected NDJSON, since the format is events, got a file of CSV"],
    [
      "q.csv",
      "PAR1",
      { format: "events" },
      "q.csv: expected NDJSON, since the format is events, got a file of Parquet"
    ],
    [
      "q.txt",
      "",
      {},
      "q.txt: expected a name that ends in .ndjson, .jsonl, .json, .csv or .parquet (.gz may follow), got another one"
    ],
    ["q.parquet", gzipped("PAR1"), {}, "q.parquet: expected Parquet as it is, got Parquet inside gzip"]
  ]
  for (const [name, content, options, message] of cases) {
    it.scoped(`is refused: ${message}`, () => Effect.provide(refuses(name, content, message, options), emptyLog))
  }
})
