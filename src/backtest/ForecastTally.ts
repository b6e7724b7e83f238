/** Probabilities are clipped to this far from 0 and 1 before their logarithm is taken, so that one miss is not infinite. */
const logClip = 1e-6

/** Bins of equal width over [0, 1]; the last one holds 1. */
export const calibrationBins = 10

/** Sums of errors over forecasts, for either outcome: which one it was is known later, and then no forecast is needed. */
export class ErrorSums {
  count = 0
  /** squared errors if the outcome is 0, and if it is 1 */
  squaredNo = 0
  squaredYes = 0
  /** negated logarithms of the probability given to what happened, likewise */
  logNo = 0
  logYes = 0

  add(probability: number): void {
    const clipped = Math.min(1 - logClip, Math.max(logClip, probability))
    this.count++
    this.squaredNo += probability * probability
    this.squaredYes += (1 - probability) * (1 - probability)
    this.logNo -= Math.log1p(-clipped)
    this.logYes -= Math.log(clipped)
  }

  /** Sum of squared errors; for an outcome o between 0 and 1, (p - o)^2 = (1 - o) p^2 + o (1 - p)^2 - o (1 - o). */
  squared(outcome: number): number {
    return (1 - outcome) * this.squaredNo + outcome * this.squaredYes - this.count * outcome * (1 - outcome)
  }

  /** Sum of log losses, the cross entropy with an outcome between 0 and 1, in nats. */
  log(outcome: number): number {
    return (1 - outcome) * this.logNo + outcome * this.logYes
  }
}

/** All that scoring needs of the forecasts of one market, in memory that does not grow with their number. */
export class ForecastTally {
  readonly all = new ErrorSums()
  /** the forecasts made while the market had a price, and that price as a forecast of its own */
  readonly paired = new ErrorSums()
  readonly price = new ErrorSums()
  readonly binCount = new Float64Array(calibrationBins)
  readonly binSum = new Float64Array(calibrationBins)

  /** @param marketPrice at the instant of the forecast, in [0, 1]; NaN where the market had none */
  add(probability: number, marketPrice: number): void {
    this.all.add(probability)
    const bin = Math.min(calibrationBins - 1, Math.floor(probability * calibrationBins))
    this.binCount[bin] = (this.binCount[bin] ?? 0) + 1
    this.binSum[bin] = (this.binSum[bin] ?? 0) + probability
    if (Number.isNaN(marketPrice)) return
    this.paired.add(probability)
    this.price.add(marketPrice)
  }
}
