import { Record } from "effect"
import type { Events, NaiveEvent } from "./events.js"
import * as Event from "./events.js"
import { marketFeatures, reportsVolume } from "./market.js"
import { orderbookFeatures } from "./orderbook.js"
import type { NaiveParameters, Outcome, Reason } from "./outcome.js"
import { defaultParameters } from "./outcome.js"
import { priceHistoryFeatures } from "./priceHistory.js"
import { sentimentFeatures } from "./sentiment.js"
import { temporalFeatures } from "./temporal.js"

export type { EventBody, NaiveEvent } from "./events.js"
export { defaultParameters } from "./outcome.js"
export type { NaiveParameters, Reason } from "./outcome.js"

export interface NaiveAnswer {
  readonly value: number | null
  readonly reason: Reason | null
  readonly status: "PRESENT" | "STALE" | "NULL" | "MISSING"
  readonly ageMs: number | null
}

export interface NaiveOptions {
  /** The highest sequence visible, inclusive. */
  readonly upTo?: number
  readonly parameters?: NaiveParameters
  readonly stopWords?: ReadonlySet<string>
}

type Kinds = (event: NaiveEvent) => boolean

const anyOf = (...kinds: ReadonlyArray<Kinds>): Kinds => (event) => kinds.some((isKind) => isKind(event))

const prices = anyOf(Event.isBookOrQuote, Event.isPriceChange)
const pricesAndTrades = anyOf(prices, Event.isTrade)
const bookFeed = anyOf(prices, Event.isFeedGap, Event.isClosing)
const priceFeed = anyOf(bookFeed, Event.isTrade)

/** What each group reads: its newest event gives the age. */
const reads = {
  market: anyOf(Event.isMarket, priceFeed),
  orderbook: bookFeed,
  price_history: priceFeed,
  sentiment: anyOf(Event.isMarket, Event.isNews, Event.isSourceGap),
  temporal: Event.isMarket
}

type Group = keyof typeof reads

/** Each feature's group, and the events that make it fresh: without one it never goes stale. */
const features = {
  "market.liquidity": ["market", Event.isMarket],
  "market.volume": ["market", reportsVolume],
  "market.time_to_expiry": ["market", Event.isMarket],
  "market.current_price": ["market", pricesAndTrades],
  "market.price_spread": ["market", prices],
  "orderbook.bid_depth": ["orderbook", prices],
  "orderbook.ask_depth": ["orderbook", prices],
  "orderbook.imbalance_ratio": ["orderbook", prices],
  "orderbook.microprice": ["orderbook", prices],
  "orderbook.weighted_mid": ["orderbook", prices],
  "sentiment.sentiment_score": ["sentiment", Event.isNews],
  "sentiment.keyword_count": ["sentiment", Event.isNews],
  "sentiment.source_diversity": ["sentiment", Event.isNews],
  "temporal.hour_of_day": ["clock"],
  "temporal.day_of_week": ["clock"],
  "temporal.time_to_resolution": ["temporal", Event.isMarket],
  "temporal.market_age": ["temporal", Event.isMarket],
  "price_history.volatility": ["price_history", pricesAndTrades],
  "price_history.momentum": ["price_history", pricesAndTrades],
  "price_history.mean_reversion_signal": ["price_history", pricesAndTrades],
  "price_history.price_velocity": ["price_history", pricesAndTrades]
} as const satisfies { readonly [name: string]: readonly ["clock"] | readonly [Group, Kinds] }

export type FeatureName = keyof typeof features

const ageOf = (events: Events, kinds: Kinds, at: number) => {
  const newest = events.filter(kinds).at(-1)
  return newest === undefined ? null : at - newest.available_at
}

const answer = (outcome: Outcome, isStale: boolean, ageMs: number | null): NaiveAnswer =>
  typeof outcome === "string"
    ? { value: null, reason: outcome, status: "NULL", ageMs }
    // Adding 0 turns -0 into 0.
    : { value: outcome + 0, reason: null, status: isStale ? "STALE" : "PRESENT", ageMs }

/** All features of the market at `at`, from nothing but the events. */
export const naiveFeatures = (
  events: Events,
  market: string,
  at: number,
  { parameters = defaultParameters, stopWords = new Set(), upTo = Infinity }: NaiveOptions = {}
): { readonly [name in FeatureName]: NaiveAnswer } => {
  const seen = Event.visible(events, market, at, upTo)
  const outcomes: { readonly [name in FeatureName]: Outcome } = {
    ...marketFeatures(seen, at),
    ...orderbookFeatures(seen, parameters.orderbook),
    ...sentimentFeatures(seen, at, parameters.sentiment, stopWords),
    ...temporalFeatures(seen, at),
    ...priceHistoryFeatures(seen, at, parameters.price_history)
  }
  return Record.map(outcomes, (outcome, name): NaiveAnswer => {
    const [group, needs] = features[name]
    if (group === "clock") return answer(outcome, false, 0)
    if (seen.length === 0) return { value: null, reason: "no_market", status: "MISSING", ageMs: null }
    const maxAgeMs = (parameters.maxAgeSecs?.[group] ?? Infinity) * 1000
    return answer(outcome, (ageOf(seen, needs, at) ?? 0) > maxAgeMs, ageOf(seen, reads[group], at))
  })
}
