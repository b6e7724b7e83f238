import type { BookLevels, OrderBook } from "../state/OrderBook.js"
import type { Order } from "../strategy/Signal.js"
import { payout } from "./money.js"

/** Millionths of a share to a hundredth. */
const unitsPerHundredth = 10_000

/** Why an order was not filled, or not in full. */
export type Unfilled =
  | "closed"
  | "feed_gap"
  | "no_data"
  | "one_sided_book"
  | "crossed_book"
  | "beyond_limit"
  | "no_depth"
  | "no_cash"
  | "exposure_limit"
  | "nothing_held"
  | "recording_ended"

/** Whether a market can be traded, and in which book. */
export interface Offers {
  readonly closed: boolean
  /** of the market, or of the source that its newest book or quote came from */
  readonly inGap: boolean
  readonly book: OrderBook
}

/**
 * Why nothing can be traded; `undefined` where the book is whole. A one-sided book is taken for a half-read one, and in a
 * crossed or locked one (ask at or below bid) the offers cannot both be there: neither fills anything.
 */
export const untradable = ({ book, closed, inGap }: Offers): Unfilled | undefined => {
  if (closed) return "closed"
  if (inGap) return "feed_gap"
  if (book.form === "unknown") return "no_data"
  if (book.bids.count === 0 || book.asks.count === 0) return "one_sided_book"
  return book.bestAsk() <= book.bestBid() ? "crossed_book" : undefined
}

/** Whether an order takes the asks of the YES book: a NO share is sold to who would sell YES, at one dollar less. */
const takesAsks = ({ action, outcome }: Order): boolean => (action === "buy") === (outcome === "yes")

/** What one level of the book has for an order. */
export interface Offer {
  /** millionths of a dollar for a share of the order's outcome */
  readonly price: number
  /** hundredths of a share still there */
  readonly size: number
  /** the level in the YES book: price in millionths, and the size shown in millionths of a share, NaN in a quote */
  readonly level: { readonly isAsk: boolean; readonly price: number; readonly shown: number }
}

const isShownAs = (levels: BookLevels, price: number, shown: number): boolean => {
  for (let i = levels.count - 1; i >= 0; i--) {
    if (levels.price[i] === price) return Object.is(levels.size[i], shown)
  }
  return false
}

/**
 * What an account's own orders have taken out of a book that does not know of them. It counts until the book shows another
 * size at the price, or the price is gone: until then nobody has been seen to offer more.
 */
export class Consumption {
  #taken: Array<{ readonly level: Offer["level"]; size: number }> = []

  isEmpty(): boolean {
    return this.#taken.length === 0
  }

  /** hundredths taken from a level */
  of(isAsk: boolean, price: number): number {
    return this.#taken.find(({ level }) => level.isAsk === isAsk && level.price === price)?.size ?? 0
  }

  take(level: Offer["level"], size: number): void {
    const known = this.#taken.find((taken) => taken.level.isAsk === level.isAsk && taken.level.price === level.price)
    if (known === undefined) this.#taken.push({ level, size })
    else known.size += size
  }

  /** Forgets what was taken from levels that the book shows no longer, or otherwise. */
  observe(book: OrderBook): void {
    this.#taken = this.#taken.filter(({ level: { isAsk, price, shown } }) =>
      isShownAs(isAsk ? book.asks : book.bids, price, shown)
    )
  }
}

/**
 * The offers that an order may take from a tradable book, best first, within its limit and less what was taken before.
 * A quote shows no sizes: `quoteSize` hundredths are assumed at its best price, and nothing behind.
 */
export const offersFor = (
  order: Order,
  book: OrderBook,
  consumption: Consumption,
  quoteSize: number
): ReadonlyArray<Offer> => {
  const isAsk = takesAsks(order)
  const levels = isAsk ? book.asks : book.bids
  const offers: Array<Offer> = []
  for (let i = levels.count - 1; i >= 0; i--) {
    const yesPrice = levels.price[i] ?? NaN
    const shown = levels.size[i] ?? NaN
    const price = order.outcome === "yes" ? yesPrice : payout - yesPrice
    if (order.action === "buy" ? price > order.limit : price < order.limit) break
    const whole = book.form === "quote" ? quoteSize : Math.floor(shown / unitsPerHundredth)
    const size = Math.max(0, whole - consumption.of(isAsk, yesPrice))
    offers.push({ price, size, level: { isAsk, price: yesPrice, shown } })
  }
  return offers
}
