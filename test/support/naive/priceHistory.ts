import { feedReason } from "./book.js"
import type { Events } from "./events.js"
import type { NaiveParameters, Outcome } from "./outcome.js"
import type { Step } from "./prices.js"
import { priceSeries } from "./prices.js"
import type { Rational } from "./rational.js"
import { add, divide, multiply, rational, square, subtract, sum, toNumber } from "./rational.js"

type Series = ReadonlyArray<Step>

interface Segment {
  readonly price: Rational
  readonly length: Rational
  readonly middle: Rational
}

const hours = (ms: number) => rational(BigInt(ms), 3_600_000n)

const mean = (values: ReadonlyArray<Rational>, lengths: ReadonlyArray<Rational>) =>
  divide(sum(values.map((value, i) => multiply(value, lengths[i] ?? rational(0n)))), sum(lengths))

const priceAt = (series: Series, at: number): Rational => {
  const step = series.filter((each) => each.at <= at).at(-1)
  if (step === undefined) throw new Error("asked for a price before the series began")
  return step.price
}

/** The step function over [from, to]; times in hours. */
const segmentsOf = (series: Series, from: number, to: number): ReadonlyArray<Segment> => {
  const starts = [from, ...series.map(({ at }) => at).filter((at) => at > from && at <= to)]
  return starts.map((start, i) => {
    const end = starts[i + 1] ?? to
    return {
      price: priceAt(series, start),
      length: hours(end - start),
      middle: divide(add(hours(start), hours(end)), rational(2n))
    }
  })
}

const volatility = (segments: ReadonlyArray<Segment>, covered: Rational) => {
  const squares = segments.slice(1).map(({ price }, i) => square(subtract(price, segments[i]?.price ?? price)))
  return Math.sqrt(toNumber(divide(sum(squares), covered)))
}

const reversion = (segments: ReadonlyArray<Segment>, now: Rational): Outcome => {
  const prices = segments.map(({ price }) => price)
  const lengths = segments.map(({ length }) => length)
  const m = mean(prices, lengths)
  const variance = mean(prices.map((price) => square(subtract(price, m))), lengths)
  if (variance.numerator === 0n) return "zero_variance"
  const distance = subtract(m, now)
  // The root comes last: z is rounded from z^2, which is exact.
  const z = Math.sqrt(toNumber(divide(square(distance), variance)))
  return distance.numerator < 0n ? -z : z
}

const velocity = (segments: ReadonlyArray<Segment>, covered: Rational, middle: Rational) => {
  const moments = segments.map((s) => multiply(multiply(s.price, s.length), subtract(s.middle, middle)))
  return toNumber(multiply(divide(rational(12n), multiply(covered, square(covered))), sum(moments)))
}

export const priceHistoryFeatures = (events: Events, at: number, parameters: NaiveParameters["price_history"]) => {
  const window = parameters.window_secs * 1000
  const series = priceSeries(events)
  const first = series[0]?.at ?? Infinity
  const from = Math.max(at - window, first)
  const covered = at - from
  const unknown = feedReason(events)
  const measured = (value: (segments: ReadonlyArray<Segment>) => Outcome): Outcome => {
    if (unknown !== undefined) return unknown
    if (covered <= 0 || covered < parameters.min_coverage_secs * 1000) return "not_enough_history"
    return value(segmentsOf(series, from, at))
  }
  const momentum = () =>
    first > at - window
      ? "not_enough_history" as const
      : toNumber(subtract(priceAt(series, at), priceAt(series, at - window)))
  return {
    "price_history.volatility": measured((segments) => volatility(segments, hours(covered))),
    "price_history.momentum": unknown ?? momentum(),
    "price_history.mean_reversion_signal": measured((segments) => reversion(segments, priceAt(series, at))),
    "price_history.price_velocity": measured((segments) =>
      velocity(segments, hours(covered), divide(add(hours(from), hours(at)), rational(2n)))
    )
  }
}
