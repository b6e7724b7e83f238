import { Array as Arr, Effect, Either, Layer } from "effect"
import type { FieldProblem } from "../domain/problems.js"
import { rowsOf, tradeOf } from "./clobRows.js"
import { DataApi, type TradeHistory, type VenueTrade } from "./DataApi.js"
import { makeNoteRefusal } from "./refusals.js"
import type { PolymarketSettings } from "./settings.js"
import { VenueFailure } from "./VenueFailure.js"
import { makeAsk } from "./venueHost.js"

/** Rows that every version of the interface gives in one answer. */
const pageRows = 500

/** The highest offset that some versions answer; from it one answer may be this long. */
const highestOffset = 10_000

/** Beyond so many rows no version answers. */
const mostReachable = 20_000

/** Rows that a page shares with the last one. */
const shared = 20

const identityOf = Either.match({
  onLeft: ({ field }: FieldProblem) => field,
  onRight: ({ at, price, side, size, token, transaction }: VenueTrade) =>
    [at, transaction, token, side, price, size].join(" ")
})

/**
 * How many rows at the head of a page were read before, at the tail of the last one: at least those that were asked for
 * again, and more where trading has moved all older rows on meanwhile. Alike rows are real (fills of one transaction), so
 * that a single row could not tell.
 */
const overlap = (before: ReadonlyArray<string>, page: ReadonlyArray<string>, least: number): number => {
  for (let length = least; length <= Math.min(before.length, page.length); length++) {
    const from = before.length - length
    if (page.slice(0, length).every((row, i) => row === before[from + i])) return length
  }
  return 0
}

interface Place {
  readonly offset: number
  /** rows at the head of the page that were read before */
  readonly known: number
  /** of the last page: what tells rows apart, as far as anything does */
  readonly before: ReadonlyArray<string>
  readonly trades: ReadonlyArray<VenueTrade>
}

const make = Effect.fnUntraced(function*({ dataUrl }: PolymarketSettings) {
  const ask = yield* makeAsk({ url: dataUrl, key: "data_url", limit: 1_000, routeLimits: { trades: 200 } })
  const noteRefusal = yield* makeNoteRefusal

  const pageFrom = Effect.fnUntraced(function*(market: string, offset: number) {
    const limit = offset >= highestOffset ? highestOffset : pageRows
    const query = [["market", market], ["limit", String(limit)], ["offset", String(offset)]] as const
    const rows = rowsOf(yield* ask({ route: "/trades", query }))
    return rows ?? (yield* new VenueFailure({ operation: "GET /trades", problem: "the answer is no list of trades" }))
  })

  const collect = (
    market: string,
    { before, known, offset, trades }: Place
  ): Effect.Effect<TradeHistory, VenueFailure> =>
    Effect.gen(function*() {
      const rows = yield* pageFrom(market, offset)
      const read = rows.map(tradeOf)
      const identities = read.map(identityOf)
      const fresh = read.slice(overlap(before, identities, known))
      yield* Effect.forEach(Arr.getLefts(fresh), (problem) => noteRefusal("trade", problem), { discard: true })
      const all = [...trades, ...Arr.getRights(fresh)]
      // a short page is no end: the venue gives fewer rows than it is asked for as it likes
      if (fresh.length === 0) return { trades: all, isWhole: true }
      const end = offset + rows.length
      if (end >= mostReachable) return { trades: all, isWhole: false }
      const next = Math.max(offset + 1, end - shared)
      const from = offset < highestOffset ? Math.min(next, highestOffset) : next
      return yield* collect(market, { offset: from, known: end - from, before: identities, trades: all }).pipe(
        // beyond its last offset the venue refuses to answer
        Effect.catchIf(
          ({ status }) => from >= highestOffset && (status === 400 || status === 422),
          () => Effect.succeed({ trades: all, isWhole: false })
        )
      )
    })

  return DataApi.of({ trades: (market) => collect(market, { offset: 0, known: 0, before: [], trades: [] }) })
})

/** The venue's trades over HTTP. */
export const layer = (settings: PolymarketSettings) => Layer.scoped(DataApi, make(settings))
