import type { SqlClient } from "@effect/sql"
import { Effect, Schema } from "effect"
import { Instant } from "../../domain/Instant.js"
import type { MarketSummary } from "../EventLog.js"
import { hasMoved, Merged, type TailFailure, type TailParts } from "./eventTail.js"
import { type MarketNumbers, select } from "./rows.js"

/** A market's chunks, or a part of the tail, which is counted market by market. */
const Row = Schema.Struct({
  market: Schema.NullOr(Schema.Int),
  id: Schema.Int,
  events: Schema.Int,
  first: Schema.Int,
  last: Schema.Int,
  last_sequence: Schema.Int,
  ...Merged.fields
})

/** All markets that have events, by name. */
export const summarise = (
  sql: SqlClient.SqlClient,
  parts: TailParts,
  markets: MarketNumbers
): Effect.Effect<ReadonlyArray<MarketSummary>, TailFailure> => {
  // in one statement, so that what moves from the tail into chunks meanwhile is counted once
  const rows = sql`SELECT market, 0 AS id, SUM(row_count) AS events, MIN(first_available_at) AS first,
        MAX(last_available_at) AS last, 0 AS last_sequence, 0 AS merged_to, 0 AS merged_market
      FROM event_chunks GROUP BY market
    UNION ALL
    SELECT NULL, event_tail.id, row_count, 0, 0, last_sequence, merged_to, merged_market FROM event_tail, log_head`
    .pipe(
      select(Row)
    )
  const all: Effect.Effect<ReadonlyArray<MarketSummary>, TailFailure> = Effect.gen(function*() {
    const found = yield* rows
    const tail = found.filter(({ market }) => market === null)
    const opened = yield* parts.some(tail.map(({ id }) => id))
    // the tail has been put together meanwhile
    if (opened.length < tail.length) return yield* all
    const names = yield* markets.names
    const counted = new Map<number, { events: number; first: number; last: number }>()
    for (const { events, first, last, market } of found) {
      if (market !== null) counted.set(market, { events, first, last })
    }
    for (const [index, { events: part }] of opened.entries()) {
      const place = tail[index]
      for (const market of part.markets()) {
        const own = part.of(market)
        if (own === undefined || place === undefined || hasMoved(place, market)) continue
        const known = counted.get(market) ?? { events: 0, first: Infinity, last: -Infinity }
        known.events += own.rows
        known.first = Math.min(known.first, own.availableAt[0] ?? Infinity)
        known.last = Math.max(known.last, own.availableAt[own.rows - 1] ?? -Infinity)
        counted.set(market, known)
      }
    }
    return [...counted].flatMap(([number, { events, first, last }]) => {
      const market = names.get(number)
      return market === undefined
        ? []
        : [{ market, events, firstAvailableAt: Instant(first), lastAvailableAt: Instant(last) }]
    }).sort((a, b) => a.market < b.market ? -1 : 1)
  })
  return all
}
