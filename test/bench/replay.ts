import * as NodeContext from "@effect/platform-node/NodeContext"
import { Effect, Layer } from "effect"
import { bindReplay } from "../../src/audit/recompute.js"
import { standardComputers } from "../../src/computers/standard.js"
import { Instant } from "../../src/domain/Instant.js"
import * as FeatureRegistry from "../../src/features/FeatureRegistry.js"
import { Replay } from "../../src/state/Replay.js"
import type { MarketViews } from "../../src/state/views.js"
import { EventLog } from "../../src/store/EventLog.js"
import { bareRows } from "./bareFeatures.js"
import { type Columns, differenceOf, readFlat } from "./columns.js"
import { compare, ready } from "./compare.js"
import { runningSumsQuery, sharedFeatures } from "./featureQueries.js"
import { marketName } from "./generate.js"
import { history } from "./history.js"
import { duckdb } from "./peers/duckdb.js"
import { storage } from "./storage.js"

const markets = 50
const perMarket = 4_000
const rows = markets * perMarket

/** All five groups at every event; the shared features of it are kept. */
const replayAll = (registry: FeatureRegistry.FeatureRegistry<MarketViews>) =>
  Effect.gen(function*() {
    const log = yield* EventLog
    const out = sharedFeatures.map(() => new Float64Array(rows))
    let row = 0
    for (let index = 0; index < markets; index++) {
      const market = marketName(index)
      const events = new Replay((yield* log.read(market)).columns, Infinity)
      const { groups } = yield* bindReplay(registry, Layer.empty, market, events)
      const shared = groups.flatMap(({ group, row: { values } }) =>
        group.name === "market" ? [values.subarray(3, 5)] : group.name === "price_history" ? [values] : []
      )
      for (let at = events.next(); !Number.isNaN(at); at = events.next()) {
        for (const group of groups) group.evaluate(Instant(at))
        let feature = 0
        for (const values of shared) for (const value of values) (out[feature++] ?? values)[row] = value
        row++
      }
    }
    return out
  })

/** The log on disk to features at every event, in memory. */
export const replay = (folder: string) =>
  Effect.gen(function*() {
    const registry = yield* FeatureRegistry.make(standardComputers, { cacheTtlSecs: 60, features: {}, external: {} })
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
            run: ready(Effect.provide(replayAll(registry), open))
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
