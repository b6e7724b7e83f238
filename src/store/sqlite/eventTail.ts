import type { SqlClient } from "@effect/sql"
import type { SqlError } from "@effect/sql/SqlError"
import { Effect, type ParseResult, Schema } from "effect"
import { eventKinds } from "../../domain/Event.js"
import type { EventColumns } from "../../domain/EventColumns.js"
import { concatColumns, concatNumbers, logOrder, selectRows } from "../../domain/mergeColumns.js"
import { tabulate } from "../../domain/tabulate.js"
import { decodeColumns, encodeColumns } from "../codec/answers.js"
import { encodeEvents } from "../codec/events.js"
import { rowsBy } from "../mixedColumns.js"
import { StorageFailure } from "../StorageFailure.js"
import { decodeChunk } from "./eventChunks.js"
import { Bytes, select } from "./rows.js"

/**
 * The tail of the log: what was appended last, as it came, a part for each batch and kind with all its markets. Writing a
 * chunk for each market of a batch would cost as much as a thousand events; here a batch is one row or a few. Once the
 * tail is long it moves into chunks, market by market in the order of their numbers: `log_head` says up to which log
 * position (`merged_to`) and up to which market (`merged_market`) that has been done, and a part whose last sequence is
 * not above `merged_to` counts only for the markets behind. Parts are never changed, and no number is given twice.
 */
export interface TailPart {
  readonly id: number
  /** market numbers by row */
  readonly market: Float64Array
  readonly columns: EventColumns
  /** the rows of each market */
  readonly rowsOf: ReadonlyMap<number, ReadonlyArray<number>>
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

/** Rows of opened parts that are kept, at some 80 bytes each. */
const mostKept = 262_144

const open = (row: TailRow): Effect.Effect<TailPart, StorageFailure> =>
  Effect.flatMap(decodeChunk(row), (columns) => {
    const markets = decodeColumns(row.markets)
    const [market] = typeof markets === "string" ? [] : markets
    if (market?.length !== columns.rows) {
      const cause = typeof markets === "string" ? markets : "its markets are not those of its events"
      return new StorageFailure({ operation: `read tail part ${row.id}`, hint: "restore from a backup", cause })
    }
    return Effect.succeed({ id: row.id, market, columns, rowsOf: rowsBy(market) })
  })

/** See `makeTailParts`. */
export type TailParts = ReturnType<typeof makeTailParts>

/** Opens parts and keeps them while there is room: each is asked for by every market. */
export const makeTailParts = (sql: SqlClient.SqlClient) => {
  let kept: ReadonlyMap<number, TailPart> = new Map<number, TailPart>()

  const keep = (opened: ReadonlyArray<TailPart>) => {
    const newestFirst = [...kept.values(), ...opened].sort((a, b) => b.id - a.id)
    let rows = 0
    const fitting = newestFirst.filter((part) => (rows += part.columns.rows) <= mostKept)
    kept = new Map(fitting.map((part) => [part.id, part]))
  }

  /** The parts of these numbers, in their order; without those that have gone meanwhile. */
  const some = (ids: ReadonlyArray<number>): Effect.Effect<ReadonlyArray<TailPart>, TailFailure> =>
    Effect.suspend(() => {
      const known = kept
      const missing = ids.filter((id) => !known.has(id))
      if (missing.length === 0) return Effect.succeed(ids.flatMap((id) => known.get(id) ?? []))
      return sql`SELECT id, kind, markets, data FROM event_tail WHERE ${sql.in("id", missing)}`.pipe(
        select(TailRow),
        Effect.flatMap(Effect.forEach(open)),
        Effect.map((opened) => {
          keep(opened.filter(({ id }) => !kept.has(id)))
          const all = new Map(opened.map((part) => [part.id, part]))
          return ids.flatMap((id) => known.get(id) ?? all.get(id) ?? [])
        })
      )
    })

  return {
    some,
    /** All up to a log position. */
    upTo: (sequence: number) =>
      sql`SELECT id FROM event_tail WHERE last_sequence <= ${sequence} ORDER BY id`.pipe(
        select(Numbered),
        Effect.flatMap((rows) => some(rows.map(({ id }) => id)))
      )
  }
}

/** A part without a number. */
export type Joined = Omit<TailPart, "id">

const joined = (columns: EventColumns, market: Float64Array): Joined => ({ columns, market, rowsOf: rowsBy(market) })

/** Parts of one kind as one, in the log's order. */
export const joinParts = (parts: readonly [TailPart, ...Array<TailPart>]): Joined => {
  const [first, ...others] = parts
  const columns = concatColumns([first.columns, ...others.map((part) => part.columns)])
  const market = concatNumbers(parts.map((part) => part.market))
  const order = logOrder(columns)
  return order === undefined
    ? joined(columns, market)
    : joined(selectRows(columns, order), tabulate(order.length, (row) => market[order[row] ?? 0] ?? NaN))
}

/** A part as the table holds it. */
export const tailRow = ({ columns, market }: Pick<TailPart, "columns" | "market">) => ({
  kind: eventKinds.indexOf(columns.kind),
  row_count: columns.rows,
  first_sequence: columns.sequence.reduce((least, value) => Math.min(least, value), Infinity),
  last_sequence: columns.sequence.reduce((most, value) => Math.max(most, value), 0),
  first_available_at: columns.availableAt[0] ?? 0,
  last_available_at: columns.availableAt[columns.rows - 1] ?? 0,
  markets: encodeColumns(columns.rows, [market]),
  data: encodeEvents(columns)
})

/** The rows of a market in a part; `undefined` where it has none. */
export const ownRows = ({ columns, rowsOf }: Joined, market: number): EventColumns | undefined => {
  const rows = rowsOf.get(market)
  return rows === undefined ? undefined : selectRows(columns, rows)
}
