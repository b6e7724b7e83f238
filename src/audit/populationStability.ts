/** The point at which a bin ends: above everything below `at`, and above `at` itself where it is `closed`. */
interface BinEnd {
  readonly at: number
  readonly closed: boolean
}

/** Added to every bin's count: an empty bin would make the index infinite. (Jeffreys' prior, half an observation a bin.) */
const smoothing = 0.5

/** The value at share `q` of ascending values, by nearest rank. */
const quantile = (ascending: Float64Array, q: number): number =>
  ascending[Math.max(0, Math.ceil(q * ascending.length) - 1)] ?? NaN

/**
 * The deciles of ascending values as bins. A value that is several deciles at once is a bin of its own, so that of a feature
 * which stands still a move to either side is seen.
 */
const decileBins = (ascending: Float64Array): ReadonlyArray<BinEnd> => {
  const deciles = Array.from({ length: 9 }, (_, index) => quantile(ascending, (index + 1) / 10))
  return [...new Set(deciles)].flatMap((at) => {
    const isAtom = deciles.indexOf(at) !== deciles.lastIndexOf(at)
    return [...isAtom ? [{ at, closed: false }] : [], { at, closed: true }]
  })
}

const sharesIn = (bins: ReadonlyArray<BinEnd>, values: Float64Array): Float64Array => {
  const counts = new Float64Array(bins.length + 1).fill(smoothing)
  for (const value of values) {
    let bin = 0
    for (
      let end = bins[bin];
      end !== undefined && (value > end.at || (value === end.at && !end.closed));
      end = bins[bin]
    ) {
      bin++
    }
    counts[bin] = (counts[bin] ?? 0) + 1
  }
  const total = values.length + smoothing * counts.length
  return counts.map((count) => count / total)
}

export interface PopulationStability {
  /** 0 where both are distributed alike; by the usual reading a shift from 0.1 on, a large one from 0.2 on */
  readonly psi: number
  /** what one in a thousand pairs of samples of these sizes exceeds though nothing has changed */
  readonly byChance: number
}

/** Of the standard normal distribution, at 0.999. */
const z999 = 3.0902

/**
 * The population stability index of `period` against `reference`, both not empty: sum over bins of (a - e) ln(a / e), with
 * shares e of the reference and a of the period in the reference's deciles (Siddiqi 2006, Credit Risk Scorecards). Divided
 * by 1/n + 1/m, the index of two samples of one population is distributed as chi-squared with one degree of freedom less
 * than there are bins (Yurdakul and Naranjo 2020); its quantile is Wilson and Hilferty's.
 *
 * @param reference ascending
 */
export const populationStability = (reference: Float64Array, period: Float64Array): PopulationStability => {
  const bins = decileBins(reference)
  const expected = sharesIn(bins, reference)
  const actual = sharesIn(bins, period)
  let psi = 0
  for (let bin = 0; bin < expected.length; bin++) {
    const [e = 0, a = 0] = [expected[bin], actual[bin]]
    psi += (a - e) * Math.log(a / e)
  }
  const freedom = bins.length
  const chiSquared = freedom * (1 - 2 / (9 * freedom) + z999 * Math.sqrt(2 / (9 * freedom))) ** 3
  return { psi, byChance: chiSquared * (1 / reference.length + 1 / period.length) }
}
