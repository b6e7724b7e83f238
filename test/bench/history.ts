import { Effect } from "effect"
import { importFile } from "../../src/importer/importFiles.js"
import { writeFlat } from "./columns.js"
import { duckdb } from "./peers/duckdb.js"
import { byMarket, makeQuotes, toParquet, writeCsv } from "./quotes.js"
import { storage } from "./storage.js"

/** One history of quotes, as each of those compared keeps it. */
export const history = (folder: string, markets: number, perMarket: number) =>
  Effect.gen(function*() {
    const quotes = makeQuotes(markets, perMarket)
    const files = {
      csv: `${folder}/quotes.csv`,
      log: `${folder}/log.db`,
      parquet: `${folder}/quotes.parquet`,
      /** sorted by market and time: market, instant, bid, ask */
      flat: `${folder}/quotes.f64`
    }
    writeCsv(files.csv, quotes)
    yield* Effect.provide(importFile(files.csv, { format: "quotes" }), storage(files.log))
    writeFlat(files.flat, byMarket(quotes))
    yield* Effect.scoped(Effect.flatMap(duckdb(":memory:"), (db) => db.run(toParquet(files.csv, files.parquet))))
    return { ...files, quotes }
  })
