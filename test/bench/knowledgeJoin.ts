import { Effect, Layer } from "effect"
import { seeded } from "../../src/audit/random.js"
import { standardComputers } from "../../src/computers/standard.js"
import { SnapshotSource } from "../../src/context/SnapshotSource.js"
import { Instant } from "../../src/domain/Instant.js"
import * as FeatureRegistry from "../../src/features/FeatureRegistry.js"
import { statusOf } from "../../src/features/FeatureVector.js"
import { makePlanner } from "../../src/features/plan.js"
import { answerBlock } from "../../src/store/answerBlock.js"
import { makeEvaluator } from "../../src/store/Evaluator.js"
import { type ExternalRow, FeatureRepository } from "../../src/store/FeatureRepository.js"
import { registerGroups } from "../../src/store/registerGroups.js"
import type { SpineColumns } from "../../src/store/spineColumns.js"
import { lastAtOrBefore } from "./bisect.js"
import { type Columns, differenceOf, readFlat, writeFlat } from "./columns.js"
import { compare, ready } from "./compare.js"
import { forecastQuery } from "./forecastQuery.js"
import { byVisibility, forecastMillis, type Forecasts, makeForecasts } from "./forecasts.js"
import { marketName } from "./generate.js"
import { type Duckdb, duckdb } from "./peers/duckdb.js"
import { polarsForecasts, writeForecasts } from "./peers/polarsForecasts.js"
import { randomSpine } from "./spines.js"
import { storage } from "./storage.js"

const markets = 200
const perMarket = 2_000
const spineRows = 200_000
const maxAgeSecs = 900
const maxAgeMillis = maxAgeSecs * 1_000

const rowsOf = (group: ExternalRow["group"], forecasts: Forecasts): ReadonlyArray<ExternalRow> =>
  Array.from(forecasts.value, (value, row) => ({
    group,
    market: marketName(forecasts.market[row] ?? 0),
    feature: "value",
    timestamp: Instant(forecasts.timestamp[row] ?? 0),
    availableAt: Instant(forecasts.availableAt[row] ?? 0),
    value
  }))

/** Stores the forecasts; `answer` reads them for a spine as datasets do. */
const stored = (forecasts: Forecasts, spine: SpineColumns) =>
  Effect.gen(function*() {
    const repository = yield* FeatureRepository
    const registry = yield* FeatureRegistry.make(standardComputers, {
      cacheTtlSecs: 60,
      features: {},
      external: { forecast: { version: "1.0", maxAgeSecs, fields: { value: "float" } } }
    })
    yield* registerGroups(registry, repository)
    const plan = yield* makePlanner(registry)(["forecast.value"])
    const past = yield* Effect.provide(makeEvaluator(registry), yield* Layer.build(SnapshotSource))
    const [group] = plan.external
    if (group === undefined) return yield* Effect.dieMessage("the group is not external")
    yield* repository.storeExternal(rowsOf(group, forecasts))
    const answer = Effect.map(answerBlock(past, repository, plan, spine), ({ groups }): Columns => {
      const out = new Float64Array(spineRows).fill(NaN)
      const { neededAt, reasons, values } = groups.get(group.id) ?? { neededAt: out, reasons: out, values: out }
      for (let row = 0; row < spineRows; row++) {
        const status = statusOf(reasons[row] ?? NaN, group, neededAt[row] ?? NaN, spine.timestamp[row] ?? NaN)
        if (status === "PRESENT") out[row] = Number(values[row])
      }
      return [out]
    })
    return { answer }
  })

/** The forecast in force after each that became visible, then by bisection the last one at every row of the spine. */
const bareForecasts = (flat: Columns, { market, timestamp: asked }: SpineColumns): Columns => {
  const [visibleAt = new Float64Array(0), timestamp = visibleAt, availableAt = visibleAt, value = visibleAt] = flat
  const inForce = new Int32Array(visibleAt.length)
  for (let row = 0; row < visibleAt.length; row++) {
    const before = row % perMarket === 0 ? row : inForce[row - 1] ?? row
    const later = (timestamp[row] ?? 0) - (timestamp[before] ?? 0) ||
      (availableAt[row] ?? 0) - (availableAt[before] ?? 0)
    inForce[row] = later >= 0 ? row : before
  }
  const out = new Float64Array(asked.length).fill(NaN)
  for (let row = 0; row < asked.length; row++) {
    const at = asked[row] ?? NaN
    const first = (market[row] ?? 0) * perMarket
    const place = lastAtOrBefore(visibleAt, first, first + perMarket, at)
    const found = inForce[place] ?? 0
    if (place >= first && at - (timestamp[found] ?? NaN) <= maxAgeMillis) out[row] = value[found] ?? NaN
  }
  return [out]
}

/** The same forecasts and spine in tables of a DuckDB file. */
const fill = (peer: Duckdb, folder: string) =>
  Effect.gen(function*() {
    yield* peer.run(`CREATE TABLE forecasts AS FROM '${folder}/forecasts.parquet'`)
    yield* peer.run(`CREATE TABLE asked AS FROM '${folder}/asked.parquet'`)
    yield* peer.run("CHECKPOINT")
  })

/** As-of join of a spine with features computed elsewhere on disk: as they were known, and no older than allowed. */
export const knowledgeJoin = (folder: string) =>
  Effect.gen(function*() {
    const forecasts = makeForecasts(markets, perMarket)
    const spine = randomSpine(seeded(12), markets, spineRows, perMarket * forecastMillis)
    const { answer } = yield* stored(forecasts, spine)
    writeForecasts(forecasts, spine, folder)
    const flat = `${folder}/forecasts.f64`
    writeFlat(flat, byVisibility(forecasts))
    const single = yield* duckdb(`${folder}/single-forecasts.duckdb`, 1)
    const parallel = yield* duckdb(`${folder}/parallel-forecasts.duckdb`)
    yield* fill(single, folder)
    yield* fill(parallel, folder)
    const query = forecastQuery(maxAgeMillis)
    return yield* compare({
      name: "as-of join, as known then and no older than 15 minutes",
      data:
        `${spineRows} random rows with 1 feature stored by others, ${markets} markets x ${perMarket} rows on disk, ` +
        "some late, some corrected",
      rounds: 5,
      items: { count: spineRows, of: "rows" },
      competitors: [
        { name: "this project", role: "ours", run: ready(answer) },
        { name: "DuckDB, 1 thread", role: "peer", run: ready(single.scattered(query, 1, spineRows)) },
        { name: "DuckDB", role: "peer", run: ready(parallel.scattered(query, 1, spineRows)) },
        { name: "Polars", role: "peer", run: ready(Effect.sync(() => polarsForecasts(folder, maxAgeMillis))) },
        {
          name: "bare loop over a flat file",
          role: "limit",
          run: ready(Effect.sync(() => bareForecasts(readFlat(flat, 4), spine)))
        }
      ],
      difference: differenceOf(["value"]),
      goals: [{ against: "DuckDB, 1 thread", atMost: 1 }]
    })
  }).pipe(Effect.scoped, Effect.provide(storage(`${folder}/forecasts.db`)))
