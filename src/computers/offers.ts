import { Reason, type ReasonCode } from "../features/Reason.js"
import type { OrderBook } from "../state/OrderBook.js"
import type { MarketStanding } from "../state/views.js"

/** Why a market shows no live figures: it is closed, or its feed is broken; `known` where neither holds. */
export const standingReason = (standing: MarketStanding): ReasonCode =>
  standing.closed ? Reason.closed : standing.inGap ? Reason.feed_gap : Reason.known

/** Why the offers have no spread; `known` where they are two-sided and not crossed. */
export const touchReason = (book: OrderBook): ReasonCode => {
  if (book.form === "unknown") return Reason.no_data
  const bids = book.bids.count
  const asks = book.asks.count
  if (bids === 0 && asks === 0) return Reason.empty_book
  if (bids === 0 || asks === 0) return Reason.one_sided_book
  return book.bestAsk() <= book.bestBid() ? Reason.crossed_book : Reason.known
}
