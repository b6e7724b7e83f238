import { Effect, Schema } from "effect"
import { fromUnits } from "../domain/Price.js"
import * as FeatureComputer from "../features/FeatureComputer.js"
import { Reason } from "../features/Reason.js"
import type { BookLevels } from "../state/OrderBook.js"
import { OrderBooks } from "../state/views.js"
import { standingReason, touchReason } from "./offers.js"

const needs = ["quote", "book", "price_change"] as const

/** Shares (millionths) resting on the best `levels` levels, summed from the best level on. */
const depth = ({ count, size }: BookLevels, levels: number): number => {
  const end = Math.max(0, count - levels)
  let sum = 0
  for (let i = count - 1; i >= end; i--) sum += size[i] ?? 0
  return sum
}

/**
 * Depth and its balance. Order-book imbalance: Cont, Kukanov, Stoikov 2014. Weighted mid and microprice: Stoikov 2018
 * (SSRN 2970694); `weighted_mid` weighs the touch by the depth of `levels` levels, `microprice` by the touch alone.
 */
export const Orderbook = FeatureComputer.make("orderbook", {
  version: "1.0",
  ttl: "5 seconds",
  parameters: Schema.Struct({
    levels: Schema.optionalWith(Schema.Int.pipe(Schema.between(1, 1_000)), { default: () => 10 })
  }),
  features: {
    bid_depth: { unit: "shares", description: "shares on the best `levels` bid levels", needs },
    ask_depth: { unit: "shares", description: "shares on the best `levels` ask levels", needs },
    imbalance_ratio: { unit: "-1..1", description: "(bid - ask depth) / (bid + ask depth)", needs },
    microprice: { unit: "0..1", description: "touch weighted by the opposite side's size at the touch", needs },
    weighted_mid: { unit: "0..1", description: "touch weighted by the opposite side's depth", needs }
  },
  reads: ["quote", "book", "price_change", "market_gap", "market_closed", "resolution"],
  bind: Effect.fnUntraced(function*(market, { levels }, out) {
    const offers = yield* (yield* OrderBooks).of(market)
    const { asks, bids } = offers.book
    const unknown = (reason: Parameters<typeof out.bid_depth.unknown>[0]) => {
      out.bid_depth.unknown(reason)
      out.ask_depth.unknown(reason)
      out.imbalance_ratio.unknown(reason)
      out.microprice.unknown(reason)
      out.weighted_mid.unknown(reason)
    }
    return () => {
      const standing = standingReason(offers)
      if (standing !== Reason.known) return unknown(standing)
      if (offers.book.form === "unknown") return unknown(Reason.no_data)
      if (offers.book.form === "quote") return unknown(Reason.no_depth)

      const bid = depth(bids, levels)
      const ask = depth(asks, levels)
      out.bid_depth.known(fromUnits(bid))
      out.ask_depth.known(fromUnits(ask))
      if (bid + ask === 0) out.imbalance_ratio.unknown(Reason.empty_book)
      else out.imbalance_ratio.known((bid - ask) / (bid + ask))

      const touch = touchReason(offers.book)
      if (touch !== Reason.known) {
        out.microprice.unknown(touch)
        out.weighted_mid.unknown(touch)
        return
      }
      const bestBid = offers.book.bestBid()
      const bestAsk = offers.book.bestAsk()
      const bidSize = bids.size[bids.count - 1] ?? NaN
      const askSize = asks.size[asks.count - 1] ?? NaN
      out.microprice.known(fromUnits((bestBid * askSize + bestAsk * bidSize) / (bidSize + askSize)))
      const weight = bid / (bid + ask)
      out.weighted_mid.known(fromUnits(weight * bestAsk + (1 - weight) * bestBid))
    }
  })
})
