import type { SqlClient } from "@effect/sql"
import type { SqlError } from "@effect/sql/SqlError"
import { Effect, type ParseResult, Schema } from "effect"
import { eventKinds } from "../../domain/Event.js"
import { decodeColumns, encodeColumns } from "../codec/answers.js"
import { encodeEvents } from "../codec/events.js"
import type { StorageFailure } from "../StorageFailure.js"
import { decodeChunk } from "./eventChunks.js"
import { MixedEvents } from "./MixedEvents.js"
import { Bytes, decoded, select } from "./rows.js"

/**
 * The tail of the log: what was appended last, as it came, a part for each batch and kind with all its markets. Writing a
 * chunk for each market of a batch would cost as much as a thousand events; here a batch is one row or a few. Once the
 * tail is long it moves into chunks, market by market in the order of their numbers: `log_head` says up to which log
 * position (`merged_to`) and up to which market (`merged_market`) that has been done, and a part whose last sequence is
 * not above `merged_to` counts only for the markets behind. Parts are never changed, and no number is given twice.
 */
export interface TailPart {
  readonly id: number
  readonly events: MixedEvents
}

/** How far the tail has moved into chunks; 0 and 0 where it is not being moved. */
export const Merged = Schema.Struct({ merged_to: Schema.Int, merged_market: Schema.Int })
export type Merged = typeof Merged.Type

const TailRow = Schema.Struct({ id: Schema.Int, kind: Schema.Int, markets: Bytes, data: Bytes })
type TailRow = typeof TailRow.Type
const Numbered = Schema.Struct({ id: Schema.Int })

/** What reading the tail may fail with. */
export type TailFailure = SqlError | ParseResult.ParseError | StorageFailure

/** A part as far as it says whose events it still counts for. */
type Placed = Merged & { readonly last_sequence: number }

/** Whether a market's events of a part are in chunks by now. */
export const hasMoved = ({ last_sequence, merged_market, merged_to }: Placed, market: number): boolean =>
  last_sequence <= merged_to && market <= merged_market

/** Rows of parts that are kept in memory, at some 80 bytes each, and as many again once a market is asked for. */
const mostKept = 262_144

/** What a part costs beside its rows, in rows: an array of its own for each column. */
const rowsOfPart = 32

const costOf = ({ events }: TailPart): number => rowsOfPart + events.columns.rows

const open = (row: TailRow): Effect.Effect<TailPart, StorageFailure> =>
  Effect.flatMap(decodeChunk(row), (columns) => {
    const markets = decodeColumns(row.markets)
    const [market] = typeof markets === "string" ? [] : markets
    const part = market?.length === columns.rows
      ? { id: row.id, events: new MixedEvents(market, columns) }
      : typeof markets === "string"
      ? markets
      : "its markets are not those of its events"
    return decoded(part, `read tail part ${row.id}`)
  })

/** See `makeTailParts`. */
export type TailParts = ReturnType<typeof makeTailParts>

/** Opens parts and keeps them while there is room: each is asked for by every market. */
export const makeTailParts = (sql: SqlClient.SqlClient) => {
  const kept = new Map<number, TailPart>()
  let cost = 0

  const drop = (id: number) => {
    const part = kept.get(id)
    if (part === undefined) return
    cost -= costOf(part)
    kept.delete(id)
  }
  const keep = (part: TailPart) => {
    drop(part.id)
    kept.set(part.id, part)
    cost += costOf(part)
    // those that came first go first
    for (const id of kept.keys()) {
      if (cost <= mostKept) break
      drop(id)
    }
  }

  /** The parts of these numbers, in their order; without those that have gone meanwhile. */
  const some = (ids: ReadonlyArray<number>): Effect.Effect<ReadonlyArray<TailPart>, TailFailure> =>
    Effect.suspend(() => {
      const missing = ids.filter((id) => !kept.has(id))
      if (missing.length === 0) return Effect.succeed(ids.flatMap((id) => kept.get(id) ?? []))
      const known = new Map(ids.flatMap((id) => kept.get(id) ?? []).map((part) => [part.id, part]))
      return sql`SELECT id, kind, markets, data FROM event_tail WHERE ${sql.in("id", missing)}`.pipe(
        select(TailRow),
        Effect.flatMap(Effect.forEach(open)),
        Effect.map((opened) => {
          for (const part of opened) {
            known.set(part.id, part)
            keep(part)
          }
          return ids.flatMap((id) => known.get(id) ?? [])
        })
      )
    })

  return {
    some,
    /** What has just been written need not be read again. */
    keep,
    /** Parts are not needed any more. */
    drop: (ids: Iterable<number>) => {
      for (const id of ids) drop(id)
    },
    /** What was written has been undone: its numbers will be given to other parts. */
    forget: Effect.sync(() => {
      kept.clear()
      cost = 0
    }),
    /** Lets go of parts that are not there any more: put together, or moved into chunks by others. */
    prune: sql`SELECT id FROM event_tail`.pipe(
      select(Numbered),
      Effect.map((rows) => {
        const present = new Set(rows.map(({ id }) => id))
        for (const id of kept.keys()) if (!present.has(id)) drop(id)
      })
    ),
    /** All up to a log position, in its order. */
    upTo: (sequence: number) =>
      sql`SELECT id FROM event_tail WHERE last_sequence <= ${sequence} ORDER BY first_sequence`.pipe(
        select(Numbered),
        Effect.flatMap((rows) => some(rows.map(({ id }) => id)))
      )
  }
}

/** A part as the table holds it. */
export const tailRow = ({ columns, market }: MixedEvents) => ({
  kind: eventKinds.indexOf(columns.kind),
  row_count: columns.rows,
  first_sequence: columns.sequence.reduce((least, value) => Math.min(least, value), Infinity),
  last_sequence: columns.sequence.reduce((most, value) => Math.max(most, value), 0),
  first_available_at: columns.availableAt[0] ?? 0,
  last_available_at: columns.availableAt[columns.rows - 1] ?? 0,
  markets: encodeColumns(columns.rows, [market]),
  data: encodeEvents(columns)
})
