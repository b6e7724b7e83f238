import { lastAtOrBefore } from "./bisect.js"
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

/** A market's quotes, and the running sums over them. */
export interface BareMarket {
  readonly at: Float64Array
  readonly bid: Float64Array
  readonly ask: Float64Array
  readonly series: Series
}

/** Sorted quotes of as many each, market by market. */
export const bareMarkets = (quotes: Columns, markets: number): ReadonlyArray<BareMarket> => {
  const [, at = new Float64Array(0), bid = at, ask = at] = quotes
  const perMarket = at.length / markets
  return Array.from({ length: markets }, (_, market) => {
    const own = (column: Float64Array) => column.subarray(market * perMarket, (market + 1) * perMarket)
    const columns = { at: own(at), bid: own(bid), ask: own(ask) }
    return { ...columns, series: seriesOf(columns.at, columns.bid, columns.ask) }
  })
}

/** Where an answer looks: the newest quote, the newest point of the series, and the newest of an hour before; -1 for none. */
export interface Places {
  newest: number
  last: number
  old: number
}

/** Writes the shared features as of an instant, in plain float64: no exactness, no reasons, no ages. */
export const bareAnswer = (market: BareMarket, instant: number, places: Places, out: Columns, row: number): void => {
  const { last, newest, old } = places
  const [bid, ask] = [market.bid[newest] ?? NaN, market.ask[newest] ?? NaN]
  const [current, spread] = out
  if (spread !== undefined) spread[row] = ask - bid
  if (current !== undefined && ask - bid <= 0.1) current[row] = (bid + ask) / 2
  if (last >= 0) statistics(market.series, (instant - opening) / hour, last, old, out, row)
}

/** Moves on to a later instant. */
export const bareAdvance = ({ at, series }: BareMarket, instant: number, places: Places): void => {
  const now = (instant - opening) / hour
  while ((at[places.newest + 1] ?? Infinity) <= instant) places.newest++
  while (places.last + 1 < series.points && (series.since[places.last + 1] ?? Infinity) <= now) places.last++
  while (places.old + 1 < series.points && (series.since[places.old + 1] ?? Infinity) <= now - 1) places.old++
}

const unknownColumns = (rows: number) => Array.from({ length: 6 }, () => new Float64Array(rows).fill(NaN))

/** The shared features of every market on a grid: the limit that materialising is held against. */
export const bareGrid = (
  quotes: Columns,
  markets: number,
  from: number,
  rows: number,
  everyMillis: number
): Columns => {
  const out = unknownColumns(markets * rows)
  for (const [index, market] of bareMarkets(quotes, markets).entries()) {
    const places = { newest: -1, last: -1, old: -1 }
    for (let i = 0; i < rows; i++) {
      bareAdvance(market, from + i * everyMillis, places)
      bareAnswer(market, from + i * everyMillis, places, out, index * rows + i)
    }
  }
  return out
}

/** The shared features of rows in any order. */
export const bareRows = (quotes: Columns, markets: number, market: ArrayLike<number>, asked: Float64Array): Columns => {
  const out = unknownColumns(asked.length)
  const all = bareMarkets(quotes, markets)
  for (let row = 0; row < asked.length; row++) {
    const own = all[market[row] ?? -1]
    const instant = asked[row] ?? NaN
    if (own === undefined) continue
    const now = (instant - opening) / hour
    const { points, since } = own.series
    const places = {
      newest: lastAtOrBefore(own.at, 0, own.at.length, instant),
      last: lastAtOrBefore(since, 0, points, now),
      old: lastAtOrBefore(since, 0, points, now - 1)
    }
    bareAnswer(own, instant, places, out, row)
  }
  return out
}
