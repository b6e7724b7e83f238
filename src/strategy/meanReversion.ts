import { Effect, Schema } from "effect"
import type { FeatureVector } from "../features/FeatureVector.js"
import { type Holding, Portfolio } from "./Portfolio.js"
import type { Order, Outcome, Signal } from "./Signal.js"
import { noSignals, type Strategy } from "./Strategy.js"

const within = (least: number, most: number) =>
  Schema.Finite.pipe(Schema.between(least, most, { description: `a finite number within ${least}..${most}` }))
const setting = <A, I>(key: string, schema: Schema.Schema<A, I>, fallback: A) =>
  Schema.optionalWith(schema, { exact: true, default: () => fallback }).pipe(Schema.fromKey(key))

/** The keys of `[feature_store.strategy.mean_reversion]`. */
export const MeanReversionSettings = Schema.Struct({
  /** seconds between two decisions on a market */
  intervalSecs: setting(
    "interval_secs",
    Schema.Int.pipe(Schema.between(1, 86_400, { description: "a whole number of seconds within 1..86400" })),
    60
  ),
  /** standard deviations from the mean beyond which a position is opened, and within which it is closed */
  entryZ: setting("entry_z", within(0, 100), 2.5),
  exitZ: setting("exit_z", within(0, 100), 0.5),
  /** price per square root of an hour: in a market that moves less, a tick is already many standard deviations */
  minVolatility: setting("min_volatility", within(0, 100), 0.02),
  /** the widest spread that is paid; above 0.1 there is no mid to measure from */
  maxSpread: setting("max_spread", within(0, 0.1), 0.02),
  /** shares of an order */
  orderShares: setting("order_shares", within(0.01, 1_000_000), 20),
  /** dollars: the most that a position of one market may cost */
  maxMarketUsd: setting("max_market_usd", within(0, 1_000_000), 50)
})
export type MeanReversionSettings = typeof MeanReversionSettings.Type

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

const read = (vector: FeatureVector<unknown>, settings: MeanReversionSettings): Reading | undefined => {
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
    isWorthIt: moves >= settings.minVolatility && width <= settings.maxSpread
  }
}

const sell = (outcome: Outcome, size: number, limit: number): ReadonlyArray<Signal> => [
  { kind: "order", action: "sell", outcome, size, limit } satisfies Order
]

/** Hundredths of a share for an order, within what a position may cost. */
const entrySize = (limit: number, { maxMarketUsd, orderShares }: MeanReversionSettings): number =>
  Math.floor(100 * Math.min(orderShares, limit === 0 ? orderShares : maxMarketUsd / (limit / 1_000_000)))

const buy = (outcome: Outcome, limit: number, settings: MeanReversionSettings): ReadonlyArray<Signal> => {
  const size = entrySize(limit, settings)
  return size === 0 ? [] : [{ kind: "order", action: "buy", outcome, size, limit } satisfies Order]
}

/** The rule: at most one position a market, opened far from the mean and closed near it, at the touch or not at all. */
const signalsOf = (
  { ask, bid, isWorthIt, z }: Reading,
  { exposure, no, yes }: Holding,
  settings: MeanReversionSettings
): ReadonlyArray<Signal> => {
  if (yes > 0 && z <= settings.exitZ) return sell("yes", yes, bid)
  if (no > 0 && z >= -settings.exitZ) return sell("no", no, 1_000_000 - ask)
  if (exposure > 0 || !isWorthIt) return []
  if (z >= settings.entryZ) return buy("yes", ask, settings)
  return z <= -settings.entryZ ? buy("no", 1_000_000 - bid, settings) : []
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
export const meanReversion = (settings: MeanReversionSettings): Strategy<never, Portfolio> => ({
  name: "mean-reversion",
  version: "1.0",
  features: [signal, volatility, price, spread],
  intervalMillis: settings.intervalSecs * 1000,
  decide: (vector) => {
    const reading = read(vector, settings)
    if (reading === undefined) return noSignals
    return Effect.flatMap(
      Portfolio,
      (portfolio) => Effect.map(portfolio.holding(vector.market), (held) => signalsOf(reading, held, settings))
    )
  }
})
