import { feedReason, touchOf } from "./book.js"
import type { Events } from "./events.js"
import { isTrade } from "./events.js"
import type { Reason } from "./outcome.js"
import type { Rational } from "./rational.js"
import { fromMillionths, millionths, rational } from "./rational.js"

const widest = 100_000n

const fromBook = (events: Events): Rational | Reason => {
  const touch = touchOf(events)
  if (typeof touch === "string") return touch
  return touch.ask - touch.bid > widest ? "wide_spread" : rational(touch.bid + touch.ask, 2_000_000n)
}

export const currentPrice = (events: Events): Rational | Reason => {
  const unknown = feedReason(events)
  if (unknown !== undefined) return unknown
  const price = fromBook(events)
  const trade = events.filter(isTrade).at(-1)
  return typeof price === "string" && trade !== undefined ? fromMillionths(millionths(trade.price)) : price
}

/** A step of the price series: the price from `at` on. */
export interface Step {
  readonly at: number
  readonly price: Rational
}

/** Oldest first, one step an instant: the last arrival at an instant that left a price. */
export const priceSeries = (events: Events): ReadonlyArray<Step> => {
  const prices = new Map<number, Rational>()
  events.forEach((event, index) => {
    const price = currentPrice(events.slice(0, index + 1))
    if (typeof price !== "string") prices.set(event.available_at, price)
  })
  return [...prices].map(([at, price]) => ({ at, price }))
}
