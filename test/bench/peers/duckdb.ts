import { type DuckDBConnection, DuckDBInstance, type DuckDBVector } from "@duckdb/node-api"
import { Effect } from "effect"

const numberOf = (value: unknown): number =>
  typeof value === "number" ? value : typeof value === "bigint" ? Number(value) : NaN

/** One loop a column: a loop that meets vectors of several types is several times slower. */
const copy = (from: DuckDBVector, rows: number, to: Float64Array, at: number): void => {
  for (let i = 0; i < rows; i++) to[at + i] = numberOf(from.getItem(i))
}

const scatter = (from: DuckDBVector, rows: number, to: Float64Array, places: DuckDBVector): void => {
  for (let i = 0; i < rows; i++) {
    const value = from.getItem(i)
    if (typeof value === "number") to[numberOf(places.getItem(i))] = value
  }
}

type Take = (column: (index: number) => DuckDBVector, rows: number, done: number) => void

/** Hands the chunks of a result over as they come, which is the least that the client does for a reader. */
const drain = async (connection: DuckDBConnection, query: string, take: Take): Promise<number> => {
  const result = await connection.stream(query)
  let done = 0
  for (
    let chunk = await result.fetchChunk();
    chunk !== null && chunk.rowCount > 0;
    chunk = await result.fetchChunk()
  ) {
    const own = chunk
    take((index) => own.getColumnVector(index), own.rowCount, done)
    done += own.rowCount
  }
  return done
}

/** DuckDB as Node programs use it. */
export interface Duckdb {
  readonly run: (statement: string) => Effect.Effect<void>
  /** All of a query's columns in its order, NaN for null; of at most `most` rows. */
  readonly columns: (query: string, width: number, most: number) => Effect.Effect<ReadonlyArray<Float64Array>>
  /** A query's columns but the first, which says what row each belongs to; NaN for null. */
  readonly scattered: (query: string, width: number, rows: number) => Effect.Effect<ReadonlyArray<Float64Array>>
}

const over = (connection: DuckDBConnection): Duckdb => ({
  run: (statement) =>
    Effect.promise(async () => {
      await connection.run(statement)
    }),
  columns: (query, width, most) =>
    Effect.promise(async () => {
      const out = Array.from({ length: width }, () => new Float64Array(most))
      const rows = await drain(connection, query, (column, count, done) => {
        for (const [index, to] of out.entries()) copy(column(index), count, to, done)
      })
      return out.map((column) => column.subarray(0, rows))
    }),
  scattered: (query, width, rows) =>
    Effect.promise(async () => {
      const out = Array.from({ length: width }, () => new Float64Array(rows).fill(NaN))
      await drain(connection, query, (column, count) => {
        const places = column(0)
        for (const [index, to] of out.entries()) scatter(column(index + 1), count, to, places)
      })
      return out
    })
})

/** Opens a database, on a file or `:memory:`; `threads` are as many as there are cores where absent. */
export const duckdb = (path: string, threads?: number) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const instance = await DuckDBInstance.create(path, threads === undefined ? {} : { threads: String(threads) })
      return { instance, connection: await instance.connect() }
    }),
    ({ connection, instance }) =>
      Effect.sync(() => {
        connection.closeSync()
        instance.closeSync()
      })
  ).pipe(Effect.map(({ connection }) => over(connection)))
