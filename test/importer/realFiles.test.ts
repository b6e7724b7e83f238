import { DuckDBInstance } from "@duckdb/node-api"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { importFile, importFiles } from "../../src/importer/importFiles.js"
import { EventLog } from "../../src/store/EventLog.js"
import { emptyLog } from "../support/importing.js"

const fixtures = fileURLToPath(new URL("../fixtures/polymarket-quotes/", import.meta.url))
const large = fileURLToPath(
  new URL("../../../shared/data/polymarket-quotes/quotes-1003-markets.parquet", import.meta.url)
)

/** Of one market: rows, and counts and sums of what is there; times in s so that their sums are exact. */
interface Totals {
  readonly rows: number
  readonly bids: number
  readonly bidUnits: number
  readonly asks: number
  readonly askUnits: number
  readonly volumes: number
  readonly volume: number
  readonly seconds: number
}

const columnsOf = ["rows", "bids", "bidUnits", "asks", "askUnits", "volumes", "volume", "seconds"] as const

const present = (values: Float64Array) => values.filter((value) => !Number.isNaN(value))
const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0)

const totalsOfLog = Effect.gen(function*() {
  const log = yield* EventLog
  const totals = new Map<string, Totals>()
  for (const { market } of yield* log.markets) {
    for (const columns of (yield* log.read(market)).columns) {
      if (columns.kind !== "quote") continue
      const [bids, asks, volumes] = [columns.bestBid, columns.bestAsk, columns.volume24h].map(present)
      if (bids === undefined || asks === undefined || volumes === undefined) continue
      totals.set(market, {
        rows: columns.rows,
        bids: bids.length,
        bidUnits: sum(bids),
        asks: asks.length,
        askUnits: sum(asks),
        volumes: volumes.length,
        volume: sum(volumes),
        seconds: sum(columns.availableAt) / 1000
      })
    }
  }
  return totals
})

/** The same, read and added up by another program. */
const totalsOfFile = (from: string, names: Readonly<Record<"at" | "market" | "bid" | "ask" | "volume", string>>) =>
  Effect.promise(async () => {
    const connection = await (await DuckDBInstance.create()).connect()
    const { ask, at, bid, market, volume } = names
    const reader = await connection.runAndReadAll(`SELECT ${market}, count(*), count(${bid}), sum(round(${bid} * 1e6)),
      count(${ask}), sum(round(${ask} * 1e6)), count(${volume}), sum(${volume}), sum(${at} // 1000)::DOUBLE
      FROM ${from} GROUP BY 1`)
    return new Map(
      reader.getRows().map(([name, ...values]) => {
        const numbers = values.map(Number)
        return [String(name), Object.fromEntries(columnsOf.map((column, i) => [column, numbers[i] ?? 0]))] as const
      })
    )
  })

const agree = (log: ReadonlyMap<string, Totals>, file: ReadonlyMap<string, Readonly<Record<string, number>>>) => {
  assert.deepStrictEqual([...log.keys()].sort(), [...file.keys()].sort())
  for (const [market, totals] of log) {
    const expected = file.get(market) ?? {}
    for (const column of columnsOf) {
      const tolerance = column === "volume" ? 1e-9 * Math.abs(totals[column]) : 0
      assert.approximately(totals[column], expected[column] ?? NaN, tolerance, `${column} of ${market}`)
    }
  }
}

describe("real recordings", () => {
  it.effect("of 60 markets are imported whole, quotes, descriptions and outcomes", () =>
    Effect.gen(function*() {
      const paths = ["quotes.csv.gz", "markets.ndjson", "resolutions.ndjson"].map((name) => `${fixtures}${name}`)
      const reports = yield* importFiles(paths)
      assert.deepStrictEqual(reports.map(({ events, rejected }) => [events, rejected]), [[161_656, 0], [60, 0], [
        60,
        0
      ]])
      assert.strictEqual(reports.at(-1)?.sequence, 161_776)
      agree(
        yield* totalsOfLog,
        yield* totalsOfFile(`read_csv('${paths[0] ?? ""}')`, {
          at: "available_at",
          market: "market",
          bid: "best_bid",
          ask: "best_ask",
          volume: "volume_24h"
        })
      )
      const again = yield* importFiles([...paths].reverse())
      assert.deepStrictEqual(again.map(({ outcome }) => outcome), ["known", "known", "known"])
      assert.strictEqual(yield* Effect.flatMap(EventLog, (log) => log.watermark), 161_776)
    }).pipe(Effect.provide(emptyLog)))

  it.effect.skipIf(!existsSync(large))(
    "of 1,003 markets are imported whole from Parquet",
    () =>
      Effect.gen(function*() {
        const columns = {
          available_at: "ts_ms",
          market: "slug",
          best_bid: "bid",
          best_ask: "ask",
          volume_24h: "volume24hr"
        }
        const { events, sequence } = yield* importFile(large, { columns })
        assert.deepStrictEqual({ events, sequence }, { events: 1_417_446, sequence: 1_417_446 })
        const totals = yield* totalsOfLog
        assert.strictEqual(totals.size, 1_003)
        agree(
          totals,
          yield* totalsOfFile(`'${large}'`, {
            at: "ts_ms",
            market: "slug",
            bid: "bid",
            ask: "ask",
            volume: "volume24hr"
          })
        )
      }).pipe(Effect.provide(emptyLog))
  )
})
