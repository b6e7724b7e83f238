import type { Decimal, Events } from "./events.js"
import { isBookOrQuote, isClosing, isFeedGap, isPriceChange } from "./events.js"
import type { Reason } from "./outcome.js"
import { millionths } from "./rational.js"

/** Price and size in millionths. */
export interface Level {
  readonly price: bigint
  readonly size: bigint
}

/** Best level first on both sides. */
export interface Depth {
  readonly bids: ReadonlyArray<Level>
  readonly asks: ReadonlyArray<Level>
}

export interface Touch {
  readonly bid: bigint
  readonly ask: bigint
}

const sinceBook = (events: Events) => events.slice(events.map(isBookOrQuote).lastIndexOf(true) + 1)

/** Why nothing that comes from the price feed is known, however good the book was. */
export const feedReason = (events: Events): Reason | undefined => {
  if (events.some(isClosing)) return "closed"
  return sinceBook(events).some(isFeedGap) ? "feed_gap" : undefined
}

const normalise = (
  levels: ReadonlyArray<readonly [Decimal, Decimal]>,
  changes: ReadonlyArray<readonly [string, Decimal, Decimal]>
): ReadonlyArray<Level> => {
  const sizes = new Map<bigint, bigint>()
  for (const [price, size] of levels) {
    const key = millionths(price)
    if (millionths(size) > 0n) sizes.set(key, (sizes.get(key) ?? 0n) + millionths(size))
  }
  for (const [, price, newSize] of changes) {
    if (millionths(newSize) > 0n) sizes.set(millionths(price), millionths(newSize))
    else sizes.delete(millionths(price))
  }
  return [...sizes].map(([price, size]) => ({ price, size })).sort((a, b) => a.price < b.price ? -1 : 1)
}

/** The full book, or why there is none. Changes in a gap need no care: only a new book or quote ends the gap. */
export const depthOf = (events: Events): Depth | Reason => {
  const start = events.filter(isBookOrQuote).at(-1)
  if (start === undefined) return "no_data"
  if (start.type === "quote") return "no_depth"
  const changes = sinceBook(events).filter(isPriceChange).flatMap((event) => event.changes)
  return {
    bids: [...normalise(start.bids, changes.filter(([side]) => side === "bid"))].reverse(),
    asks: normalise(start.asks, changes.filter(([side]) => side === "ask"))
  }
}

const given = (price: Decimal | undefined) => price === undefined ? [] : [millionths(price)]

const bestPrices = (events: Events) => {
  const start = events.filter(isBookOrQuote).at(-1)
  if (start?.type === "quote") return { bids: given(start.best_bid), asks: given(start.best_ask) }
  const depth = depthOf(events)
  if (typeof depth === "string") return depth
  return { bids: depth.bids.map(({ price }) => price), asks: depth.asks.map(({ price }) => price) }
}

/** Best bid and ask of an uncrossed book or quote, or why there are none. */
export const touchOf = (events: Events): Touch | Reason => {
  const prices = bestPrices(events)
  if (typeof prices === "string") return prices
  const [bid] = prices.bids
  const [ask] = prices.asks
  if (bid === undefined && ask === undefined) return "empty_book"
  if (bid === undefined || ask === undefined) return "one_sided_book"
  return ask <= bid ? "crossed_book" : { bid, ask }
}
