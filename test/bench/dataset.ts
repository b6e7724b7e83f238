import * as NodeContext from "@effect/platform-node/NodeContext"
import { Effect, Layer } from "effect"
import { readFileSync } from "node:fs"
import { seeded } from "../../src/audit/random.js"
import { LiveClock } from "../../src/context/LiveClock.js"
import { bareRows } from "./bareFeatures.js"
import { type Columns, differenceOf, readFlat, writeFlat } from "./columns.js"
import { compare } from "./compare.js"
import { runningSumsQuery, sharedFeatures } from "./featureQueries.js"
import { opening } from "./generate.js"
import { history } from "./history.js"
import { buildShared } from "./ours.js"
import { type Duckdb, duckdb } from "./peers/duckdb.js"
import { randomSpine, writeSpine } from "./spines.js"
import { storage } from "./storage.js"

const markets = 50
const perMarket = 4_000
const rows = 200_000
const columnNames = sharedFeatures.map((name) =>
  `"${name.startsWith("current") || name.endsWith("spread") ? "market" : "price_history"}.${name}"`
)

const bareDataset = (spine: string, flat: string): Columns => {
  const lines = readFileSync(spine, "latin1").trimEnd().split("\n").slice(1)
  const market = new Uint32Array(lines.length)
  const at = new Float64Array(lines.length)
  for (const [row, line] of lines.entries()) {
    const comma = line.indexOf(",")
    market[row] = Number(line.slice("market-".length, comma))
    at[row] = Number(line.slice(comma + 1))
  }
  return bareRows(readFlat(flat, 4), markets, market, at)
}

/** A spine and a history on disk to a training set on disk. */
export const dataset = (folder: string) =>
  Effect.gen(function*() {
    const { flat, log, parquet, quotes } = yield* history(folder, markets, perMarket)
    const spine = `${folder}/spine.csv`
    writeSpine(spine, randomSpine(seeded(9), markets, rows, quotes.end - opening))
    const open = yield* Layer.build(Layer.provideMerge(LiveClock, storage(log)))
    const single = yield* duckdb(":memory:", 1)
    const parallel = yield* duckdb(":memory:")
    const asked = `SELECT row_number() OVER () - 1 AS row_number, CAST(substr(market, 8) AS INTEGER) AS market,
      timestamp AS as_of FROM read_csv('${spine}')`
    const query = `COPY (SELECT * FROM (${runningSumsQuery(parquet, asked)}) ORDER BY row_number)
      TO '${folder}/peer.parquet' (FORMAT parquet)`
    const read = (names: ReadonlyArray<string>, file: string) =>
      single.columns(`SELECT ${names.join(", ")} FROM '${file}'`, names.length, rows)
    const peer = (db: Duckdb) => Effect.as(db.run(query), read(sharedFeatures, `${folder}/peer.parquet`))
    const own = `${folder}/own.parquet`
    const bare = `${folder}/bare.f64`
    return [
      yield* compare({
        name: "dataset build",
        data: `${rows} random rows in CSV x ${sharedFeatures.length} features of ${markets} markets x ` +
          `${perMarket} quotes, to Parquet`,
        rounds: 3,
        items: { count: rows, of: "rows" },
        competitors: [
          {
            name: "this project (with manifest and dataset id)",
            role: "ours",
            run: Effect.as(
              Effect.provide(buildShared(spine, own), open).pipe(Effect.provide(NodeContext.layer)),
              read(columnNames, own)
            )
          },
          { name: "DuckDB running sums, as-of joins, 1 thread", role: "peer", run: peer(single) },
          { name: "DuckDB running sums, as-of joins", role: "peer", run: peer(parallel) },
          {
            name: "bare loops over flat files",
            role: "limit",
            run: Effect.sync(() => {
              writeFlat(bare, bareDataset(spine, flat))
              return Effect.sync((): Columns => readFlat(bare, sharedFeatures.length))
            })
          }
        ],
        difference: differenceOf(sharedFeatures, 1e-7),
        goals: [{ against: "DuckDB running sums, as-of joins, 1 thread", atMost: 2 }]
      })
    ]
  }).pipe(Effect.scoped, Effect.provide(NodeContext.layer))
