import * as NodeContext from "@effect/platform-node/NodeContext"
import { Effect } from "effect"
import { parquetWriteFile } from "hyparquet-writer"
import { statSync } from "node:fs"
import { seeded } from "../../src/audit/random.js"
import { importFile } from "../../src/importer/importFiles.js"
import { opening } from "./generate.js"
import { atLeast, atMost, median, timed } from "./measure.js"
import { storage } from "./storage.js"

const rows = 1_000_000
const markets = 1_000
const rounds = 3

/** Quotes as a poller records them: all markets in turn every two minutes, prices in cents, one side missing now and then. */
const writeQuotes = (path: string) => {
  const random = seeded(5)
  const middle = Array.from({ length: markets }, () => 10 + Math.floor(random() * 80))
  const each = <A>(value: (row: number) => A) => Array.from({ length: rows }, (_, row) => value(row))
  const bids = each((row) => {
    const market = row % markets
    const cents = Math.min(95, Math.max(3, (middle[market] ?? 0) + Math.floor(random() * 3) - 1))
    middle[market] = cents
    return random() < 0.06 ? null : cents / 100
  })
  parquetWriteFile({
    filename: path,
    rowGroupSize: 200_000,
    columnData: [
      {
        name: "available_at",
        data: each((row) => BigInt(opening + Math.floor(row / markets) * 122_000)),
        type: "INT64"
      },
      { name: "market", data: each((row) => `market-${row % markets}`), type: "STRING" },
      { name: "best_bid", data: bids, type: "DOUBLE" },
      { name: "best_ask", data: bids.map((bid) => bid === null ? 0.5 : bid + 0.02), type: "DOUBLE" },
      { name: "volume_24h", data: each((row) => row % 3 === 0 ? null : Math.floor(random() * 50_000)), type: "DOUBLE" }
    ]
  })
}

const bytesOf = (path: string): number =>
  [path, `${path}-wal`].reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0)

/** (b) Parquet to a fresh log on disk, and what a quote then takes. */
export const importingBench = (folder: string) =>
  Effect.gen(function*() {
    const source = `${folder}/quotes.parquet`
    writeQuotes(source)
    const millis: Array<number> = []
    let bytes = 0
    for (let round = 0; round < rounds; round++) {
      const path = `${folder}/import-${round}.db`
      const run = yield* timed(Effect.provide(importFile(source, { format: "quotes" }), storage(path)))
      millis.push(run.millis)
      bytes = bytesOf(path)
    }
    return [
      atLeast("(b) import of quotes from Parquet", "quotes/s", rows / median(millis) * 1_000, 300_000),
      atMost("(b) size on disk", "bytes/quote", bytes / rows, 24)
    ]
  }).pipe(Effect.provide(NodeContext.layer))
