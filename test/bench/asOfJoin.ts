import { DuckDBInstance } from "@duckdb/node-api"
import { Effect } from "effect"
import { seeded } from "../../src/audit/random.js"
import { Instant } from "../../src/domain/Instant.js"
import { asOfJoin, type JoinedColumns } from "../../src/store/asOfJoin.js"
import { FeatureRepository, type MaterialisedChunk } from "../../src/store/FeatureRepository.js"
import type { SpineColumns } from "../../src/store/spineColumns.js"
import { marketName, opening } from "./generate.js"
import { atMost, median, timed } from "./measure.js"
import { storage } from "./storage.js"

const markets = 200
const rowsPerMarket = 10_000
const spineRows = 500_000
const everyMillis = 60_000
const width = 4
const rounds = 9
const group = { name: "price_history", version: "1.0" }

const chunksOf = (market: number, random: () => number): ReadonlyArray<MaterialisedChunk> =>
  [0, 4_096, 8_192].map((from) => {
    const rows = Math.min(4_096, rowsPerMarket - from)
    const features = Array.from({ length: width }, (_, i) => i)
    return {
      market: marketName(market),
      firstAt: Instant(opening + from * everyMillis),
      everyMillis,
      rows,
      logSequence: 1,
      newestAt: new Float64Array(rows).fill(opening),
      values: features.map(() => Float64Array.from({ length: rows }, () => random())),
      reasons: features.map(() => new Float64Array(rows))
    }
  })

const spineOf = (random: () => number): SpineColumns => ({
  markets: Array.from({ length: markets }, (_, i) => marketName(i)),
  market: Uint32Array.from({ length: spineRows }, () => Math.floor(random() * markets)),
  timestamp: Float64Array.from(
    { length: spineRows },
    () => opening + Math.floor(random() * rowsPerMarket * everyMillis)
  )
})

/** The same vectors and spine in DuckDB's own file; the join read back into typed arrays in the order of the spine. */
const duckdb = (path: string, chunks: ReadonlyArray<MaterialisedChunk>, spine: SpineColumns) =>
  Effect.promise(async () => {
    const instance = await DuckDBInstance.create(path, { threads: "1" })
    const connection = await instance.connect()
    await connection.run(
      "CREATE TABLE vectors (market INTEGER, as_of BIGINT, v0 DOUBLE, v1 DOUBLE, v2 DOUBLE, v3 DOUBLE)"
    )
    const vectors = await connection.createAppender("vectors")
    for (const chunk of chunks) {
      const market = Number(chunk.market.slice("market-".length))
      for (let row = 0; row < chunk.rows; row++) {
        vectors.appendInteger(market)
        vectors.appendBigInt(BigInt(chunk.firstAt + row * everyMillis))
        for (const column of chunk.values) vectors.appendDouble(column[row] ?? NaN)
        vectors.endRow()
      }
    }
    vectors.closeSync()
    await connection.run("CREATE TABLE spine (row_number INTEGER, market INTEGER, as_of BIGINT)")
    const rows = await connection.createAppender("spine")
    spine.timestamp.forEach((at, row) => {
      rows.appendInteger(row)
      rows.appendInteger(spine.market[row] ?? 0)
      rows.appendBigInt(BigInt(at))
      rows.endRow()
    })
    rows.closeSync()
    await connection.run("CHECKPOINT")
    const join = async () => {
      const result = await connection.run(`SELECT s.row_number, v.v0, v.v1, v.v2, v.v3 FROM spine s
        ASOF LEFT JOIN vectors v ON s.market = v.market AND s.as_of >= v.as_of`)
      const values = Array.from({ length: width }, () => new Float64Array(spineRows).fill(NaN))
      for (
        let chunk = await result.fetchChunk();
        chunk !== null && chunk.rowCount > 0;
        chunk = await result.fetchChunk()
      ) {
        const [numbers, ...columns] = Array.from({ length: width + 1 }, (_, i) => chunk.getColumnVector(i))
        for (let i = 0; i < chunk.rowCount; i++) {
          const row = Number(numbers?.getItem(i))
          columns.forEach((column, feature) => {
            const target = values[feature]
            const value = column.getItem(i)
            if (target !== undefined && typeof value === "number") target[row] = value
          })
        }
      }
      return values
    }
    return {
      join,
      close: () => {
        connection.closeSync()
      }
    }
  })

const same = (ours: JoinedColumns, theirs: ReadonlyArray<Float64Array>): boolean =>
  ours.values.every((column, feature) => column.every((value, row) => Object.is(value, theirs[feature]?.[row])))

/** (e) as-of join of a spine with materialised vectors on disk, into typed arrays, beside DuckDB's ASOF JOIN. */
export const asOfJoinBench = (folder: string) =>
  Effect.gen(function*() {
    const repository = yield* FeatureRepository
    yield* repository.register([{ ...group, fingerprint: "bench", definition: "{}" }])
    const random = seeded(3)
    const chunks = Array.from({ length: markets }, (_, market) => chunksOf(market, random)).flat()
    yield* repository.writeMaterialised(group, chunks, [])
    const spine = spineOf(random)
    const peer = yield* duckdb(`${folder}/peer.duckdb`, chunks, spine)
    const ours: Array<number> = []
    const theirs: Array<number> = []
    let equal = true
    for (let round = 0; round < rounds; round++) {
      const own = yield* timed(asOfJoin(repository, group, width, spine))
      const other = yield* timed(Effect.promise(peer.join))
      equal &&= same(own.value, other.value)
      ours.push(own.millis)
      theirs.push(other.millis)
    }
    peer.close()
    const ratio = median(ours) / median(theirs)
    return [
      atMost(
        `(e) as-of join, ${median(ours).toFixed(0)} ms; DuckDB ${median(theirs).toFixed(0)} ms; ` +
          (equal ? "results equal" : "RESULTS DIFFER"),
        "x DuckDB",
        ratio,
        0.5
      )
    ]
  }).pipe(Effect.provide(storage(`${folder}/join.db`)))
