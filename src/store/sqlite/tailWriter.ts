import type { SqlClient } from "@effect/sql"
import { Effect, Schema } from "effect"
import { eventKinds } from "../../domain/Event.js"
import type { EventColumns } from "../../domain/EventColumns.js"
import { mergeColumns } from "../../domain/mergeColumns.js"
import type { MixedColumns } from "../EventLog.js"
import type { ChunkWriter } from "./chunkWriter.js"
import { chunkRow, splitRows } from "./eventChunks.js"
import { type Merged, type TailPart, type TailParts, tailRow } from "./eventTail.js"
import { joinEvents, MixedEvents } from "./MixedEvents.js"
import { type MarketNumbers, select } from "./rows.js"

/** How long the tail grows, and how much of it an append moves on its way. */
export interface TailLimits {
  /** events of the tail from which on it moves into chunks: many, so that a market's share makes a chunk worth its cost */
  readonly events: number
  /** small parts of a kind that are there at a time: a reader opens each of them */
  readonly smallParts: number
  /** chunks that one append writes of a tail that moves: what it may be late by */
  readonly chunksPerAppend: number
}

export const tailLimits: TailLimits = { events: 65_536, smallParts: 32, chunksPerAppend: 24 }

/** Chunks that one transaction writes where the whole tail is to move. */
const chunksPerSettle = 200

/** Events of a part that is no longer small. */
const smallRows = 1_024

const Counted = Schema.Struct({ kind: Schema.Int, events: Schema.Int, small: Schema.Int })
const Numbered = Schema.Struct({ id: Schema.Int })

/** What is on its way into chunks: the parts up to a log position, and their markets in order, once all are known. */
interface Move {
  readonly upTo: number
  readonly ids: ReadonlyArray<number>
  /** parts still to be told apart by their markets, for which an append has not the time at once */
  waiting: ReadonlyArray<TailPart>
  /** what has been told apart, some thousand events of a kind each, in the log's order */
  readonly events: Array<MixedEvents>
  readonly found: Set<number>
  markets: ReadonlyArray<number> | undefined
}

/** Events that an append tells apart on its way. */
const toldPerAppend = 16_384

const joinKinds = (parts: ReadonlyArray<TailPart>): ReadonlyArray<MixedEvents> =>
  eventKinds.flatMap((kind) => {
    const [first, ...others] = parts.flatMap(({ events }) => events.columns.kind === kind ? [events] : [])
    return first === undefined ? [] : [joinEvents([first, ...others])]
  })

/** Tells some more of what moves apart; the markets in their order once it is done. */
const tellApart = (move: Move, most: number): ReadonlyArray<number> | undefined => {
  let events = 0
  const end = move.waiting.findIndex((part) => (events += part.events.columns.rows) >= most)
  const next = end < 0 ? move.waiting : move.waiting.slice(0, end + 1)
  move.waiting = move.waiting.slice(next.length)
  for (const joined of joinKinds(next)) {
    for (const market of joined.markets()) move.found.add(market)
    move.events.push(joined)
  }
  if (move.waiting.length === 0) move.markets ??= [...move.found].sort((a, b) => a - b)
  return move.markets
}

const chunksOf = (events: ReadonlyArray<MixedEvents>, market: number): ReadonlyArray<EventColumns> => {
  const own = events.flatMap((one) => one.of(market) ?? [])
  return eventKinds.flatMap((kind) => {
    const [first, ...others] = own.filter((columns) => columns.kind === kind)
    return first === undefined ? [] : splitRows(mergeColumns([first, ...others]))
  })
}

/**
 * Writes the tail, and moves it on: small parts into larger ones, and a long tail into chunks, a few with each append. All
 * of it within the transaction of the append; what is written anew comes before the old goes.
 */
export const makeTailWriter = (
  sql: SqlClient.SqlClient,
  markets: MarketNumbers,
  parts: TailParts,
  chunks: ChunkWriter,
  limits: TailLimits
) => {
  /** events of the tail, and small parts by kind that do not move yet; counted when they are first asked for */
  let counts: { events: number; readonly small: Map<number, number> } | undefined
  let move: Move | undefined

  const count =
    sql`SELECT kind, SUM(row_count) AS events, SUM(row_count < ${smallRows} AND first_sequence > merged_to) AS small
      FROM event_tail, log_head GROUP BY kind`.pipe(
      select(Counted),
      Effect.map((rows) =>
        counts = {
          events: rows.reduce((sum, { events }) => sum + events, 0),
          small: new Map(rows.map(({ kind, small }) => [kind, small]))
        }
      )
    )
  const countsNow = Effect.suspend(() => counts === undefined ? count : Effect.succeed(counts))
  const recount = Effect.sync(() => {
    counts = undefined
  })

  /** Writes a part, and keeps it: it will be put together with others soon. */
  const insert = (events: MixedEvents) =>
    Effect.gen(function*() {
      const row = tailRow(events)
      const [written] = yield* sql`INSERT INTO event_tail ${sql.insert(row)} RETURNING id`.pipe(select(Numbered))
      if (written !== undefined) parts.keep({ id: written.id, events })
      return row
    })

  const write = (kinds: ReadonlyArray<MixedColumns>) =>
    Effect.gen(function*() {
      const counted = yield* countsNow
      for (const { columns, market } of kinds) {
        const numbers = yield* markets.ensure(market)
        const numbered = new Float64Array(columns.rows)
        market.forEach((name, row) => {
          numbered[row] = numbers.get(name) ?? 0
        })
        const { kind, row_count } = yield* insert(new MixedEvents(numbered, columns))
        counted.events += row_count
        if (row_count < smallRows) counted.small.set(kind, (counted.small.get(kind) ?? 0) + 1)
      }
    })

  /** Puts the small parts of a kind together; parts that move into chunks stay as they are. */
  const fold = (kind: number, { merged_to }: Merged) =>
    Effect.gen(function*() {
      const rows = yield* sql`SELECT id FROM event_tail
          WHERE kind = ${kind} AND row_count < ${smallRows} AND first_sequence > ${merged_to} ORDER BY first_sequence`
        .pipe(
          select(Numbered)
        )
      const ids = rows.map(({ id }) => id)
      const [first, ...others] = yield* parts.some(ids)
      if (first !== undefined && others.length > 0) {
        yield* insert(joinEvents([first.events, ...others.map(({ events }) => events)]))
        yield* sql`DELETE FROM event_tail WHERE ${sql.in("id", ids)}`
      }
      yield* parts.prune
      yield* recount
    })

  const moveUpTo = (upTo: number) =>
    Effect.gen(function*() {
      if (move?.upTo === upTo) return move
      const waiting = yield* parts.upTo(upTo)
      return move = {
        upTo,
        ids: waiting.map(({ id }) => id),
        waiting,
        events: [],
        found: new Set(),
        markets: undefined
      }
    })

  /** Moves markets of the tail into chunks until there are `most` chunks and `least` events of them. */
  const advance = ({ merged_market, merged_to }: Merged, most: number, least: number) =>
    Effect.gen(function*() {
      const moving = yield* moveUpTo(merged_to)
      const all = tellApart(moving, Math.max(toldPerAppend, least))
      if (all === undefined) return
      const rows: Array<ReturnType<typeof chunkRow>> = []
      let events = 0
      let next = all.findIndex((market) => market > merged_market)
      for (; next >= 0 && next < all.length && (rows.length < most || events < least); next++) {
        const market = all[next] ?? 0
        for (const columns of chunksOf(moving.events, market)) {
          rows.push(chunkRow(market, columns))
          events += columns.rows
        }
      }
      yield* chunks.insert(rows)
      if (next >= 0 && next < all.length) {
        yield* sql`UPDATE log_head SET merged_market = ${all[next - 1] ?? 0}`
        return
      }
      yield* sql`DELETE FROM event_tail WHERE last_sequence <= ${merged_to}`
      yield* sql`UPDATE log_head SET merged_to = 0, merged_market = 0`
      parts.drop(moving.ids)
      move = undefined
      yield* recount
    })

  return {
    forget: Effect.zipRight(
      parts.forget,
      Effect.sync(() => {
        counts = undefined
        move = undefined
      })
    ),
    write,
    /** Some of a whole move, on its own; false once nothing of the log up to `sequence` is left in the tail. */
    settle: (sequence: number, merged: Merged) =>
      Effect.gen(function*() {
        const moving = merged.merged_to > 0 ? merged : { merged_to: sequence, merged_market: 0 }
        const [left] = yield* sql`SELECT COUNT(*) AS id FROM event_tail WHERE last_sequence <= ${sequence}`.pipe(
          select(Numbered)
        )
        if (left === undefined || left.id === 0) return false
        yield* sql`UPDATE log_head SET merged_to = ${moving.merged_to}`
        yield* advance(moving, chunksPerSettle, 0)
        return true
      }),
    /** Some of the tail's own work, on the way of an append that has brought the log to `sequence`. */
    relieve: (sequence: number, appended: number, merged: Merged) =>
      Effect.gen(function*() {
        const counted = yield* countsNow
        const many = [...counted.small].find(([, small]) => small >= limits.smallParts)
        if (many !== undefined) yield* fold(many[0], merged)
        if (merged.merged_to > 0) return yield* advance(merged, limits.chunksPerAppend, 2 * appended)
        if (counted.events >= limits.events) {
          yield* sql`UPDATE log_head SET merged_to = ${sequence}, merged_market = 0`
          counted.small.clear()
        }
      })
  }
}
