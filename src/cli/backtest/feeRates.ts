import { Either } from "effect"
import type { BacktestSettings } from "../../backtest/settings.js"
import type { MarketId } from "../../domain/MarketId.js"
import { showValue } from "../../domain/problems.js"
import { UsageRefused } from "../UsageRefused.js"
import { globOf } from "../values.js"

/** The fee rate of the first glob that matches a market. */
export const feeRatesOf = ({ feeRates }: BacktestSettings) =>
  Either.map(
    Either.all(
      Object.entries(feeRates).map(([glob, rate]) =>
        Either.mapBoth(globOf(glob), {
          onLeft: ({ hint }) =>
            new UsageRefused({ problem: `[feature_store.backtest.fee_rates]: no glob: ${showValue(glob)}`, hint }),
          onRight: (matches) => ({ matches, rate })
        })
      )
    ),
    (rates) => (market: MarketId) => rates.find(({ matches }) => matches(market))?.rate
  )
