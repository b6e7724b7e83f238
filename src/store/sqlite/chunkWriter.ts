import type { SqlClient } from "@effect/sql"
import { Effect, Schema } from "effect"
import { mergeColumns } from "../../domain/mergeColumns.js"
import type { MarketColumns } from "../EventLog.js"
import { ChunkRow, chunkRow, decodeChunk, splitRows } from "./eventChunks.js"
import { chunkRows } from "./PendingChunks.js"
import { type MarketNumbers, rowsPerStatement, select } from "./rows.js"

const Rest = Schema.Struct({ market: Schema.Int, kind: Schema.Int, total: Schema.Int })

/** See `makeChunkWriter`. */
export type ChunkWriter = ReturnType<typeof makeChunkWriter>

/** Writes chunks, and puts small ones of a market and kind together once there is a full chunk's worth of them. */
export const makeChunkWriter = (sql: SqlClient.SqlClient, markets: MarketNumbers) => {
  /** rows in chunks that are not full, by market and kind; counted when they are first asked for */
  let rests: Map<string, number> | undefined
  /** those of a full chunk's worth */
  const ripe = new Set<string>()

  const note = (counted: Map<string, number>, key: string, rows: number) => {
    counted.set(key, rows)
    if (rows >= chunkRows) ripe.add(key)
    else ripe.delete(key)
  }
  const count = sql`SELECT market, kind, SUM(row_count) AS total FROM event_chunks
      WHERE row_count < ${chunkRows} GROUP BY market, kind`.pipe(
    select(Rest),
    Effect.map((rows) => {
      const counted = new Map<string, number>()
      for (const { kind, market, total } of rows) note(counted, `${market}/${kind}`, total)
      return rests = counted
    })
  )
  const restsNow = Effect.suspend(() => rests === undefined ? count : Effect.succeed(rests))

  const insert = (rows: ReadonlyArray<ReturnType<typeof chunkRow>>) =>
    Effect.gen(function*() {
      const counted = yield* restsNow
      for (let from = 0; from < rows.length; from += rowsPerStatement) {
        yield* sql`INSERT INTO event_chunks ${sql.insert(rows.slice(from, from + rowsPerStatement))}`
      }
      for (const { kind, market, row_count } of rows) {
        const key = `${market}/${kind}`
        if (row_count < chunkRows) note(counted, key, (counted.get(key) ?? 0) + row_count)
      }
    })

  /** What is written anew comes before the old goes: a reader on this connection may meet an event twice, never not at all. */
  const compactOne = (key: string) =>
    Effect.gen(function*() {
      const [market = NaN, kind = NaN] = key.split("/").map(Number)
      const rows = yield* sql`SELECT id, kind, data FROM event_chunks
          WHERE market = ${market} AND kind = ${kind} AND row_count < ${chunkRows} ORDER BY first_sequence`.pipe(
        select(ChunkRow)
      )
      const [first, ...others] = yield* Effect.forEach(rows, decodeChunk)
      if (first === undefined) return
      const merged = mergeColumns([first, ...others])
      yield* sql`INSERT INTO event_chunks ${sql.insert(splitRows(merged).map((part) => chunkRow(market, part)))}`
      for (let from = 0; from < rows.length; from += rowsPerStatement) {
        const old = rows.slice(from, from + rowsPerStatement).map(({ id }) => id)
        yield* sql`DELETE FROM event_chunks WHERE ${sql.in("id", old)}`
      }
      note(yield* restsNow, key, merged.rows % chunkRows)
    })

  return {
    forget: Effect.sync(() => {
      rests = undefined
      ripe.clear()
    }),
    /** By market number. */
    insert,
    write: (chunks: ReadonlyArray<MarketColumns>) =>
      Effect.flatMap(
        markets.ensure(chunks.map((chunk) => chunk.market)),
        (numbers) => insert(chunks.map(({ columns, market }) => chunkRow(numbers.get(market) ?? 0, columns)))
      ),
    /** Puts together what small chunks of at most `most` markets and kinds hold, where it fills a chunk. */
    compact: (most = Infinity) =>
      Effect.flatMap(restsNow, () => Effect.forEach([...ripe].slice(0, most), compactOne, { discard: true }))
  }
}
