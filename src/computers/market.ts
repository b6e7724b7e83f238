import { Effect, Schema } from "effect"
import { fromUnits } from "../domain/Price.js"
import * as FeatureComputer from "../features/FeatureComputer.js"
import { Reason } from "../features/Reason.js"
import { currentPrice } from "../state/currentPrice.js"
import { seriesUnitsPerOne } from "../state/PriceSeries.js"
import { MarketSnapshots, OrderBooks } from "../state/views.js"
import { standingReason, touchReason } from "./offers.js"

/** Size, price and time left of a market. The price follows the venue's display rule: mid, or last trade where wide. */
export const Market = FeatureComputer.make("market", {
  version: "1.0",
  ttl: "30 seconds",
  parameters: Schema.Struct({}),
  features: {
    liquidity: { unit: "USD", description: "liquidity of the newest market snapshot", needs: ["market"] },
    volume: { unit: "USD", description: "rolling 24 h volume, as last reported", needs: ["volume"] },
    time_to_expiry: { unit: "s", description: "time to the market's end date, at least 0", needs: ["market"] },
    current_price: {
      unit: "0..1",
      description: "mid of a two-sided book at most 0.10 wide, otherwise the last trade price",
      needs: ["quote", "book", "price_change", "trade"]
    },
    price_spread: {
      unit: "0..1",
      description: "best ask minus best bid",
      needs: ["quote", "book", "price_change"]
    }
  },
  reads: ["market", "quote", "book", "price_change", "trade", "market_gap", "market_closed", "resolution"],
  bind: Effect.fnUntraced(function*(market, _parameters, out) {
    const described = yield* (yield* MarketSnapshots).of(market)
    const offers = yield* (yield* OrderBooks).of(market)
    return (at) => {
      const snapshot = described.snapshot
      if (snapshot?.liquidity === undefined) out.liquidity.unknown(Reason.no_data)
      else out.liquidity.known(snapshot.liquidity)

      if (Number.isNaN(described.volume24h)) out.volume.unknown(Reason.no_data)
      else out.volume.known(described.volume24h)

      if (snapshot?.endDate === undefined) out.time_to_expiry.unknown(Reason.no_end_date)
      else out.time_to_expiry.known(Math.max(0, snapshot.endDate - at) / 1000)

      const standing = standingReason(offers)
      const touch = standing === Reason.known ? touchReason(offers.book) : standing
      if (touch === Reason.known) out.price_spread.known(fromUnits(offers.book.bestAsk() - offers.book.bestBid()))
      else out.price_spread.unknown(touch)

      const price = currentPrice(offers)
      if (!Number.isNaN(price)) out.current_price.known(price / seriesUnitsPerOne)
      else out.current_price.unknown(touch === Reason.known ? Reason.wide_spread : touch)
    }
  })
})
