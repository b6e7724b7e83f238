/**
 * Money of a backtest is exact: an integer number of units of 1e-8 dollars. A price in millionths of a dollar times a size
 * in hundredths of a share is a number of these units, so nothing is ever rounded but the fee, and that as the venue does.
 */
const unitsPerDollar = 100_000_000

/** What a share of the outcome that happened pays, in millionths of a dollar. */
export const payout = 1_000_000

/** Hundredths to a share: the venue's smallest size. */
export const hundredthsPerShare = 100

export const toDollars = (units: number): number => units / unitsPerDollar

/** The nearest number of units to an amount in dollars. */
export const fromDollars = (dollars: number): number => Math.round(dollars * unitsPerDollar)

/** Shares as hundredths, rounded down; a millionth of a hundredth is given to what floating point lost. */
export const toHundredths = (shares: number): number => Math.floor(shares * hundredthsPerShare + 1e-6)

/** The largest fee rate taken, in millionths: up to here a fee is never more than what a sale brings in. */
export const largestFeeRate = 500_000

/** Units in the fifth decimal of a dollar, to which the venue rounds fees. */
const unitsPerFeeStep = 1_000n

/** hundredths * millionths of rate, price and its complement, in units of 1e-5 dollars */
const feeScale = 1_000_000_000_000_000n

/**
 * Taker fee in units: shares * rate * p * (1 - p), rounded to 5 decimals of a dollar, halves up. `size` in hundredths of a
 * share, `price` and `rate` in millionths. Source: the venue's fee schedule.
 */
export const takerFee = (size: number, price: number, rate: number): number => {
  if (rate === 0) return 0
  const exact = BigInt(size) * BigInt(rate) * BigInt(price) * BigInt(payout - price)
  return Number((exact + feeScale / 2n) / feeScale * unitsPerFeeStep)
}

/** The largest size, in hundredths and at most `size`, whose price and fee `cash` units can pay. */
export const affordable = (cash: number, size: number, price: number, rate: number): number => {
  const perHundredth = price + price * (payout - price) / payout * rate / payout
  // a fee may be half a step of its rounding less than its exact value; the division is out by less than one
  const estimate = Math.floor((cash + Number(unitsPerFeeStep) / 2) / perHundredth) + 1
  let most = perHundredth === 0 ? size : Math.min(size, Math.max(0, estimate))
  while (most > 0 && most * price + takerFee(most, price, rate) > cash) most--
  return most
}
