import { Effect, Schema } from "effect"
import type { FeatureVector } from "../features/FeatureVector.js"
import { type Holding, Portfolio } from "./Portfolio.js"
import type { Order, Outcome, Signal } from "./Signal.js"
import { noSignals, type Strategy } from "./Strategy.js"

const NonNegative = Schema.Finite.pipe(Schema.nonNegative({ description: "a finite number, 0 or more" }))
const within = (least: number, most: number) =>
  Schema.Finite.pipe(Schema.between(least, most, { description: `a finite number within ${least}..${most}` }))

/** The keys of `[feature_store.strategy.mean_reversion]`. */
export const MeanReversionParameters = Schema.Struct({
  /** a decision every so many seconds */
  interval_secs: Schema.optionalWith(
    Schema.Int.pipe(Schema.between(1, 86_400, { description: "a whole number of seconds within 1..86400" })),
    { default: () => 60 }
  ),
  /** standard deviations from the mean beyond which a position is opened */
  entry_z: Schema.optionalWith(within(0, 100), { default: () => 2.5 }),
  /** standard deviations from the mean within which it is closed */
  exit_z: Schema.optionalWith(within(0, 100), { default: () => 0.5 }),
  /** price per square root of an hour: in a market that moves less, a tick is already many standard deviations */
  min_volatility: Schema.optionalWith(NonNegative, { default: () => 0.02 }),
  /** the widest spread that is paid; above 0.1 there is no mid to measure from */
  max_spread: Schema.optionalWith(within(0, 0.1), { default: () => 0.02 }),
  /** shares of an order */
  order_shares: Schema.optionalWith(within(0.01, 1_000_000), { default: () => 20 }),
  /** the most that a position of one market may cost, in dollars */
  max_market_usd: Schema.optionalWith(NonNegative, { default: () => 50 })
})

export type MeanReversionParameters = typeof MeanReversionParameters.Type

const signal = "price_history@1.0.mean_reversion_signal"
const volatility = "price_history@1.0.volatility"
const price = "market@1.0.current_price"
const spread = "market@1.0.price_spread"

/** What is read of a market, prices in millionths. */
interface Reading {
  /** (mean - price) in standard deviations of the window: positive where YES is cheap */
  readonly z: number
  readonly bid: number
  readonly ask: number
  readonly isWorthIt: boolean
}

const millionths = (value: number): number => Math.round(value * 1_000_000)

const read = (vector: FeatureVector<unknown>, parameters: MeanReversionParameters): Reading | undefined => {
  const z = vector.present(signal)
  const mid = vector.present(price)
  const width = vector.present(spread)
  const moves = vector.present(volatility)
  if (typeof z !== "number" || typeof mid !== "number" || typeof width !== "number" || typeof moves !== "number") {
    return undefined
  }
  // the price is the middle of the spread only where that is narrow enough
  if (width > 0.1) return undefined
  return {
    z,
    bid: millionths(mid - width / 2),
    ask: millionths(mid + width / 2),
    isWorthIt: moves >= parameters.min_volatility && width <= parameters.max_spread
  }
}

const sell = (outcome: Outcome, size: number, limit: number): ReadonlyArray<Signal> => [
  { kind: "order", action: "sell", outcome, size, limit } satisfies Order
]

/** Hundredths of a share for an order, within what a position may cost. */
const entrySize = (limit: number, { max_market_usd, order_shares }: MeanReversionParameters): number =>
  Math.floor(100 * Math.min(order_shares, limit === 0 ? order_shares : max_market_usd / (limit / 1_000_000)))

const buy = (outcome: Outcome, limit: number, parameters: MeanReversionParameters): ReadonlyArray<Signal> => {
  const size = entrySize(limit, parameters)
  return size === 0 ? [] : [{ kind: "order", action: "buy", outcome, size, limit } satisfies Order]
}

/** The rule: at most one position a market, opened far from the mean and closed near it, at the touch or not at all. */
const signalsOf = (
  { ask, bid, isWorthIt, z }: Reading,
  { exposure, no, yes }: Holding,
  parameters: MeanReversionParameters
): ReadonlyArray<Signal> => {
  if (yes > 0 && z <= parameters.exit_z) return sell("yes", yes, bid)
  if (no > 0 && z >= -parameters.exit_z) return sell("no", no, 1_000_000 - ask)
  if (exposure > 0 || !isWorthIt) return []
  if (z >= parameters.entry_z) return buy("yes", ask, parameters)
  return z <= -parameters.entry_z ? buy("no", 1_000_000 - bid, parameters) : []
}

/**
 * Bets that a price returns to its mean. z is `mean_reversion_signal`: the time-weighted mean of the window less the price,
 * in standard deviations.
 * - z >= entry_z: YES is cheap, buy YES at the ask; z <= -entry_z: NO is cheap, buy NO at one dollar less the bid. Only with
 *   nothing held of the market and no order under way, a volatility of at least min_volatility and a spread of at most
 *   max_spread.
 * - YES held and z <= exit_z, or NO held and z >= -exit_z: sell all of it at the bid of its own book.
 * - z unknown (too little history, no movement, a gap, a market that has closed) or a spread above 0.1: nothing.
 */
export const meanReversion = (parameters: MeanReversionParameters): Strategy<never, Portfolio> => ({
  name: "mean-reversion",
  version: "1.0",
  features: [signal, volatility, price, spread],
  intervalMillis: parameters.interval_secs * 1000,
  decide: (vector) => {
    const reading = read(vector, parameters)
    if (reading === undefined) return noSignals
    return Effect.flatMap(
      Portfolio,
      (portfolio) => Effect.map(portfolio.holding(vector.market), (held) => signalsOf(reading, held, parameters))
    )
  }
})
