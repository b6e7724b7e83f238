import { Effect, Schema } from "effect"
import * as FeatureComputer from "../features/FeatureComputer.js"
import { Reason, type ReasonCode } from "../features/Reason.js"
import * as PriceSeries from "../state/PriceSeries.js"
import { PriceHistory as Prices } from "../state/views.js"
import { standingReason } from "./offers.js"

const hourMillis = 3_600_000
const needs = ["quote", "book", "price_change", "trade"] as const

const seconds = (fallback: number) =>
  Schema.optionalWith(Schema.Int.pipe(Schema.between(1, 31 * 86_400)), { default: () => fallback })

/**
 * Statistics of the price as a step function of time, over the part of the last `window_secs` that the series covers.
 * Weighted by time and not by point, so that they do not depend on how often a feed repeats itself.
 */
export const PriceHistory = FeatureComputer.make("price_history", {
  version: "1.0",
  ttl: "10 seconds",
  parameters: Schema.Struct({ window_secs: seconds(3_600), min_coverage_secs: seconds(300) }),
  features: {
    volatility: { unit: "price/sqrt(h)", description: "root of the squared jumps per hour covered", needs },
    momentum: { unit: "price", description: "price now minus price a window ago", needs },
    mean_reversion_signal: {
      unit: "z-score",
      description: "time-weighted mean minus price, in standard deviations: positive below the mean",
      needs
    },
    price_velocity: { unit: "price/h", description: "least-squares slope of the price on time", needs }
  },
  reads: ["quote", "book", "price_change", "trade", "market_gap", "market_closed", "resolution"],
  history: ({ window_secs }) => `${window_secs} seconds`,
  bind: Effect.fnUntraced(function*(market, { min_coverage_secs, window_secs }, out) {
    const view = yield* (yield* Prices).of(market)
    const window = window_secs * 1000
    const coverage = min_coverage_secs * 1000
    const series = view.prices
    const sums = PriceSeries.makeRegisters()
    let first = -1
    const unknown = (reason: ReasonCode) => {
      out.volatility.unknown(reason)
      out.momentum.unknown(reason)
      out.mean_reversion_signal.unknown(reason)
      out.price_velocity.unknown(reason)
    }
    return (at) => {
      const standing = standingReason(view)
      if (standing !== Reason.known) return unknown(standing)
      if (Number.isNaN(series.last())) return unknown(Reason.not_enough_history)
      const from = Math.max(at - window, series.origin)
      const covered = at - from
      first = series.indexAt(from, first)

      if (at - window < series.origin) out.momentum.unknown(Reason.not_enough_history)
      else out.momentum.known((series.last() - (series.price[first] ?? NaN)) / PriceSeries.seriesUnitsPerOne)

      if (covered < coverage) {
        out.volatility.unknown(Reason.not_enough_history)
        out.mean_reversion_signal.unknown(Reason.not_enough_history)
        out.price_velocity.unknown(Reason.not_enough_history)
        return
      }
      // most windows of most markets see no change of the price: then every sum is 0, exactly
      if (first === series.length - 1) sums.fill(0)
      else series.windowOf(from, at, first, sums)
      const squared = sums[PriceSeries.squaredJumps] ?? NaN
      const area = sums[PriceSeries.deviationArea] ?? NaN
      const moment = sums[PriceSeries.slopeMoment] ?? NaN
      const spread = sums[PriceSeries.spread] ?? NaN
      out.volatility.known(Math.sqrt(squared / covered * hourMillis) / PriceSeries.seriesUnitsPerOne)
      if (spread === 0) out.mean_reversion_signal.unknown(Reason.zero_variance)
      else out.mean_reversion_signal.known(area / Math.sqrt(spread))
      // slope = 12 / T^3 * sum(p_i d_i (c_i - c)), and that sum is half of `moment`
      out.price_velocity.known(
        6 * moment / (covered * covered * covered) * hourMillis / PriceSeries.seriesUnitsPerOne
      )
    }
  })
})
