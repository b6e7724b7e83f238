import type { SqlClient } from "@effect/sql"
import { Chunk, Effect, Option, Schema, Stream } from "effect"
import { eventKinds } from "../../domain/Event.js"
import type { EventColumns } from "../../domain/EventColumns.js"
import { MarketId } from "../../domain/MarketId.js"
import { mergeColumns, selectRows } from "../../domain/mergeColumns.js"
import { decodeEvents, encodeEvents } from "../codec/events.js"
import type { LogEntry, LogRange, LogRead } from "../EventLog.js"
import { StorageFailure } from "../StorageFailure.js"
import { chunkRows } from "./PendingChunks.js"
import { Bytes, select } from "./rows.js"

export const ChunkRow = Schema.Struct({ id: Schema.Int, kind: Schema.Int, data: Bytes })
type ChunkRow = typeof ChunkRow.Type

export const decodeChunk = ({ data, id, kind }: ChunkRow): Effect.Effect<EventColumns, StorageFailure> => {
  const name = eventKinds[kind]
  const columns = name === undefined ? `its kind ${kind} is unknown` : decodeEvents(name, data)
  return typeof columns === "string"
    ? Effect.fail(
      new StorageFailure({ operation: `read event chunk ${id}`, hint: "restore from a backup", cause: columns })
    )
    : Effect.succeed(columns)
}

/** A chunk as the table holds it. */
export const chunkRow = (market: number, columns: EventColumns) => ({
  market,
  kind: eventKinds.indexOf(columns.kind),
  row_count: columns.rows,
  first_sequence: columns.sequence.reduce((least, value) => Math.min(least, value), Infinity),
  last_sequence: columns.sequence.reduce((most, value) => Math.max(most, value), 0),
  first_available_at: columns.availableAt[0] ?? 0,
  last_available_at: columns.availableAt[columns.rows - 1] ?? 0,
  data: encodeEvents(columns)
})

/** Columns cut into full chunks and a rest. */
export const splitRows = (columns: EventColumns): ReadonlyArray<EventColumns> =>
  Array.from({ length: Math.ceil(columns.rows / chunkRows) }, (_, chunk) => {
    const from = chunk * chunkRows
    return selectRows(columns, Array.from({ length: Math.min(chunkRows, columns.rows - from) }, (_, i) => from + i))
  })

interface Bounds {
  readonly after: number
  readonly from: number
  readonly to: number
}

/** The bounds as numbers that a database can compare with. */
const boundsOf = ({ after, from, to }: LogRange): Bounds => ({
  after: after ?? 0,
  from: from ?? 0,
  to: to ?? Number.MAX_SAFE_INTEGER
})

const within = (columns: EventColumns, { after, from, to }: Bounds, watermark: number): EventColumns => {
  const outside = (row: number) => {
    const at = columns.availableAt[row] ?? 0
    const sequence = columns.sequence[row] ?? 0
    return at < from || at > to || sequence <= after || sequence > watermark
  }
  let first = 0
  while (first < columns.rows && !outside(first)) first++
  if (first === columns.rows) return columns
  return selectRows(columns, Array.from({ length: columns.rows }, (_, row) => row).filter((row) => !outside(row)))
}

/** All of one market within a range, as known at the watermark. */
export const readMarket = (
  sql: SqlClient.SqlClient,
  market: number,
  watermark: number,
  range: LogRange
) => {
  const bounds = boundsOf(range)
  return sql`SELECT id, kind, data FROM event_chunks WHERE market = ${market}
      AND first_available_at <= ${bounds.to} AND last_available_at >= ${bounds.from}
      AND first_sequence <= ${watermark} AND last_sequence > ${bounds.after} ORDER BY kind, first_available_at, first_sequence`
    .pipe(
      select(ChunkRow),
      Effect.flatMap(Effect.forEach(decodeChunk)),
      Effect.map((chunks): LogRead => ({
        watermark,
        columns: eventKinds.flatMap((kind) => {
          const [first, ...others] = chunks.filter((columns) => columns.kind === kind)
          return first === undefined
            ? []
            : [within(mergeColumns([first, ...others]), bounds, watermark)].filter((columns) => columns.rows > 0)
        })
      }))
    )
}

const Place = Schema.Struct({
  id: Schema.Int,
  name: MarketId,
  first_available_at: Schema.Int,
  last_sequence: Schema.Int
})

/** An open chunk and how far the scan has come in it. */
interface Open {
  readonly market: MarketId
  readonly columns: EventColumns
  row: number
}

const comesBefore = (a: Open, b: Open): boolean => {
  const [first = Infinity, second = Infinity] = [a.columns.availableAt[a.row], b.columns.availableAt[b.row]]
  return first < second || (first === second && (a.columns.sequence[a.row] ?? 0) < (b.columns.sequence[b.row] ?? 0))
}

/** A binary heap of open chunks, the one with the next event of the log on top. */
class OpenChunks {
  readonly #heap: Array<Open> = []

  top(): Open | undefined {
    return this.#heap[0]
  }

  push(open: Open): void {
    this.#heap.push(open)
    let at = this.#heap.length - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#swapIfBefore(at, parent)) return
      at = parent
    }
  }

  /** Moves the top one event on; drops it at its end. */
  advance(): void {
    const top = this.#heap[0]
    if (top === undefined) return
    top.row++
    if (top.row === top.columns.rows) {
      const last = this.#heap.pop()
      if (last !== undefined && last !== top) this.#heap[0] = last
    }
    let at = 0
    for (;;) {
      const left = 2 * at + 1
      const right = left + 1
      const child = this.#before(right, left) ? right : left
      if (!this.#swapIfBefore(child, at)) return
      at = child
    }
  }

  #before(a: number, b: number): boolean {
    const [first, second] = [this.#heap[a], this.#heap[b]]
    return first !== undefined && second !== undefined && comesBefore(first, second)
  }

  #swapIfBefore(a: number, b: number): boolean {
    const [first, second] = [this.#heap[a], this.#heap[b]]
    if (first === undefined || second === undefined || !comesBefore(first, second)) return false
    this.#heap[a] = second
    this.#heap[b] = first
    return true
  }
}

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
  return row === 0 ? columns : selectRows(columns, Array.from({ length: columns.rows - row }, (_, i) => row + i))
}

/**
 * Events of all markets in the log's order. Chunks are opened when the scan reaches their first event and dropped after
 * their last, so that memory holds one open chunk a market and kind. Where chunks have been put together meanwhile, the
 * scan lists them again and goes on behind the last event that it has handed on.
 */
export const scanChunks = (sql: SqlClient.SqlClient, watermark: number, range: LogRange) =>
  Stream.unwrap(Effect.gen(function*() {
    const bounds = boundsOf(range)
    const wanted = range.markets === undefined ? undefined : new Set<string>(range.markets)
    const list = sql`SELECT event_chunks.id AS id, name, first_available_at, last_sequence FROM event_chunks
      JOIN markets ON markets.id = event_chunks.market
      WHERE first_available_at <= ${bounds.to} AND last_available_at >= ${bounds.from}
      AND first_sequence <= ${watermark} AND last_sequence > ${bounds.after}
      ORDER BY first_available_at, first_sequence`.pipe(
      select(Place),
      Effect.map((all) => wanted === undefined ? all : all.filter((place) => wanted.has(place.name)))
    )
    let places = yield* list
    let open = new OpenChunks()
    let next = 0
    /** the last event handed on */
    let [lastAt, lastSequence] = [-Infinity, 0]

    const openNext = Effect.gen(function*() {
      const place = places[next++]
      if (place === undefined) return
      const [row] = yield* select(ChunkRow)(sql`SELECT id, kind, data FROM event_chunks WHERE id = ${place.id}`)
      if (row === undefined) {
        places = yield* list
        open = new OpenChunks()
        next = 0
        return
      }
      const columns = behind(within(yield* decodeChunk(row), bounds, watermark), lastAt, lastSequence)
      if (columns.rows > 0) open.push({ market: place.name, columns, row: 0 })
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
        entries.push({ market: top.market, columns: top.columns, row: top.row })
        lastAt = top.columns.availableAt[top.row] ?? 0
        lastSequence = top.columns.sequence[top.row] ?? 0
        open.advance()
      }
      return entries.length === 0 ? Option.none() : Option.some([Chunk.unsafeFromArray(entries), undefined] as const)
    })
    return Stream.unfoldChunkEffect(undefined, () => batch)
  }))
