import { Schema } from "effect"
import type { MarketId } from "../domain/MarketId.js"
import type { AccountTerms } from "./Account.js"
import { fromDollars, largestFeeRate, payout, toHundredths } from "./money.js"

const within = (least: number, most: number, unit: string) =>
  Schema.Finite.pipe(Schema.between(least, most, { description: `${unit} within ${least}..${most}` }))
const setting = <A, I>(key: string, schema: Schema.Schema<A, I>, fallback: A) =>
  Schema.optionalWith(schema, { exact: true, default: () => fallback }).pipe(Schema.fromKey(key))
const limit = (key: string) =>
  Schema.optionalWith(within(0, 10_000_000, "dollars"), { exact: true }).pipe(Schema.fromKey(key))

const FeeRate = within(0, largestFeeRate / payout, "a fee rate")

/** The keys of `[feature_store.backtest]`. */
export const BacktestSettings = Schema.Struct({
  /** dollars */
  cash: setting("cash", within(0, 10_000_000, "dollars"), 10_000),
  latencyMillis: setting(
    "latency_ms",
    Schema.Int.pipe(Schema.between(0, 86_400_000, { description: "whole milliseconds within 0..86400000" })),
    500
  ),
  /** of markets that have none of their own: an assumption on the safe side, the log knows no fees */
  feeRate: setting("fee_rate", FeeRate, 0.05),
  /** by a glob over market ids; the first that matches counts */
  feeRates: setting(
    "fee_rates",
    Schema.Record({
      key: Schema.NonEmptyString.annotations({ description: "a market id, or a glob over market ids" }),
      value: FeeRate
    }),
    {}
  ),
  /** shares assumed at the best prices of a quote, which shows no sizes */
  quoteShares: setting("quote_shares", within(0, 1_000_000, "shares"), 100),
  /** dollars that what is held may have cost: of one market, and of all; no limit where absent */
  maxMarketUsd: limit("max_market_usd"),
  maxTotalUsd: limit("max_total_usd")
})
export type BacktestSettings = typeof BacktestSettings.Type

/** The settings as an account takes them; `feeRateOf` gives a market's own rate where it has one. */
export const termsOf = (
  settings: BacktestSettings,
  feeRateOf: (market: MarketId) => number | undefined
): AccountTerms => ({
  cash: fromDollars(settings.cash),
  latencyMillis: settings.latencyMillis,
  feeRateOf: (market) => Math.round((feeRateOf(market) ?? settings.feeRate) * payout),
  quoteSize: toHundredths(settings.quoteShares),
  maxMarketCost: settings.maxMarketUsd === undefined ? Infinity : fromDollars(settings.maxMarketUsd),
  maxTotalCost: settings.maxTotalUsd === undefined ? Infinity : fromDollars(settings.maxTotalUsd)
})
