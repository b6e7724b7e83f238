/** Something measured at an instant, in ms. */
interface Measured {
  readonly at: number
  readonly value: number
}

const hour = 3_600_000

/** The slope of a least-squares line, an hour, and its standard error. */
const slope = (samples: ReadonlyArray<Measured>) => {
  const mean = (of: (sample: Measured) => number) => samples.reduce((sum, one) => sum + of(one), 0) / samples.length
  const [meanAt, meanValue] = [mean(({ at }) => at), mean(({ value }) => value)]
  const spread = samples.reduce((sum, { at }) => sum + (at - meanAt) ** 2, 0)
  const growth = samples.reduce((sum, { at, value }) => sum + (at - meanAt) * (value - meanValue), 0) / spread
  const residual = samples.reduce((sum, { at, value }) => sum + (value - meanValue - growth * (at - meanAt)) ** 2, 0)
  return { growth: growth * hour, error: Math.sqrt(residual / Math.max(1, samples.length - 2) / spread) * hour }
}

/** A store takes a step of some MB now and then, when a table doubles: that is in one part, and a leak is in all. */
const parts = 5

/** So many standard errors: what is measured one after the other is less independent than they suppose. */
const sigmas = 4

const ordered = (values: ReadonlyArray<number>) => [...values].sort((a, b) => a - b)

/** How fast something grows an hour: on the median of its parts in time, and at least in all of them but one. */
export const growthOf = (samples: ReadonlyArray<Measured>) => {
  const slopes = Array.from(
    { length: parts },
    (_, i) => slope(samples.slice(samples.length * i / parts, samples.length * (i + 1) / parts))
  )
  const median = (of: (one: typeof slopes[number]) => number) => ordered(slopes.map(of))[Math.floor(parts / 2)] ?? NaN
  return {
    growth: median(({ growth }) => growth),
    error: median(({ error }) => error),
    atLeast: ordered(slopes.map(({ error, growth }) => growth - sigmas * error))[1] ?? NaN
  }
}
