import type { Columns } from "./columns.js"
import { minCoverageHours, noVariance } from "./featureQueries.js"
import { opening } from "./generate.js"

const hour = 3_600_000

/** Running sums of a market's price series up to each of its points, in plain float64. */
interface Series {
  /** hours since the opening */
  readonly since: Float64Array
  readonly price: Float64Array
  readonly jumps: Float64Array
  readonly area: Float64Array
  readonly square: Float64Array
  readonly moment: Float64Array
  readonly points: number
}

const seriesOf = (at: Float64Array, bid: Float64Array, ask: Float64Array): Series => {
  const column = () => new Float64Array(at.length)
  const [since, price, jumps, area, square, moment] = [column(), column(), column(), column(), column(), column()]
  let points = 0
  for (let row = 0; row < at.length; row++) {
    const [low, high] = [bid[row] ?? NaN, ask[row] ?? NaN]
    if (!(high - low <= 0.1)) continue
    const now = ((at[row] ?? NaN) - opening) / hour
    const value = (low + high) / 2
    since[points] = now
    price[points] = value
    if (points > 0) {
      const [then, before] = [since[points - 1] ?? NaN, price[points - 1] ?? NaN]
      jumps[points] = (jumps[points - 1] ?? 0) + (value - before) ** 2
      area[points] = (area[points - 1] ?? 0) + before * (now - then)
      square[points] = (square[points - 1] ?? 0) + before * before * (now - then)
      moment[points] = (moment[points - 1] ?? 0) + before * (now - then) * (now + then) / 2
    }
    points++
  }
  return { since, price, jumps, area, square, moment, points }
}

/** The statistics of the hour up to `now`, where the newest point is `last` and the newest of an hour ago `old` or -1. */
const statistics = (series: Series, now: number, last: number, old: number, out: Columns, row: number): void => {
  const { area, jumps, moment, price, since, square } = series
  const start = old < 0 ? since[0] ?? NaN : now - 1
  const from = Math.max(old, 0)
  const [p, x, q, y] = [price[last] ?? NaN, since[last] ?? NaN, price[from] ?? NaN, since[from] ?? NaN]
  const covered = now - start
  const sum = (area[last] ?? 0) + p * (now - x) - (area[from] ?? 0) - q * (start - y)
  const squares = (square[last] ?? 0) + p * p * (now - x) - (square[from] ?? 0) - q * q * (start - y)
  const moments = (moment[last] ?? 0) + p * (now - x) * (now + x) / 2 - (moment[from] ?? 0) -
    q * (start - y) * (start + y) / 2
  const mean = sum / covered
  const variance = squares / covered - mean * mean
  const known = covered >= minCoverageHours
  const [, , volatility, momentum, reversion, velocity] = out
  if (momentum !== undefined) momentum[row] = old < 0 ? NaN : p - q
  if (!known || volatility === undefined || reversion === undefined || velocity === undefined) return
  volatility[row] = Math.sqrt(((jumps[last] ?? 0) - (jumps[from] ?? 0)) / covered)
  reversion[row] = variance > noVariance ? (mean - p) / Math.sqrt(variance) : NaN
  velocity[row] = 12 / covered ** 3 * (moments - (now + start) / 2 * sum)
}

/**
 * The shared features of sorted quotes on a grid, by running sums in bare loops: no exactness, no reasons, no ages. The
 * limit that materialising is held against.
 */
export const bareFeatures = (quotes: Columns, markets: number, from: number, rows: number, everyMillis: number) => {
  const [, at = new Float64Array(0), bid = at, ask = at] = quotes
  const perMarket = at.length / markets
  const out = Array.from({ length: 6 }, () => new Float64Array(markets * rows).fill(NaN))
  const [current, spread] = out
  for (let market = 0; market < markets; market++) {
    const own = (column: Float64Array) => column.subarray(market * perMarket, (market + 1) * perMarket)
    const [times, bids, asks] = [own(at), own(bid), own(ask)]
    const series = seriesOf(times, bids, asks)
    let [newest, last, old] = [-1, -1, -1]
    for (let i = 0; i < rows; i++) {
      const row = market * rows + i
      const instant = from + i * everyMillis
      while ((times[newest + 1] ?? Infinity) <= instant) newest++
      const width = (asks[newest] ?? NaN) - (bids[newest] ?? NaN)
      if (spread !== undefined) spread[row] = width
      if (current !== undefined && width <= 0.1) current[row] = ((bids[newest] ?? NaN) + (asks[newest] ?? NaN)) / 2
      const now = (instant - opening) / hour
      while (last + 1 < series.points && (series.since[last + 1] ?? Infinity) <= now) last++
      while (old + 1 < series.points && (series.since[old + 1] ?? Infinity) <= now - 1) old++
      if (last >= 0) statistics(series, now, last, old, out, row)
    }
  }
  return out
}
