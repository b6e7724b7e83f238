import type { SqlClient } from "@effect/sql"
import { Effect, Schema } from "effect"
import { eventKinds } from "../../domain/Event.js"
import type { EventColumns } from "../../domain/EventColumns.js"
import type { MixedColumns } from "../EventLog.js"
import type { ChunkWriter } from "./chunkWriter.js"
import { chunkRow, splitRows } from "./eventChunks.js"
import { type Joined, joinParts, type Merged, ownRows, type TailPart, type TailParts, tailRow } from "./eventTail.js"
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

export const tailLimits: TailLimits = { events: 65_536, smallParts: 64, chunksPerAppend: 24 }

/** Chunks that one transaction writes where the whole tail is to move. */
const chunksPerSettle = 200

/** Events of a part that is no longer small. */
const smallRows = 1_024

const Counted = Schema.Struct({ kind: Schema.Int, events: Schema.Int, small: Schema.Int })
const Numbered = Schema.Struct({ id: Schema.Int })

/** What is on its way into chunks: the events up to a log position, one part a kind, and their markets in order. */
interface Move {
  readonly upTo: number
  readonly kinds: ReadonlyArray<Joined>
  readonly markets: ReadonlyArray<number>
}

const chunksOf = (kinds: ReadonlyArray<Joined>, market: number): ReadonlyArray<EventColumns> =>
  kinds.flatMap((kind) => {
    const own = ownRows(kind, market)
    return own === undefined ? [] : splitRows(own)
  })

const joinKinds = (parts: ReadonlyArray<TailPart>): ReadonlyArray<Joined> =>
  eventKinds.flatMap((kind) => {
    const [first, ...others] = parts.filter(({ columns }) => columns.kind === kind)
    return first === undefined ? [] : [joinParts([first, ...others])]
  })

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

  const write = (kinds: ReadonlyArray<MixedColumns>) =>
    Effect.gen(function*() {
      if (kinds.length === 0) return
      const counted = yield* countsNow
      const numbers = yield* markets.ensure(kinds.flatMap(({ market }) => market))
      const rows = kinds.map(({ columns, market }) =>
        tailRow({ columns, market: Float64Array.from(market.map((name) => numbers.get(name) ?? 0)) })
      )
      yield* sql`INSERT INTO event_tail ${sql.insert(rows)}`
      for (const { kind, row_count } of rows) {
        counted.events += row_count
        if (row_count < smallRows) counted.small.set(kind, (counted.small.get(kind) ?? 0) + 1)
      }
    })

  /** Puts the small parts of a kind together; parts that move into chunks stay as they are. */
  const fold = (kind: number, { merged_to }: Merged) =>
    Effect.gen(function*() {
      const rows = yield* sql`SELECT id FROM event_tail
          WHERE kind = ${kind} AND row_count < ${smallRows} AND first_sequence > ${merged_to} ORDER BY id`.pipe(
        select(Numbered)
      )
      const ids = rows.map(({ id }) => id)
      const [first, ...others] = yield* parts.some(ids)
      if (first !== undefined && others.length > 0) {
        yield* sql`INSERT INTO event_tail ${sql.insert(tailRow(joinParts([first, ...others])))}`
        yield* sql`DELETE FROM event_tail WHERE ${sql.in("id", ids)}`
      }
      yield* recount
    })

  const moveUpTo = (upTo: number) =>
    Effect.gen(function*() {
      if (move?.upTo === upTo) return move
      const kinds = joinKinds(yield* parts.upTo(upTo))
      const all = new Set(kinds.flatMap(({ rowsOf }) => [...rowsOf.keys()]))
      return move = { upTo, kinds, markets: [...all].sort((a, b) => a - b) }
    })

  /** Moves markets of the tail into chunks until there are `most` chunks and `least` events of them. */
  const advance = ({ merged_market, merged_to }: Merged, most: number, least: number) =>
    Effect.gen(function*() {
      const { kinds, markets: all } = yield* moveUpTo(merged_to)
      const rows: Array<ReturnType<typeof chunkRow>> = []
      let events = 0
      let next = all.findIndex((market) => market > merged_market)
      for (; next >= 0 && next < all.length && (rows.length < most || events < least); next++) {
        const market = all[next] ?? 0
        for (const columns of chunksOf(kinds, market)) {
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
      move = undefined
      yield* recount
    })

  return {
    forget: Effect.sync(() => {
      counts = undefined
      move = undefined
    }),
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
