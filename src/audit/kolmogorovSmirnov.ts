export interface KolmogorovSmirnov {
  /** the largest distance between the two empirical distribution functions */
  readonly statistic: number
  /** how often two samples of one population are at least as far apart, were the values independent of each other */
  readonly p_value: number
}

/** Kolmogorov's distribution, Q(x) = 2 sum over j >= 1 of (-1)^(j-1) exp(-2 j^2 x^2): what lies beyond x. */
const beyond = (x: number): number => {
  // the series does not come to an end there, and its limit is 1 in every digit
  if (x < 0.2) return 1
  let sum = 0
  for (let j = 1; j <= 100; j++) {
    const term = Math.exp(-2 * j * j * x * x)
    sum += j % 2 === 1 ? term : -term
    if (term < 1e-16) break
  }
  return Math.min(1, Math.max(0, 2 * sum))
}

/**
 * The two-sample Kolmogorov-Smirnov test of ascending values, none empty, with Stephens' (1970) correction of the asymptotic
 * p-value for small samples, as in Press et al., Numerical Recipes. Features on a time grid are not independent, so that
 * small p-values are common: the statistic says how far apart, the p-value that it is not a matter of sample size.
 */
export const kolmogorovSmirnov = (a: Float64Array, b: Float64Array): KolmogorovSmirnov => {
  let [i, j, statistic] = [0, 0, 0]
  while (i < a.length && j < b.length) {
    const value = Math.min(a[i] ?? 0, b[j] ?? 0)
    while (i < a.length && a[i] === value) i++
    while (j < b.length && b[j] === value) j++
    statistic = Math.max(statistic, Math.abs(i / a.length - j / b.length))
  }
  const effective = Math.sqrt(a.length * b.length / (a.length + b.length))
  return { statistic, p_value: beyond((effective + 0.12 + 0.11 / effective) * statistic) }
}
