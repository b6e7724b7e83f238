import Database from "better-sqlite3"
import { parse } from "csv-parse"
import { Effect, Layer } from "effect"
import { createReadStream, readFileSync, rmSync, statSync } from "node:fs"
import { pipeline } from "node:stream/promises"
import pl from "nodejs-polars"
import { EventLog } from "../../src/store/EventLog.js"
import { type Columns, differenceOf, readFlat, writeFlat } from "./columns.js"
import { compare, ready } from "./compare.js"
import { marketName } from "./generate.js"
import { importQuotes } from "./ours.js"
import { type Duckdb, duckdb } from "./peers/duckdb.js"
import { byMarket, makeQuotes, type Quotes, writeCsv } from "./quotes.js"
import { databaseBytes, removeDatabase, storage } from "./storage.js"

const markets = 200
const perMarket = 1_500
const rows = markets * perMarket
const names = ["market", "available_at", "best_bid", "best_ask"]

/** What every file of a folder with this name weighs, and how it is let go of. */
const file = (path: string) => ({
  path,
  bytes: () => statSync(path).size,
  remove: Effect.sync(() => rmSync(path, { force: true }))
})

/** The quotes that the log holds, by market and then by time: as `byMarket` has them. */
const readLog = Effect.gen(function*() {
  const log = yield* EventLog
  const price = (millionths: number) => millionths / 1_000_000
  const [market, at, bid, ask] = [0, 1, 2, 3].map(() => new Float64Array(rows))
  let done = 0
  for (let own = 0; own < markets; own++) {
    for (const columns of (yield* log.read(marketName(own))).columns) {
      if (columns.kind !== "quote") continue
      market?.fill(own, done, done + columns.rows)
      at?.set(columns.availableAt, done)
      bid?.set(columns.bestBid.map(price), done)
      ask?.set(columns.bestAsk.map(price), done)
      done += columns.rows
    }
  }
  return [market, at, bid, ask].flatMap((column) => column ?? [])
})

const number = "CAST(substr(market, 8) AS INTEGER)"

const importDuckdb = (db: Duckdb, csv: string) =>
  db.run(`CREATE OR REPLACE TABLE quotes AS
    SELECT ${number} AS market, available_at, best_bid, best_ask FROM read_csv('${csv}')`).pipe(
    Effect.zipRight(db.run("CHECKPOINT"))
  )

const readDuckdb = (db: Duckdb, from = "quotes") =>
  db.columns(`SELECT ${names.join(", ")} FROM ${from} ORDER BY market, available_at`, 4, rows)

/** As Node programs import: a streaming parser, and one transaction of prepared inserts in a durable database. */
const importSqlite = async (csv: string, path: string) => {
  const db = new Database(path)
  db.pragma("journal_mode = WAL")
  db.pragma("synchronous = FULL")
  db.exec("CREATE TABLE quotes (market TEXT, available_at INTEGER, best_bid REAL, best_ask REAL)")
  const insert = db.prepare("INSERT INTO quotes VALUES (?, ?, ?, ?)")
  const priced = (cell: string) => cell === "" ? null : Number(cell)
  db.exec("BEGIN")
  const records = parse({ from_line: 2 })
  records.on("data", ([at = "", market = "", bid = "", ask = ""]: ReadonlyArray<string>) => {
    insert.run(market, Number(at), priced(bid), priced(ask))
  })
  await pipeline(createReadStream(csv), records)
  db.exec("COMMIT")
  db.exec("CREATE INDEX quotes_by_market ON quotes (market, available_at)")
  db.close()
}

const readSqlite = (path: string): Columns => {
  const db = new Database(path, { readonly: true })
  const out = names.map(() => new Float64Array(rows))
  const query = db.prepare(
    `SELECT ${number} AS number, available_at, best_bid, best_ask FROM quotes ORDER BY number, available_at`
  )
  let row = 0
  for (const record of query.raw().iterate()) {
    for (const [index, column] of out.entries()) column[row] = Number(record[index] ?? NaN)
    row++
  }
  db.close()
  return out
}

const importPolars = (csv: string, parquet: string) =>
  pl.readCSV(csv).select(
    pl.col("market").str.replace("market-", "").cast(pl.Int32),
    pl.col("available_at"),
    pl.col("best_bid"),
    pl.col("best_ask")
  ).sort(["market", "available_at"]).writeParquet(parquet, { compression: "zstd" })

const readPolars = (parquet: string): Columns => {
  const frame = pl.readParquet(parquet).select(...names.map((name) => pl.col(name).cast(pl.Float64).fillNull(NaN)))
  return names.map((name) => new Float64Array(frame.getColumn(name).toTypedArray()))
}

/** A file of nothing but these quotes, without a check of any cell. */
const importBare = (csv: string, path: string, { markets: count, rows: length }: Quotes) => {
  const text = readFileSync(csv, "latin1")
  const out = names.map(() => new Float64Array(length))
  const [market, at, bid, ask] = out
  const seen = new Uint32Array(count)
  let from = text.indexOf("\n") + 1
  const cell = (end: string): string => {
    const to = text.indexOf(end, from)
    const own = text.slice(from, to)
    from = to + 1
    return own
  }
  while (from < text.length) {
    const instant = Number(cell(","))
    const own = Number(cell(",").slice(7))
    const [low, high] = [cell(","), cell("\n")]
    const row = own * (length / count) + (seen[own] ?? 0)
    seen[own] = (seen[own] ?? 0) + 1
    if (market === undefined || at === undefined || bid === undefined || ask === undefined) break
    market[row] = own
    at[row] = instant
    bid[row] = low === "" ? NaN : Number(low)
    ask[row] = high === "" ? NaN : Number(high)
  }
  writeFlat(path, out)
}

/** CSV of quotes to where they are kept; what they weigh there; and all of them back into columns. */
export const importing = (folder: string) =>
  Effect.gen(function*() {
    const quotes = makeQuotes(markets, perMarket)
    const csv = `${folder}/quotes.csv`
    writeCsv(csv, quotes)
    const own = `${folder}/log.db`
    const sqlite = `${folder}/quotes.sqlite`
    const parquet = file(`${folder}/quotes.parquet`)
    const flat = file(`${folder}/quotes.f64`)
    const duck = `${folder}/quotes.duckdb`
    const db = yield* duckdb(duck)
    const read = {
      own: Effect.provide(readLog, storage(own)),
      duckdb: readDuckdb(db),
      sqlite: Effect.sync(() => readSqlite(sqlite)),
      polars: Effect.sync(() => readPolars(parquet.path)),
      flat: Effect.sync(() => readFlat(flat.path, 4))
    }
    const difference = differenceOf(names)
    const data = `${rows} quotes of ${markets} markets`
    const imported = yield* compare({
      name: "import",
      data: `CSV of ${data} to where they are kept`,
      rounds: 3,
      items: { count: rows, of: "quotes" },
      competitors: [
        {
          name: "this project",
          role: "ours",
          prepare: Effect.sync(() => removeDatabase(own)),
          run: Effect.as(importQuotes(csv, own), read.own)
        },
        { name: "DuckDB", role: "peer", run: Effect.as(importDuckdb(db, csv), read.duckdb) },
        {
          name: "better-sqlite3, csv-parse",
          role: "peer",
          prepare: Effect.sync(() => removeDatabase(sqlite)),
          run: Effect.as(Effect.promise(() => importSqlite(csv, sqlite)), read.sqlite)
        },
        {
          name: "Polars to Parquet",
          role: "peer",
          prepare: parquet.remove,
          run: Effect.as(Effect.sync(() => importPolars(csv, parquet.path)), read.polars)
        },
        {
          name: "bare loop to a flat file",
          role: "limit",
          run: Effect.as(Effect.sync(() => importBare(csv, flat.path, quotes)), read.flat)
        }
      ],
      difference,
      goals: [{ against: "better-sqlite3, csv-parse", atMost: 1 }]
    })
    const log = yield* Layer.build(storage(own))
    const back = yield* compare({
      name: "read back",
      data: `${data} from disk into columns, by market and time`,
      rounds: 5,
      items: { count: rows, of: "quotes" },
      competitors: [
        { name: "this project", role: "ours", run: ready(Effect.provide(readLog, log)) },
        { name: "DuckDB", role: "peer", run: ready(read.duckdb) },
        { name: "better-sqlite3", role: "peer", run: ready(read.sqlite) },
        { name: "Polars, sorted Parquet", role: "peer", run: ready(read.polars) },
        { name: "flat file", role: "limit", run: ready(read.flat) }
      ],
      difference,
      goals: [{ against: "better-sqlite3", atMost: 0.5 }]
    })
    const weight = (bytes: () => number) => Effect.succeed(Effect.sync(() => bytes() / rows))
    const size = yield* compare({
      name: "storage",
      data: `${data}, everything that lies on disk`,
      rounds: 1,
      competitors: [
        {
          name: "this project (with index, positions, checksums)",
          role: "ours",
          run: weight(() => databaseBytes(own))
        },
        { name: "DuckDB", role: "peer", run: weight(() => databaseBytes(duck)) },
        { name: "better-sqlite3 with index", role: "peer", run: weight(() => databaseBytes(sqlite)) },
        { name: "Parquet, zstd, by Polars", role: "peer", run: weight(parquet.bytes) },
        { name: "flat file", role: "limit", run: weight(flat.bytes) }
      ],
      // the quotes themselves were compared as they were read back
      difference: () => undefined,
      figure: { unit: "bytes/quote", of: (bytes) => bytes },
      goals: [{ against: "better-sqlite3 with index", atMost: 0.5 }]
    })
    const unlike = difference(byMarket(quotes), yield* read.own)
    if (unlike !== undefined) return yield* Effect.fail(`the log does not hold what was imported: ${unlike}`)
    return [imported, back, size]
  }).pipe(Effect.scoped)
