import { Effect } from "effect"
import { MarketSource } from "../../../src/context/MarketSource.js"
import { MarketId } from "../../../src/domain/MarketId.js"
import * as Catalogue from "../../../src/live/Catalogue.js"
import type { OrderBook } from "../../../src/state/OrderBook.js"
import { FeatureStore } from "../../../src/store/FeatureStore.js"
import type { VirtualClock } from "../VirtualClock.js"
import { SimulatedVenue } from "./inProcess.js"
import type { SimulatedMarket } from "./SimulatedMarket.js"

/** What a campaign allows, in ms. */
export interface Patience {
  /** from the venue's step to its being served: latency, and the batching of the recorder */
  readonly inFlight: number
  /** from the venue's taking connections again until each market is on one */
  readonly reconnect: number
  /** from a book that has moved on unheard until it is served no more */
  readonly silence: number
  /** from the last word of a connection that does not even answer until it is given up */
  readonly mute: number
}

type Levels = ReadonlyArray<readonly [price: number, size: number]>

const served = ({ count, price, size }: OrderBook["bids"]): Levels =>
  Array.from({ length: count }, (_, i) => [price[i] ?? NaN, size[i] ?? NaN] as const)

/** In millionths, as the product counts. */
const held = (levels: Levels): Levels => levels.map(([price, size]) => [price * 1_000, size * 10_000] as const)

export const isVenueBook = (book: OrderBook, market: SimulatedMarket): boolean =>
  JSON.stringify([served(book.bids), served(book.asks)]) ===
    JSON.stringify([held(market.book.bid.list()), held(market.book.ask.list())])

const isVenueBest = (book: OrderBook, market: SimulatedMarket): boolean => {
  const { ask, bid } = market.book
  return (bid.best === undefined ? Number.isNaN(book.bestBid()) : book.bestBid() === bid.best * 1_000) &&
    (ask.best === undefined ? Number.isNaN(book.bestAsk()) : book.bestAsk() === ask.best * 1_000)
}

interface Answer {
  readonly sequence: number
  readonly at: number
  readonly isPresent: boolean
  readonly reason: string | null | undefined
}

/** ms */
const askEvery = 5_000

/** How long something has been so, in ms. */
class Since {
  readonly #from = new Map<unknown, number>()

  note(key: unknown, isSo: boolean, now: number): number {
    if (!isSo) {
      this.#from.delete(key)
      return 0
    }
    const from = this.#from.get(key) ?? now
    this.#from.set(key, from)
    return now - from
  }
}

/**
 * Looks at what is served of each followed market beside the venue's own book, again and again, and says what is wrong.
 * `isDeceived` says whether the venue may have left levels of a market's book wrong without any sign of it.
 */
export const makeWatch = (
  clock: VirtualClock,
  patience: Patience,
  isDeceived: (market: SimulatedMarket, now: number) => boolean
) =>
  Effect.gen(function*() {
    const { feed, openSockets, venue } = yield* SimulatedVenue
    const catalogue = yield* Catalogue.Catalogue
    const store = yield* FeatureStore
    const source = yield* MarketSource
    const problems: Array<string> = []
    const [wrong, alone, mute] = [new Since(), new Since(), new Since()]
    const answers = new Map<MarketId, Answer>()
    let present = 0

    const followed = Effect.map(
      catalogue.markets,
      (markets) => markets.flatMap(({ id }) => venue.byCondition.get(id) ?? [])
    )

    /** What is served of a market, asked again once anything has come, and from time to time. */
    const serve = (id: MarketId, sequence: number, now: number) =>
      Effect.suspend(() => {
        const last = answers.get(id)
        if (last !== undefined && last.sequence === sequence && now - last.at < askEvery) return Effect.succeed(last)
        return Effect.map(store.getCurrentFeatures(id, ["orderbook"]), (vector) => {
          const answer = {
            sequence,
            at: now,
            isPresent: vector.present("orderbook.bid_depth") !== null,
            reason: vector.get("orderbook.bid_depth")?.reason
          }
          answers.set(id, answer)
          return answer
        })
      })

    const look = (market: SimulatedMarket) =>
      Effect.gen(function*() {
        const now = clock.unsafeCurrentTimeMillis()
        feed.advance(now)
        const id = MarketId.make(market.listing.conditionId)
        const { state } = yield* source.load(id)
        const { isPresent, reason } = yield* serve(id, state.sequence, now)
        if (isPresent) present++
        if (state.inGap && isPresent) problems.push(`${now} ${id}: served in a gap`)
        if (state.inGap && !state.closed && reason !== "feed_gap") problems.push(`${now} ${id}: ${reason} in a gap`)
        const isQuiet = market.open && now - market.at > patience.inFlight
        const isWrong = isQuiet && isPresent && !isVenueBest(state.book, market)
        // whoever heard of the newest change knows the best prices by it, whatever was lost before; of an empty side
        // the venue says nothing there
        const { ask, bid } = market.book
        const isTold = (feed.told.get(market.listing.index) ?? 0) >= market.movedAt &&
          bid.best !== undefined && ask.best !== undefined
        if (wrong.note(market, isWrong, now) >= (isTold ? 0 : patience.silence) && isWrong) {
          problems.push(
            `${now} ${id}: ${state.book.bestBid()}/${state.book.bestAsk()} is served, the venue has ` +
              `${market.book.bid.best}/${market.book.ask.best} since ${market.movedAt}${isTold ? " and said so" : ""}`
          )
        }
        const isDeepWrong = isQuiet && isPresent && !isVenueBook(state.book, market)
        if (isDeepWrong && !isDeceived(market, now)) problems.push(`${now} ${id}: levels are wrong`)
        const isAlone = market.open && feed.accepts(now) &&
          ![...feed.connections].some(({ tokens }) => tokens.has(market.listing.yes))
        if (alone.note(market, isAlone, now) > patience.reconnect) {
          problems.push(`${now} ${id}: no connection for ${patience.reconnect} ms`)
        }
      })

    const lookAtConnections = Effect.sync(() => {
      const now = clock.unsafeCurrentTimeMillis()
      for (const connection of feed.connections) {
        if (mute.note(connection, connection.isSilent, now) > patience.mute) {
          problems.push(`${now}: a silent connection is kept`)
        }
      }
    })

    return {
      problems,
      present: () => present,
      openSockets,
      look: Effect.zipRight(
        lookAtConnections,
        Effect.flatMap(followed, (markets) => Effect.forEach(markets, look, { discard: true }))
      ),
      /** In the end, with the venue at peace: every book known, and the venue's to the last level. */
      recovered: Effect.flatMap(followed, (markets) =>
        Effect.forEach(
          markets.filter(({ open }) => open),
          (market) =>
            Effect.gen(function*() {
              const { state } = yield* source.load(MarketId.make(market.listing.conditionId))
              if (state.inGap || state.book.form !== "book") {
                problems.push(`${market.listing.conditionId}: no book in the end`)
              } else if (
                clock.unsafeCurrentTimeMillis() - market.at > patience.inFlight && !isVenueBook(state.book, market)
              ) {
                problems.push(`${market.listing.conditionId}: not the venue's book in the end`)
              }
            }),
          { discard: true }
        ))
    }
  })
