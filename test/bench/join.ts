import { Effect } from "effect"
import pl from "nodejs-polars"
import { seeded } from "../../src/audit/random.js"
import { Instant } from "../../src/domain/Instant.js"
import { asOfJoin } from "../../src/store/asOfJoin.js"
import { FeatureRepository, type MaterialisedChunk } from "../../src/store/FeatureRepository.js"
import type { SpineColumns } from "../../src/store/spineColumns.js"
import { lastAtOrBefore } from "./bisect.js"
import { type Columns, differenceOf, readFlat, writeFlat } from "./columns.js"
import { compare, ready } from "./compare.js"
import { marketName, opening } from "./generate.js"
import { type Duckdb, duckdb } from "./peers/duckdb.js"
import { inRowOrder, joinBackward, spineFrame, toBigInts } from "./peers/polarsFrames.js"
import { randomSpine } from "./spines.js"
import { storage } from "./storage.js"

const markets = 200
const rowsPerMarket = 10_000
const spineRows = 500_000
const everyMillis = 60_000
const features = ["v0", "v1", "v2", "v3"]
const width = features.length
const group = { name: "price_history", version: "1.0" }

const chunksOf = (market: number, random: () => number): ReadonlyArray<MaterialisedChunk> =>
  [0, 4_096, 8_192].map((from) => {
    const rows = Math.min(4_096, rowsPerMarket - from)
    return {
      market: marketName(market),
      firstAt: Instant(opening + from * everyMillis),
      everyMillis,
      rows,
      logSequence: 1,
      newestAt: new Float64Array(rows).fill(opening),
      values: features.map(() => Float64Array.from({ length: rows }, () => random())),
      reasons: features.map(() => new Uint8Array(rows))
    }
  })

/** The vectors as one table, by market and then by time: market, as_of and the features. */
const flatVectors = (chunks: ReadonlyArray<MaterialisedChunk>): Columns => {
  const rows = chunks.reduce((sum, chunk) => sum + chunk.rows, 0)
  const columns = Array.from({ length: 2 + width }, () => new Float64Array(rows))
  let done = 0
  for (const { firstAt, market, rows, values } of chunks) {
    columns[0]?.fill(Number(market.slice("market-".length)), done, done + rows)
    for (let row = 0; row < rows; row++) columns[1]?.fill(firstAt + row * everyMillis, done + row, done + row + 1)
    for (const [feature, column] of values.entries()) columns[2 + feature]?.set(column, done)
    done += rows
  }
  return columns
}

/** For every row of the spine the last vector of its market at or before it, by bisection over sorted arrays. */
const bareJoin = (vectors: Columns, starts: Uint32Array, spine: SpineColumns): Columns => {
  const [at = new Float64Array(0), ...values] = vectors
  const place = new Int32Array(spineRows)
  for (let row = 0; row < spineRows; row++) {
    const market = spine.market[row] ?? 0
    const asked = spine.timestamp[row] ?? NaN
    const first = starts[market] ?? 0
    const found = lastAtOrBefore(at, first, starts[market + 1] ?? first, asked)
    place[row] = found < first ? -1 : found
  }
  return values.map((column) => {
    const out = new Float64Array(spineRows)
    for (let row = 0; row < spineRows; row++) out[row] = column[place[row] ?? -1] ?? NaN
    return out
  })
}

const asOf = `SELECT s.row_number, ${features.map((name) => `v.${name}`).join(", ")} FROM spine s
  ASOF LEFT JOIN vectors v ON s.market = v.market AND s.as_of >= v.as_of`

/** The same vectors and spine in tables of a DuckDB file. */
const fill = (peer: Duckdb, folder: string) =>
  Effect.gen(function*() {
    const names = features.join(", ")
    yield* peer.run(`CREATE TABLE vectors AS SELECT market, as_of, ${names} FROM '${folder}/vectors.parquet'`)
    yield* peer.run(`CREATE TABLE spine AS SELECT row_number, market, as_of FROM '${folder}/spine.parquet'`)
    yield* peer.run("CHECKPOINT")
  })

const vectorFrame = ([market = new Float64Array(0), at = new Float64Array(0), ...values]: Columns) =>
  pl.DataFrame({
    market: Int32Array.from(market),
    as_of: toBigInts(at),
    ...Object.fromEntries(values.map((column, i) => [features[i] ?? "", column]))
  })

const polarsJoin = (folder: string): Columns =>
  inRowOrder(
    joinBackward(pl.readParquet(`${folder}/spine.parquet`), pl.readParquet(`${folder}/vectors.parquet`).sort("as_of")),
    features
  )

/** As-of join of a spine with materialised vectors on disk, into typed arrays. */
export const join = (folder: string) =>
  Effect.gen(function*() {
    const repository = yield* FeatureRepository
    yield* repository.register([{ ...group, fingerprint: "bench", definition: "{}" }])
    const random = seeded(3)
    const chunks = Array.from({ length: markets }, (_, market) => chunksOf(market, random)).flat()
    yield* repository.writeMaterialised(group, chunks, [])
    const spine = randomSpine(random, markets, spineRows, rowsPerMarket * everyMillis)
    const vectors = flatVectors(chunks)
    vectorFrame(vectors).writeParquet(`${folder}/vectors.parquet`)
    spineFrame(spine).writeParquet(`${folder}/spine.parquet`)
    writeFlat(`${folder}/vectors.f64`, vectors.slice(1))
    const starts = Uint32Array.from({ length: markets + 1 }, (_, market) => market * rowsPerMarket)
    const single = yield* duckdb(`${folder}/single.duckdb`, 1)
    const parallel = yield* duckdb(`${folder}/parallel.duckdb`)
    yield* fill(single, folder)
    yield* fill(parallel, folder)
    return yield* compare({
      name: "as-of join",
      data: `${spineRows} random rows with ${width} features of ${markets} markets x ${rowsPerMarket} vectors on disk`,
      rounds: 7,
      items: { count: spineRows, of: "rows" },
      competitors: [
        {
          name: "this project",
          role: "ours",
          run: ready(Effect.map(asOfJoin(repository, group, width, spine), ({ values }) => values))
        },
        { name: "DuckDB, 1 thread", role: "peer", run: ready(single.scattered(asOf, width, spineRows)) },
        { name: "DuckDB", role: "peer", run: ready(parallel.scattered(asOf, width, spineRows)) },
        { name: "Polars", role: "peer", run: ready(Effect.sync(() => polarsJoin(folder))) },
        {
          name: "bare loop over a flat file",
          role: "limit",
          run: ready(Effect.sync(() => bareJoin(readFlat(`${folder}/vectors.f64`, 1 + width), starts, spine)))
        }
      ],
      difference: differenceOf(features),
      goals: [{ against: "DuckDB, 1 thread", atMost: 0.5 }, { against: "bare loop over a flat file", atMost: 1.2 }]
    })
  }).pipe(Effect.scoped, Effect.provide(storage(`${folder}/join.db`)))
