import { FileSystem } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { importFile, importFiles, type ImportProgress } from "../../src/importer/importFiles.js"
import { EventLog } from "../../src/store/EventLog.js"
import { emptyLog, fileOf, gzipped, importOf, logContent, logState, ndjson, refusalOf } from "../support/importing.js"

const at = 1_783_715_146_000

const header = "available_at,market,best_bid,best_ask,volume_24h"
const quotes = `${header}\n${at},m1,0.49,0.51,1250.5\n${at + 1000},m1,,0.52,\n${at},m2,0.1,,\n${at + 5},m2,,,\n`

const lines = [
  { type: "market", market: "m1", available_at: at, question: "Who won?" },
  { type: "news", market: "m1", available_at: at, source: "wire", id: "n1", text: "good news" },
  { type: "trade", market: "m1", available_at: at + 1, price: "0.5", size: 10, side: "buy" }
]

const short = (market: string, each: ReadonlyArray<unknown>) => ({ [`${market} quote`]: each })

const quote = (market: string, availableAt: number, body: object) => ({
  availableAt,
  market,
  source: undefined,
  eventTime: availableAt,
  body: { kind: "quote", bestBid: undefined, bestAsk: undefined, volume24h: undefined, ...body }
})

const m1 = short("m1", [
  quote("m1", at, { bestBid: 490_000, bestAsk: 510_000, volume24h: 1250.5 }),
  quote("m1", at + 1000, { bestAsk: 520_000 })
])
const m2 = short("m2", [quote("m2", at, { bestBid: 100_000 }), quote("m2", at + 5, {})])

describe("importing a file", () => {
  it.scoped("keeps every quote, with missing sides missing and prices in millionths", () =>
    Effect.gen(function*() {
      const report = yield* importOf("q.csv", quotes)
      assert.strictEqual(report.outcome, "appended")
      assert.deepStrictEqual([report.events, report.rejected, report.sequence], [4, 0, 4])
      assert.deepStrictEqual(yield* logContent, { ...m1, ...m2 })
    }).pipe(Effect.provide(emptyLog)))

  it.scoped("appends the same content once, whatever the file is called and gzip or not", () =>
    Effect.gen(function*() {
      yield* importOf("q.csv", quotes)
      for (
        const [name, content] of [["again.csv", quotes], ["q.csv.gz", gzipped(quotes)], [
          "gz.csv",
          gzipped(quotes)
        ]] as const
      ) {
        const { events, outcome, sequence } = yield* importOf(name, content)
        assert.deepStrictEqual({ events, outcome, sequence }, { events: 4, outcome: "known", sequence: 4 })
      }
      assert.deepStrictEqual(yield* logContent, { ...m1, ...m2 })
    }).pipe(Effect.provide(emptyLog)))

  it.scoped("reads the same content otherwise when its columns are mapped otherwise", () =>
    Effect.gen(function*() {
      const path = yield* fileOf("q.csv", `${header},mid\n${at},m1,0.49,0.51,1,0.5\n`)
      yield* importFile(path)
      assert.strictEqual((yield* importFile(path, { columns: { best_bid: "best_bid" } })).outcome, "known")
      assert.strictEqual((yield* importFile(path, { columns: { best_bid: "mid" } })).outcome, "appended")
    }).pipe(Effect.provide(emptyLog)))

  it.scoped("counts news that the log has already as duplicates", () =>
    Effect.gen(function*() {
      yield* importOf("a.ndjson", ndjson(lines))
      const { duplicates, events, outcome } = yield* importOf("b.ndjson", ndjson([...lines, { ...lines[1], id: "n2" }]))
      assert.deepStrictEqual({ duplicates, events, outcome }, { duplicates: 1, events: 3, outcome: "appended" })
    }).pipe(Effect.provide(emptyLog)))

  it.scoped("keeps nothing of a file whose last line is bad", () =>
    Effect.gen(function*() {
      yield* importOf("a.ndjson", ndjson(lines))
      const before = yield* logState
      const many = Array.from({ length: 20_000 }, (_, i) => `${at + i},new-${i % 7},0.4,0.6,`).join("\n")
      yield* refusalOf("q.csv", `${header}\n${many}\n${at},m3,0.4,1.2,\n`)
      yield* refusalOf("b.ndjson", ndjson([...lines.map((line) => ({ ...line, market: "m9" })), { type: "trade" }]))
      assert.deepStrictEqual(yield* logState, before)
      assert.strictEqual((yield* importOf("c.ndjson", ndjson([...lines, lines[2]]))).sequence, 6)
    }).pipe(Effect.provide(emptyLog)))

  it.scoped("says where it is, batch by batch", () =>
    Effect.gen(function*() {
      const seen: Array<ImportProgress> = []
      const row = `${at},m1,0.4,0.6,12345\n`
      const path = yield* fileOf("q.csv", `${header}\n${row.repeat(50_000)}`)
      yield* importFile(path, { onProgress: (progress) => Effect.sync(() => void seen.push(progress)) })
      assert.isAbove(seen.length, 4)
      assert.deepStrictEqual(seen.map(({ events }) => events), seen.map(({ events }) => events).sort((a, b) => a - b))
      const total = header.length + 1 + row.length * 50_000
      assert.deepStrictEqual(seen.at(-1), { file: path, unit: "bytes", done: total, total, events: 50_000 })
    }).pipe(Effect.provide(emptyLog)))

  it.scoped("takes a file without any event", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* importOf("none.ndjson", "")).events, 0)
      assert.deepStrictEqual((yield* importOf("none.csv", `${header}\n`)).events, 0)
    }).pipe(Effect.provide(emptyLog)))
})

describe("importing several files", () => {
  it.scoped("goes in the order given; the first that fails stops, and those before it stay", () =>
    Effect.gen(function*() {
      const good = yield* fileOf("a.csv", quotes)
      const bad = yield* fileOf("b.csv", `${quotes}x\n`)
      const never = yield* fileOf("c.ndjson", ndjson(lines))
      const done: Array<string> = []
      const error = yield* importFiles([good, bad, never], {
        onImported: ({ file }) => Effect.sync(() => void done.push(file))
      }).pipe(Effect.flip)
      assert.strictEqual(error._tag, "ImportRejected")
      assert.deepStrictEqual(done, [good])
      assert.strictEqual(yield* Effect.flatMap(EventLog, (log) => log.watermark), 4)
      const reports = yield* importFiles([good, never])
      assert.deepStrictEqual(reports.map(({ events, outcome }) => [outcome, events]), [["known", 4], ["appended", 3]])
    }).pipe(Effect.provide(emptyLog)))
})

describe("skipping bad lines", () => {
  const rejectedOf = (path: string) =>
    Effect.gen(function*() {
      const text = yield* (yield* FileSystem.FileSystem).readFileString(`${path}.rejected.ndjson`)
      return text.trimEnd().split("\n").map((line): unknown => JSON.parse(line))
    })

  it.scoped("imports the others and writes the bad ones beside the file", () =>
    Effect.gen(function*() {
      const path = yield* fileOf("q.csv", `${quotes}${at},m3,0.4,1.2,\n${at},m3\n${at},m3,0.4,0.6,\n`)
      const report = yield* importFile(path, { skipInvalid: true })
      assert.deepStrictEqual([report.events, report.rejected, report.rejectedFile], [5, 2, `${path}.rejected.ndjson`])
      assert.deepStrictEqual(yield* rejectedOf(path), [
        {
          line: 6,
          field: "best_ask",
          expected: "a price within 0..1, as a decimal string or a finite number",
          actual: "1.2",
          problem: "best_ask: expected a price within 0..1, as a decimal string or a finite number, got \"1.2\"",
          text: `${at},m3,0.4,1.2,`
        },
        {
          line: 7,
          field: "(line)",
          expected: "5 cells, as the header has",
          actual: 2,
          problem: "(line): expected 5 cells, as the header has, got 2",
          text: `${at},m3`
        }
      ])
    }).pipe(Effect.provide(emptyLog)))

  it.scoped("leaves no list of bad lines where there is none, and replaces the one of an earlier run", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = yield* fileOf("a.ndjson", ndjson(["oops", ...lines]))
      yield* importFile(path, { skipInvalid: true })
      yield* fs.writeFileString(path, ndjson(["1", "2", ...lines, lines[2]]))
      assert.strictEqual((yield* importFile(path, { skipInvalid: true })).rejected, 2)
      assert.lengthOf(yield* rejectedOf(path), 2)
      yield* fs.writeFileString(path, ndjson(lines))
      const { rejected, rejectedFile } = yield* importFile(path, { skipInvalid: true })
      assert.deepStrictEqual({ rejected, rejectedFile }, { rejected: 0, rejectedFile: undefined })
      assert.isFalse(yield* fs.exists(`${path}.rejected.ndjson`))
    }).pipe(Effect.provide(emptyLog)))

  it.scoped("leaves no list behind when the file as a whole is refused", () =>
    Effect.gen(function*() {
      const path = yield* fileOf("q.csv", `${header}\n${at},m1,7,,\n${at},m1,"0.5,,\n`)
      const error = yield* Effect.flip(importFile(path, { skipInvalid: true }))
      assert.match(error.message, /q\.csv:3: \(line\): expected a quoted cell that ends/u)
      assert.isFalse(yield* Effect.flatMap(FileSystem.FileSystem, (fs) => fs.exists(`${path}.rejected.ndjson`)))
      assert.strictEqual(yield* Effect.flatMap(EventLog, (log) => log.watermark), 0)
    }).pipe(Effect.provide(emptyLog)))

  it.scoped("does not read a known file again", () =>
    Effect.gen(function*() {
      const path = yield* fileOf("a.ndjson", ndjson([...lines, "oops"]))
      yield* importFile(path, { skipInvalid: true })
      const { outcome, rejected } = yield* importFile(path)
      assert.deepStrictEqual({ outcome, rejected }, { outcome: "known", rejected: 0 })
    }).pipe(Effect.provide(emptyLog)))
})
