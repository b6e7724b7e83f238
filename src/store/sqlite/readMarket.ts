import type { SqlClient } from "@effect/sql"
import { Effect, Schema } from "effect"
import { eventKinds } from "../../domain/Event.js"
import type { EventColumns } from "../../domain/EventColumns.js"
import { mergeColumns } from "../../domain/mergeColumns.js"
import type { LogRange, LogRead } from "../EventLog.js"
import { boundsOf, within } from "./bounds.js"
import { decodeChunk, distinctRows } from "./eventChunks.js"
import type { TailFailure, TailParts } from "./eventTail.js"
import { Bytes, select } from "./rows.js"

/** A chunk of the market, or a part of the tail, whose content is read apart. */
const Piece = Schema.Struct({ id: Schema.Int, kind: Schema.Int, data: Schema.NullOr(Bytes) })

/** All of one market within a range, as known at the watermark. */
export const readMarket = (
  sql: SqlClient.SqlClient,
  parts: TailParts,
  market: number,
  watermark: number,
  range: LogRange
): Effect.Effect<LogRead, TailFailure> => {
  const bounds = boundsOf(range)
  // in one statement, so that what moves from the tail into chunks meanwhile is in one of them
  const pieces =
    sql`SELECT id, kind, data, first_available_at, first_sequence FROM event_chunks WHERE market = ${market}
      AND first_available_at <= ${bounds.to} AND last_available_at >= ${bounds.from}
      AND first_sequence <= ${watermark} AND last_sequence > ${bounds.after}
    UNION ALL
    SELECT event_tail.id, kind, NULL, first_available_at, first_sequence FROM event_tail, log_head
      WHERE first_available_at <= ${bounds.to} AND last_available_at >= ${bounds.from}
      AND first_sequence <= ${watermark} AND last_sequence > ${bounds.after}
      AND NOT (last_sequence <= merged_to AND ${market} <= merged_market)
    ORDER BY first_available_at, first_sequence`.pipe(select(Piece))

  const read: Effect.Effect<LogRead, TailFailure> = Effect.gen(function*() {
    const found = yield* pieces
    const ids = found.flatMap(({ data, id }) => data === null ? [id] : [])
    const opened = yield* parts.some(ids)
    // the tail has been put together meanwhile
    if (opened.length < ids.length) return yield* read
    const chunks = yield* Effect.forEach(
      found.flatMap(({ data, id, kind }) => data === null ? [] : [{ id, kind, data }]),
      decodeChunk
    )
    const all = [...chunks, ...opened.flatMap(({ events }) => events.of(market) ?? [])]
    const columnsOf = (kind: EventColumns["kind"]) => {
      const [first, ...others] = all.filter((columns) => columns.kind === kind)
      return first === undefined ? [] : [within(distinctRows(mergeColumns([first, ...others])), bounds, watermark)]
    }
    return { watermark, columns: eventKinds.flatMap(columnsOf).filter(({ rows }) => rows > 0) }
  })
  return read
}
