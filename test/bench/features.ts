import * as NodeContext from "@effect/platform-node/NodeContext"
import { Effect } from "effect"
import { copyFileSync } from "node:fs"
import { Instant } from "../../src/domain/Instant.js"
import { FeatureRepository } from "../../src/store/FeatureRepository.js"
import { bareGrid } from "./bareFeatures.js"
import { type Columns, differenceOf, readFlat, writeFlat } from "./columns.js"
import { compare } from "./compare.js"
import { gridRows, runningSumsQuery, sharedFeatures, windowQuery } from "./featureQueries.js"
import { marketName, opening } from "./generate.js"
import { history } from "./history.js"
import { materialised, materializeAll } from "./ours.js"
import { type Duckdb, duckdb } from "./peers/duckdb.js"
import { polarsFeatures } from "./peers/polarsFeatures.js"
import { removeDatabase, storage } from "./storage.js"

const markets = 50
const perMarket = 4_000
const everyMillis = 60_000

/** The shared features of what is materialised: by market and then by time. */
const readBack = (path: string, rows: number) =>
  Effect.gen(function*() {
    const repository = yield* FeatureRepository
    const columns = sharedFeatures.map(() => new Float64Array(markets * rows).fill(NaN))
    for (const name of materialised) {
      for (let market = 0; market < markets; market++) {
        const chunks = yield* repository.readMaterialised(
          { name, version: "1.0" },
          marketName(market),
          Instant(0),
          Instant(4e12)
        )
        for (const { firstAt, values } of chunks) {
          const at = market * rows + (firstAt - opening) / everyMillis
          // market: liquidity, volume, time_to_expiry, current_price, price_spread
          const shared = name === "market" ? values.slice(3) : values
          for (const [index, column] of shared.entries()) columns[(name === "market" ? 0 : 2) + index]?.set(column, at)
        }
      }
    }
    return columns
  }).pipe(Effect.provide(storage(path)))

/** What a peer wrote, by market and then by time. */
const readParquet = (reader: Duckdb, file: string, rows: number) =>
  reader.columns(`SELECT ${sharedFeatures.join(", ")} FROM '${file}' ORDER BY market, as_of`, 6, markets * rows)

/** The log on disk to materialised vectors on disk; for peers, from Parquet to Parquet. */
export const features = (folder: string) =>
  Effect.gen(function*() {
    const { flat, log, parquet, quotes } = yield* history(folder, markets, perMarket)
    const single = yield* duckdb(":memory:", 1)
    const parallel = yield* duckdb(":memory:")
    const [from, to] = [opening, quotes.end]
    const rows = Math.floor((to - from) / everyMillis) + 1
    const windows = windowQuery(parquet, markets, from, to, everyMillis)
    const sums = runningSumsQuery(parquet, gridRows(markets, from, to, everyMillis))
    const own = `${folder}/own.db`
    const peer = (db: Duckdb, query: string) => {
      const file = `${folder}/features.parquet`
      return Effect.as(
        db.run(`COPY (${query}) TO '${file}' (FORMAT parquet)`),
        Effect.suspend(() => readParquet(parallel, file, rows))
      )
    }
    return [
      yield* compare({
        name: "features over history",
        data: `${sharedFeatures.length} features of ${markets} markets x ${perMarket} quotes every minute, ` +
          `${markets * rows} vectors, disk to disk`,
        rounds: 3,
        items: { count: markets * rows, of: "vectors" },
        competitors: [
          {
            name: "this project (and 3 more features, reasons, ages)",
            role: "ours",
            prepare: Effect.sync(() => {
              removeDatabase(own)
              copyFileSync(log, own)
            }),
            run: Effect.as(materializeAll(own, from, to, everyMillis), readBack(own, rows))
          },
          { name: "DuckDB windows, 1 thread", role: "peer", run: peer(single, windows) },
          { name: "DuckDB windows", role: "peer", run: peer(parallel, windows) },
          { name: "DuckDB running sums, as-of joins", role: "peer", run: peer(parallel, sums) },
          {
            name: "Polars rolling",
            role: "peer",
            run: Effect.sync(() => {
              const file = `${folder}/polars.parquet`
              polarsFeatures(parquet, file, markets, from, to, everyMillis)
              return Effect.suspend(() => readParquet(parallel, file, rows))
            })
          },
          {
            name: "bare loops over flat files",
            role: "limit",
            run: Effect.sync(() => {
              const file = `${folder}/features.f64`
              writeFlat(file, bareGrid(readFlat(flat, 4), markets, from, rows, everyMillis))
              return Effect.sync((): Columns => readFlat(file, 6))
            })
          }
        ],
        difference: differenceOf(sharedFeatures, 1e-7),
        goals: [{ against: "DuckDB windows, 1 thread", atMost: 0.2 }, { against: "Polars rolling", atMost: 1 }]
      })
    ]
  }).pipe(Effect.scoped, Effect.provide(NodeContext.layer))
