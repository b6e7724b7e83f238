import type { Instant } from "../domain/Instant.js"

export interface EquityPoint {
  readonly at: Instant
  /** units of 1e-8 dollars */
  readonly equity: number
  readonly cash: number
  /** what is held, at cost */
  readonly exposure: number
}

/** The largest fall from a peak. */
export interface Drawdown {
  /** units */
  readonly amount: number
  /** part of the peak, in [0, 1] and beyond where equity falls below zero */
  readonly fraction: number
  readonly peakAt: Instant
  readonly troughAt: Instant
}

/** Points that are kept; when there are twice as many, every other one is let go. */
const keptPoints = 1_000

/**
 * Equity at every decision instant: its worst drawdown and its exposure over all of them, and a curve of at most 2,000
 * evenly spaced points, however long the run.
 */
export class EquityCurve {
  #points: Array<EquityPoint> = []
  #every = 1
  #seen = 0
  #newest: EquityPoint | undefined
  #peak: EquityPoint | undefined
  #worst: Drawdown | undefined
  #exposureSum = 0
  #mostExposure = 0

  observe(point: EquityPoint): void {
    if (this.#seen % this.#every === 0) this.#keep(point)
    this.#seen++
    this.#newest = point
    this.#exposureSum += point.exposure
    if (point.exposure > this.#mostExposure) this.#mostExposure = point.exposure
    if (this.#peak === undefined || point.equity > this.#peak.equity) this.#peak = point
    const amount = this.#peak.equity - point.equity
    if (amount <= (this.#worst?.amount ?? 0)) return
    this.#worst = { amount, fraction: amount / this.#peak.equity, peakAt: this.#peak.at, troughAt: point.at }
  }

  #keep(point: EquityPoint): void {
    this.#points.push(point)
    if (this.#points.length < 2 * keptPoints) return
    this.#points = this.#points.filter((_, index) => index % 2 === 0)
    this.#every *= 2
  }

  /** Evenly spaced points, and the newest one. */
  points(): ReadonlyArray<EquityPoint> {
    const newest = this.#newest
    return newest === undefined || this.#points.at(-1) === newest ? this.#points : [...this.#points, newest]
  }

  /** `undefined` where equity never fell. */
  drawdown(): Drawdown | undefined {
    return this.#worst
  }

  /** units, over all instants */
  exposure(): { readonly mean: number; readonly most: number } {
    return { mean: this.#seen === 0 ? 0 : this.#exposureSum / this.#seen, most: this.#mostExposure }
  }
}
