import * as NodeContext from "@effect/platform-node/NodeContext"
import { Effect, Layer } from "effect"
import { bareRows } from "./bareFeatures.js"
import { type Columns, differenceOf, readFlat } from "./columns.js"
import { compare, ready } from "./compare.js"
import { runningSumsQuery, sharedFeatures } from "./featureQueries.js"
import { history } from "./history.js"
import { replayAll, standardRegistry } from "./ours.js"
import { duckdb } from "./peers/duckdb.js"
import { storage } from "./storage.js"

const markets = 50
const perMarket = 4_000
const rows = markets * perMarket

/** The log on disk to features at every event, in memory. */
export const replay = (folder: string) =>
  Effect.gen(function*() {
    const registry = yield* standardRegistry
    const own = Effect.gen(function*() {
      const out = sharedFeatures.map(() => new Float64Array(rows))
      let row = 0
      yield* replayAll(registry, markets, (shared) => {
        let feature = 0
        for (const values of shared) for (const value of values) (out[feature++] ?? values)[row] = value
        row++
      })
      return out
    })
    const { flat, log, parquet } = yield* history(folder, markets, perMarket)
    const open = yield* Layer.build(storage(log))
    const db = yield* duckdb(":memory:", 1)
    const query = runningSumsQuery(parquet, `SELECT 0 AS row_number, market, as_of FROM '${parquet}'`)
    return [
      yield* compare({
        name: "replay, features at every event",
        data: `${sharedFeatures.length} features of ${markets} markets x ${perMarket} quotes, from disk to memory`,
        rounds: 5,
        items: { count: rows, of: "vectors" },
        competitors: [
          {
            name: "this project (all five groups: 21 features, reasons)",
            role: "ours",
            run: ready(Effect.provide(own, open))
          },
          {
            name: "DuckDB running sums, as-of joins, 1 thread",
            role: "peer",
            run: ready(db.columns(
              `SELECT ${sharedFeatures.join(", ")} FROM (${query}) ORDER BY market, as_of`,
              6,
              rows
            ))
          },
          {
            name: "bare loops over a flat file",
            role: "limit",
            run: ready(Effect.sync((): Columns => {
              const quotes = readFlat(flat, 4)
              const [market = new Float64Array(0), at = market] = quotes
              return bareRows(quotes, markets, market, at)
            }))
          }
        ],
        difference: differenceOf(sharedFeatures, 1e-7),
        goals: [{ against: "DuckDB running sums, as-of joins, 1 thread", atMost: 1 }]
      })
    ]
  }).pipe(Effect.scoped, Effect.provide(NodeContext.layer))
