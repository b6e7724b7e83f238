import { feedReason, touchOf } from "./book.js"
import type { Decimal, Events, NaiveEvent } from "./events.js"
import { instant, isMarket } from "./events.js"
import type { Outcome } from "./outcome.js"
import { currentPrice } from "./prices.js"
import { fromMillionths, toNumber } from "./rational.js"

export const reportsVolume = (event: NaiveEvent) =>
  event.type === "market" || (event.type === "quote" && event.volume_24h !== undefined)

const reported = (amount: Decimal | undefined): Outcome => amount === undefined ? "no_data" : Number(amount)

const volume = (events: Events) => {
  const newest = events.filter(reportsVolume).at(-1)
  return reported(newest?.type === "market" || newest?.type === "quote" ? newest.volume_24h : undefined)
}

const price = (events: Events): Outcome => {
  const current = currentPrice(events)
  return typeof current === "string" ? current : toNumber(current)
}

const spread = (events: Events): Outcome => {
  const unknown = feedReason(events)
  if (unknown !== undefined) return unknown
  const touch = touchOf(events)
  return typeof touch === "string" ? touch : toNumber(fromMillionths(touch.ask - touch.bid))
}

export const marketFeatures = (events: Events, at: number) => {
  const market = events.filter(isMarket).at(-1)
  const end = market?.end_date
  return {
    "market.liquidity": reported(market?.liquidity),
    "market.volume": volume(events),
    "market.time_to_expiry": end === undefined ? "no_end_date" as const : Math.max(0, instant(end) - at) / 1000,
    "market.current_price": price(events),
    "market.price_spread": spread(events)
  }
}
