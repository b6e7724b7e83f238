import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { CsvReader } from "../../src/importer/csvRecords.js"
import { importFile } from "../../src/importer/importFiles.js"
import { emptyLog, fileOf, gzipped, importOf, logContent } from "../support/importing.js"

const at = 1_783_715_146_000

const rows = [
  { market: "m1", at, bid: "0.49", ask: "0.51", volume: "1250.5" },
  { market: "a, \"b\"", at: at + 1, bid: "", ask: "1", volume: "" },
  { market: "élection", at: at + 2, bid: "", ask: "", volume: "0" }
]

const held = {
  "m1 quote": [[at, 490_000, 510_000, 1250.5]],
  "a, \"b\" quote": [[at + 1, undefined, 1_000_000, undefined]],
  "élection quote": [[at + 2, undefined, undefined, 0]]
}

const none = { bestBid: undefined, bestAsk: undefined, volume24h: undefined }

/** What the log holds of quotes, without what is the same in all. */
const short = Effect.map(logContent, (content) =>
  Object.fromEntries(
    Object.entries(content).map(([key, rows]) => [
      key,
      rows.map(({ availableAt, body }) => {
        const { bestAsk, bestBid, volume24h } = { ...none, ...body }
        return [availableAt, bestBid, bestAsk, volume24h]
      })
    ])
  ))

const quoted = (text: string) => `"${text.replaceAll("\"", "\"\"")}"`
const bare = (text: string) => /[",\n]/u.test(text) ? quoted(text) : text

const csv = (
  header: ReadonlyArray<string>,
  cells: (row: typeof rows[number]) => ReadonlyArray<string>,
  write = bare
): string => [header, ...rows.map(cells)].map((line) => `${line.map(write).join(",")}\n`).join("")

const header = ["available_at", "market", "best_bid", "best_ask", "volume_24h"]
const cellsOf = (row: typeof rows[number]) => [String(row.at), row.market, row.bid, row.ask, row.volume]
const plain = csv(header, cellsOf)

describe("a CSV file of quotes", () => {
  const spellings: ReadonlyArray<readonly [title: string, content: string | Uint8Array]> = [
    ["bare where it can be", plain],
    ["every cell in quotes", csv(header, cellsOf, quoted)],
    ["CRLF", plain.replaceAll("\n", "\r\n")],
    ["quotes and CRLF", csv(header, cellsOf, quoted).replaceAll("\n", "\r\n")],
    ["a byte order mark", `\ufeff${plain}`],
    ["blank lines", `\n\n${plain.replaceAll("\n", "\n\r\n")}`],
    ["no newline at its end", plain.trimEnd().concat("")],
    ["gzip", gzipped(plain)],
    ["instants as ISO 8601", csv(header, (row) => [new Date(row.at).toISOString(), ...cellsOf(row).slice(1)])],
    ["its columns in another order", csv([...header].reverse(), (row) => [...cellsOf(row)].reverse())],
    [
      "other columns, of several lines too",
      csv(["id", ...header, "note"], (row) => [`${row.at}x`, ...cellsOf(row), "one,\n\n\"two\"\n"])
    ]
  ]
  for (const [title, content] of spellings) {
    it.scoped(`is read as it is: ${title}`, () =>
      Effect.gen(function*() {
        assert.strictEqual((yield* importOf("q.csv", content)).events, 3)
        assert.deepStrictEqual(yield* short, held)
      }).pipe(Effect.provide(emptyLog)))
  }

  it.scoped("may call its columns otherwise, and have a venue's clock", () =>
    Effect.gen(function*() {
      const path = yield* fileOf("q", `t,e,slug,bid,ask\n${at},${at - 3},m1,0.5,\n${at},,m1,,\n`)
      const columns = { available_at: "t", event_time: "e", market: "slug", best_bid: "bid", best_ask: "ask" }
      yield* importFile(path, { format: "quotes", columns })
      const times = (yield* logContent)["m1 quote"]?.map(({ eventTime }) => eventTime)
      assert.deepStrictEqual(times, [at - 3, at])
    }).pipe(Effect.provide(emptyLog)))

  it.scoped("loses no row at the seams of the parts in which it is read", () =>
    Effect.gen(function*() {
      const count = 60_000
      const lines = Array.from({ length: count }, (_, i) =>
        i % 1000 === 0 ? `${at + i},"m""1",0.5,,${i},"${"x\n".repeat(i % 777)}"` : `${at + i},m2,,0.25,${i},`)
      const { events } = yield* importOf("q.csv", `${header.join(",")},note\n${lines.join("\n")}\n`)
      assert.strictEqual(events, count)
      const content = yield* short
      const volumes = Object.values(content).flatMap((rows) =>
        rows.map(([, , , volume]) => Number(volume))
      )
      assert.deepStrictEqual(volumes.sort((a, b) => a - b), Array.from({ length: count }, (_, i) => i))
      assert.lengthOf(content["m\"1 quote"] ?? [], 60)
    }).pipe(Effect.provide(emptyLog)))

  it.scoped("leaves out only the lines that are bad", () =>
    Effect.gen(function*() {
      const bad = ["m\"3", "m3,", "m3,0.5,0.6,7,8"].map((rest) => `${at},${rest}\n`).join("")
      const content = `${plain}${bad}${plain.slice(plain.indexOf("\n") + 1)}`
      const { events, rejected } = yield* importOf("q.csv", content, { skipInvalid: true })
      assert.deepStrictEqual({ events, rejected }, { events: 6, rejected: 3 })
    }).pipe(Effect.provide(emptyLog)))

  it.scoped("leaves out a last line that has no newline and a stray quote", () =>
    Effect.gen(function*() {
      const { events, rejected } = yield* importOf("q.csv", `${plain}${at},m"3`, { skipInvalid: true })
      assert.deepStrictEqual({ events, rejected }, { events: 3, rejected: 1 })
    }).pipe(Effect.provide(emptyLog)))

  it("tells the lines apart around any number of stray quotes", () => {
    const kinds = ["a\"", "1,\"x\ny\"", `2,"${"z\n".repeat(5_000)}"`, "3,4", ""]
    const [count, plan] = [6_000, (i: number) => i % 1_000 === 999 ? 2 : [0, 1, 0, 3, 4, 0][i % 6] ?? 0]
    const [records, stray]: [Array<number>, Array<number>] = [[], []]
    let line = 1
    const text = Array.from({ length: count }, (_, i) => {
      const kind = kinds[plan(i)] ?? ""
      if (kind.startsWith("a")) stray.push(line)
      else if (kind !== "") records.push(line)
      line += kind.split("\n").length
      return `${kind}\n`
    }).join("")
    const read = new CsvReader().read({ text, firstLine: 1, refused: [] })
    assert.deepStrictEqual(read.records.map((record) => record.line), records)
    assert.deepStrictEqual(read.refused.map((refusal) => refusal.line), stray)
    assert.isUndefined(read.unclosed)
  })
})
