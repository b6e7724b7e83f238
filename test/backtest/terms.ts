import type { AccountTerms } from "../../src/backtest/Account.js"
import { fromDollars, toHundredths } from "../../src/backtest/money.js"

/** Terms to trade on: 1,000 dollars, half a second, no fee, 100 shares at a quote, no limits. */
export const termsOf = (terms: Partial<AccountTerms> = {}): AccountTerms => ({
  cash: fromDollars(1_000),
  latencyMillis: 500,
  feeRateOf: () => 0,
  quoteSize: toHundredths(100),
  maxMarketCost: Infinity,
  maxTotalCost: Infinity,
  ...terms
})
