import type { SqlClient } from "@effect/sql"
import { Chunk, Effect, Option, Schema, Stream } from "effect"
import type { EventColumns } from "../../domain/EventColumns.js"
import type { MarketId } from "../../domain/MarketId.js"
import { sliceRows } from "../../domain/sliceRows.js"
import type { LogEntry, LogRange } from "../EventLog.js"
import { StorageFailure } from "../StorageFailure.js"
import { boundsOf, within } from "./bounds.js"
import { ChunkRow, decodeChunk } from "./eventChunks.js"
import { hasMoved, Merged, type TailParts } from "./eventTail.js"
import { Head } from "./logHead.js"
import { OpenChunks } from "./OpenChunks.js"
import { type MarketNumbers, select } from "./rows.js"

/** A chunk of a market, or a part of the tail, which has none of its own. */
const Place = Schema.Struct({
  id: Schema.Int,
  market: Schema.NullOr(Schema.Int),
  first_available_at: Schema.Int,
  last_sequence: Schema.Int,
  ...Merged.fields
})
type Place = typeof Place.Type

/** Events handed on at a time. */
const scanRows = 8_192

/** The rows that come behind a place in the log's order. */
const behind = (columns: EventColumns, at: number, sequence: number): EventColumns => {
  let row = 0
  const isPast = () => {
    const own = columns.availableAt[row] ?? 0
    return own < at || (own === at && (columns.sequence[row] ?? 0) <= sequence)
  }
  while (row < columns.rows && isPast()) row++
  return row === 0 ? columns : sliceRows(columns, row, columns.rows)
}

/**
 * Events of all markets in the log's order. Chunks are opened when the scan reaches their first event and dropped after
 * their last, so that memory holds one open chunk a market and kind, and the tail. Where chunks or parts of the tail have
 * been put together meanwhile, the scan lists them again and goes on behind the last event that it has handed on.
 */
export const scanEvents = (
  sql: SqlClient.SqlClient,
  parts: TailParts,
  markets: MarketNumbers,
  { complete_since: completeSince, sequence: watermark }: typeof Head.Type,
  range: LogRange
) =>
  Stream.unwrap(Effect.gen(function*() {
    const bounds = boundsOf(range)
    const wanted = range.markets === undefined ? undefined : new Set<string>(range.markets)
    // in one statement: how far the tail has moved belongs to the chunks that are there
    const list =
      sql`SELECT id, market, first_available_at, first_sequence, last_sequence, 0 AS merged_to, 0 AS merged_market
        FROM event_chunks
        WHERE first_available_at <= ${bounds.to} AND last_available_at >= ${bounds.from}
        AND first_sequence <= ${watermark} AND last_sequence > ${bounds.after}
      UNION ALL
      SELECT event_tail.id, NULL, first_available_at, first_sequence, last_sequence, merged_to, merged_market
        FROM event_tail, log_head
        WHERE first_available_at <= ${bounds.to} AND last_available_at >= ${bounds.from}
        AND first_sequence <= ${watermark} AND last_sequence > ${bounds.after}
      ORDER BY first_available_at, first_sequence`.pipe(
        select(Place),
        Effect.flatMap((all) =>
          Effect.map(markets.names, (names) => {
            const isWanted = ({ market }: Place) => {
              const name = market === null ? undefined : names.get(market)
              return market === null || (name !== undefined && (wanted?.has(name) ?? true))
            }
            return { names, places: all.filter(isWanted) }
          })
        )
      )
    let { names, places } = yield* list
    let open = new OpenChunks()
    let next = 0
    /** the last event handed on */
    let [lastAt, lastSequence] = [-Infinity, 0]

    const push = (market: MarketId | undefined, columns: EventColumns | undefined) => {
      if (market === undefined || columns === undefined || wanted?.has(market) === false) return
      const rest = behind(within(columns, bounds, watermark), lastAt, lastSequence)
      if (rest.rows > 0) open.push({ market, columns: rest, row: 0 })
    }
    const openChunk = ({ id, market }: Place) =>
      Effect.gen(function*() {
        const [row] = yield* select(ChunkRow)(sql`SELECT id, kind, data FROM event_chunks WHERE id = ${id}`)
        if (row === undefined || market === null) return false
        push(names.get(market), yield* decodeChunk(row))
        return true
      })
    const openPart = (place: Place) =>
      Effect.map(parts.some([place.id]), ([part]) => {
        if (part === undefined) return false
        for (const market of part.events.markets()) {
          if (!hasMoved(place, market)) push(names.get(market), part.events.of(market))
        }
        return true
      })
    const openNext = Effect.gen(function*() {
      const place = places[next++]
      if (place === undefined) return
      if (yield* place.market === null ? openPart(place) : openChunk(place)) return
      // what was dropped behind the place where the scan stands would be missing without a word
      const [head] = yield* select(Head)(sql`SELECT sequence, appended_at, complete_since FROM log_head`)
      if (head !== undefined && head.complete_since > Math.max(completeSince, lastAt, bounds.from - 1)) {
        return yield* new StorageFailure({
          operation: "scan the log",
          cause: "events were dropped from it while it was read",
          hint: "try again"
        })
      }
      const again = yield* list
      names = again.names
      places = again.places
      open = new OpenChunks()
      next = 0
    })
    const isDue = () => {
      const top = open.top()
      const place = places[next]
      return place !== undefined &&
        (top === undefined || place.first_available_at <= (top.columns.availableAt[top.row] ?? 0))
    }
    const batch = Effect.gen(function*() {
      const entries: Array<LogEntry> = []
      while (entries.length < scanRows) {
        while (isDue()) yield* openNext
        const top = open.top()
        if (top === undefined) break
        const sequence = top.columns.sequence[top.row] ?? 0
        // amid a transaction of its own a scan may list an event twice
        if (sequence !== lastSequence) entries.push({ market: top.market, columns: top.columns, row: top.row })
        lastAt = top.columns.availableAt[top.row] ?? 0
        lastSequence = sequence
        open.advance()
      }
      return entries.length === 0 ? Option.none() : Option.some([Chunk.unsafeFromArray(entries), undefined] as const)
    })
    return Stream.unfoldChunkEffect(undefined, () => batch)
  }))
