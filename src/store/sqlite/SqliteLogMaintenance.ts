import { SqlClient } from "@effect/sql"
import { Effect, Layer, Schema } from "effect"
import { eventKinds } from "../../domain/Event.js"
import type { EventColumns } from "../../domain/EventColumns.js"
import { mergeColumns, selectRows } from "../../domain/mergeColumns.js"
import { type Compacted, type CompactRequest, LogMaintenance } from "../LogMaintenance.js"
import { neededAt } from "../retention.js"
import { makeChunkWriter } from "./chunkWriter.js"
import { storageFailure } from "./Database.js"
import { chunkRow, decodeChunk, splitRows } from "./eventChunks.js"
import { makeTailParts } from "./eventTail.js"
import { moveHead } from "./logHead.js"
import { chunkRows } from "./PendingChunks.js"
import { readMarket } from "./readMarket.js"
import { Bytes, marketNumbers, rowsPerStatement, select, transaction } from "./rows.js"
import { makeTailWriter, tailLimits } from "./tailWriter.js"

const Numbered = Schema.Struct({ id: Schema.Int })
const Measure = Schema.Struct({ pieces: Schema.Int, events: Schema.Int, bytes: Schema.Int })
const StoredChunk = Schema.Struct({
  id: Schema.Int,
  kind: Schema.Int,
  row_count: Schema.Int,
  first_available_at: Schema.Int,
  data: Bytes
})

/** A chunk as it is, and what stays of it. */
interface Rewritten {
  readonly id: number
  readonly columns: EventColumns
  readonly staying: EventColumns
}

const rowsOf = (columns: EventColumns, isWanted: (row: number) => boolean): EventColumns => {
  const rows = Array.from({ length: columns.rows }, (_, row) => row).filter(isWanted)
  return rows.length === columns.rows ? columns : selectRows(columns, rows)
}

const make = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  const markets = marketNumbers(sql)
  const parts = makeTailParts(sql)
  const chunks = makeChunkWriter(sql, markets)
  const tail = makeTailWriter(sql, markets, parts, chunks, tailLimits)
  const atomically = transaction(sql, Effect.all([markets.forget, chunks.forget, tail.forget]))

  const measure = sql`SELECT
      (SELECT COUNT(*) FROM event_chunks) + (SELECT COUNT(*) FROM event_tail) AS pieces,
      (SELECT COALESCE(SUM(row_count), 0) FROM event_chunks) + (SELECT COALESCE(SUM(row_count), 0) FROM event_tail) AS events,
      (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size) AS bytes`.pipe(
    select(Measure),
    Effect.map(([row]) => row ?? { pieces: 0, events: 0, bytes: 0 })
  )
  const numbers = sql`SELECT DISTINCT market AS id FROM event_chunks ORDER BY market`.pipe(
    select(Numbered),
    Effect.map((rows) => rows.map(({ id }) => id))
  )

  /** Which events up to the cut stay, by sequence; the whole market counts, its tail too. */
  const neededOf = (market: number, cut: number) =>
    Effect.map(readMarket(sql, parts, market, Number.MAX_SAFE_INTEGER, {}), ({ columns }) => neededAt(columns, cut))

  const staysOf = (needed: ReadonlySet<number>, cut: number) => (columns: EventColumns) =>
    rowsOf(columns, (row) => (columns.availableAt[row] ?? 0) > cut || needed.has(columns.sequence[row] ?? 0))

  /** One market, as a whole: what it holds up to the cut and nobody needs goes, small chunks are put together. */
  const compactMarket = (market: number, cut: number) =>
    Effect.gen(function*() {
      yield* moveHead(sql, 0, 0)
      const all = yield* sql`SELECT id, kind, row_count, first_available_at, data FROM event_chunks
          WHERE market = ${market} AND (row_count < ${chunkRows} OR first_available_at <= ${cut})
          ORDER BY kind, first_sequence`.pipe(select(StoredChunk))
      const stays = staysOf(yield* neededOf(market, cut), cut)
      const read = yield* Effect.forEach(all, (row) =>
        Effect.map(decodeChunk(row), (columns): Rewritten => ({ id: row.id, columns, staying: stays(columns) })))
      for (const kind of eventKinds) {
        const own = read.filter(({ columns, staying }) =>
          columns.kind === kind && (columns.rows < chunkRows || staying.rows < columns.rows)
        )
        if (
          own.length < 2 && own.every(({ columns, staying }) =>
            staying.rows === columns.rows
          )
        ) continue
        const [first, ...others] = own.flatMap(({ staying }) => staying.rows === 0 ? [] : [staying])
        // what is written anew comes before the old goes, as everywhere
        if (first !== undefined) {
          yield* chunks.insert(splitRows(mergeColumns([first, ...others])).map((columns) => chunkRow(market, columns)))
        }
        for (let from = 0; from < own.length; from += rowsPerStatement) {
          const ids = own.slice(from, from + rowsPerStatement).map(({ id }) => id)
          yield* sql`DELETE FROM event_chunks WHERE ${sql.in("id", ids)}`
        }
      }
      return read.reduce((sum, { columns, staying }) => sum + columns.rows - staying.rows, 0)
    }).pipe(atomically)

  const settleOnce = Effect.gen(function*() {
    const head = yield* moveHead(sql, 0, 0)
    return yield* tail.settle(head.sequence, head)
  }).pipe(atomically)
  const settle = Effect.repeat(settleOnce, { while: (more) => more })

  const cutOf = ({ dropBefore, historyMillis }: Pick<CompactRequest, "dropBefore" | "historyMillis">) =>
    dropBefore === undefined ? 0 : Math.max(0, dropBefore - historyMillis)

  /** Gives the write-ahead log's space back, as far as no reader holds it. */
  const checkpoint = sql.unsafe("PRAGMA wal_checkpoint(TRUNCATE)")

  const compact: LogMaintenance["Type"]["compact"] = (request) =>
    Effect.gen(function*() {
      const cut = cutOf(request)
      const before = yield* measure
      yield* settle
      // before the first event goes: a log that is killed on its way says less of itself than it holds, never more
      yield* sql`UPDATE log_head SET complete_since = MAX(complete_since, ${cut})`
      const all = yield* numbers
      let dropped = 0
      for (const [index, market] of all.entries()) {
        dropped += yield* compactMarket(market, cut)
        yield* request.onProgress?.(index + 1, all.length) ?? Effect.void
      }
      yield* checkpoint
      if (request.shrink) {
        yield* sql.unsafe("VACUUM")
        yield* checkpoint
      }
      const after = yield* measure
      const { complete_since } = yield* moveHead(sql, 0, 0)
      const compacted: Compacted = {
        markets: all.length,
        dropped,
        kept: after.events,
        pieces: { before: before.pieces, after: after.pieces },
        bytes: { before: before.bytes, after: after.bytes },
        completeSince: complete_since
      }
      return compacted
    }).pipe(Effect.mapError(storageFailure("compact the log")))

  const preview: LogMaintenance["Type"]["preview"] = (request) =>
    Effect.gen(function*() {
      const cut = cutOf(request)
      const { events } = yield* measure
      const all = yield* markets.names
      let [dropped, done] = [0, 0]
      for (const market of all.keys()) {
        const { columns } = yield* readMarket(sql, parts, market, Number.MAX_SAFE_INTEGER, {})
        const stays = staysOf(neededAt(columns, cut), cut)
        for (const one of columns) dropped += one.rows - stays(one).rows
        yield* request.onProgress?.(++done, all.size) ?? Effect.void
      }
      return { markets: all.size, dropped, kept: events - dropped }
    }).pipe(Effect.mapError(storageFailure("look into the log")))

  return LogMaintenance.of({ compact, preview })
})

/** Maintenance of the log in the embedded database. */
export const layer = Layer.effect(LogMaintenance, make)
