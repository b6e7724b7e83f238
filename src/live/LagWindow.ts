/** Upper bounds of the buckets in ms, each a tenth above the one before: quantiles are good to a tenth. */
const bounds = Float64Array.from({ length: 130 }, (_, i) => Math.round(1.1 ** i * 10) / 10)

const bucketOf = (millis: number): number => {
  let low = 0
  let high = bounds.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((bounds[middle] ?? Infinity) < millis) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * How late events are known, over the newest one to two windows of time: a histogram that costs nothing per event but an
 * increment. Lags are in ms; one below 1, as of a venue whose clock is ahead of ours, counts as 1.
 */
export class LagWindow {
  readonly #windowMillis: number
  #current = new Float64Array(bounds.length)
  #previous = new Float64Array(bounds.length)
  #since = -Infinity

  constructor(windowMillis: number) {
    this.#windowMillis = windowMillis
  }

  /** `now` is the time by which windows pass, in ms. */
  observe(lagMillis: number, now: number): void {
    this.#pass(now)
    const bucket = bucketOf(lagMillis)
    this.#current[bucket] = (this.#current[bucket] ?? 0) + 1
  }

  /** The lag that a share of the events does not exceed, in ms; NaN where there was no event lately. */
  quantile(share: number, now: number): number {
    this.#pass(now)
    let total = 0
    for (let i = 0; i < bounds.length; i++) total += this.#count(i)
    if (total === 0) return NaN
    let seen = 0
    for (let i = 0; i < bounds.length; i++) {
      seen += this.#count(i)
      if (seen >= share * total) return bounds[i] ?? NaN
    }
    return bounds.at(-1) ?? NaN
  }

  #count(bucket: number): number {
    return (this.#current[bucket] ?? 0) + (this.#previous[bucket] ?? 0)
  }

  #pass(now: number): void {
    const passed = now - this.#since
    if (passed < this.#windowMillis) return
    const spare = this.#previous
    this.#previous = passed < 2 * this.#windowMillis ? this.#current : spare.fill(0)
    this.#current = this.#previous === spare ? this.#current.fill(0) : spare.fill(0)
    this.#since = now
  }
}
