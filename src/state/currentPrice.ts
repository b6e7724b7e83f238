import type { MarketState } from "./MarketState.js"
import type { OrderBook } from "./OrderBook.js"

/** A mid is shown only where the spread is at most this many millionths; the venue shows the last trade otherwise. */
const widestSpread = 100_000

/** Whether the offers give a mid: both sides there, not crossed, not too wide. */
const hasMid = (book: OrderBook): boolean => {
  const spread = book.bestAsk() - book.bestBid()
  return spread > 0 && spread <= widestSpread
}

/**
 * The price of a market in half millionths: the mid of a narrow two-sided book, otherwise the last trade. NaN where
 * neither is known, in a gap, and once closed. Source: the venue's display rule.
 */
export const currentPrice = (
  { book, closed, inGap, lastTrade }: Readonly<Pick<MarketState, "book" | "closed" | "inGap" | "lastTrade">>
): number => closed || inGap ? NaN : hasMid(book) ? book.bestBid() + book.bestAsk() : 2 * lastTrade
