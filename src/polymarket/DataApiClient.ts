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

interface Read {
  /** of the last page: what tells rows apart, as far as anything does */
  readonly rows: ReadonlyArray<string>
  readonly trades: ReadonlyArray<VenueTrade>
}

const identityOf = Either.match({
  onLeft: ({ field }: FieldProblem) => field,
  onRight: ({ at, price, side, size, token, transaction }: VenueTrade) =>
    [at, transaction, token, side, price, size].join(" ")
})

/**
 * How many rows at the head of a page were read before, at the tail of the last one: what is traded while pages are read
 * moves all older rows on. Alike rows are real (several fills of one transaction), so that only a whole overlap counts.
 */
const overlap = (before: ReadonlyArray<string>, page: ReadonlyArray<string>): number => {
  for (let length = Math.min(before.length, page.length); length > 0; length--) {
    const from = before.length - length
    if (page.slice(0, length).every((row, i) => row === before[from + i])) return length
  }
  return 0
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

  const collect = (market: string, offset: number, before: Read): Effect.Effect<TradeHistory, VenueFailure> =>
    Effect.gen(function*() {
      if (offset >= mostReachable) return { trades: before.trades, isWhole: false }
      const rows = yield* pageFrom(market, offset)
      // a short page is no end: the venue gives fewer rows than it is asked for as it likes
      if (rows.length === 0) return { trades: before.trades, isWhole: true }
      const read = rows.map(tradeOf)
      const identities = read.map(identityOf)
      const fresh = read.slice(overlap(before.rows, identities))
      yield* Effect.forEach(Arr.getLefts(fresh), (problem) => noteRefusal("trade", problem), { discard: true })
      const trades = [...before.trades, ...Arr.getRights(fresh)]
      return yield* collect(market, offset + rows.length, { rows: identities, trades }).pipe(
        // beyond its last offset the venue refuses to answer
        Effect.catchIf(
          ({ status }) => offset + rows.length >= highestOffset && (status === 400 || status === 422),
          () => Effect.succeed({ trades, isWhole: false })
        )
      )
    })

  return DataApi.of({ trades: (market) => collect(market, 0, { rows: [], trades: [] }) })
})

/** The venue's trades over HTTP. */
export const layer = (settings: PolymarketSettings) => Layer.scoped(DataApi, make(settings))
