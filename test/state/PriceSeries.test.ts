import { FastCheck as fc } from "effect"
import { assert, describe, it } from "vitest"
import {
  deviationArea,
  makeRegisters,
  PriceSeries,
  slopeMoment,
  spread,
  squaredJumps
} from "../../src/state/PriceSeries.js"

const hour = 3_600_000
const day = 24 * hour
const one = 2_000_000
const longestWindow = 31 * day
const latest = Date.UTC(2100, 0, 1) - 1

interface Point {
  readonly at: number
  readonly price: number
}

const prices = fc.oneof(
  fc.constantFrom(0, one),
  fc.integer({ min: one / 2 - 2, max: one / 2 + 2 }),
  fc.integer({ min: 0, max: one })
)

const gaps = fc.oneof(
  fc.constant(0),
  fc.constant(1),
  fc.integer({ min: 1, max: hour }),
  fc.integer({ min: 1, max: 60 * day })
)

const origins = fc.oneof(
  fc.constant(Date.UTC(1971, 0, 1)),
  fc.integer({ min: Date.UTC(1971, 0, 1), max: Date.UTC(2090, 0, 1) })
)

/** Weeks apart, a millisecond apart or at one instant; at times with decades of history behind the newest ones. */
const pushes = fc.tuple(
  origins,
  fc.constantFrom(0, 0, 3_650 * day, 40_000 * day),
  fc.array(fc.tuple(gaps, prices), { minLength: 1, maxLength: 40, size: "max" })
).map(([origin, early, steps]): ReadonlyArray<Point> => {
  let at = origin
  const points = steps.map(([gap, price], index) => {
    at += index === 0 ? 0 : index === 1 ? gap + early : gap
    return { at, price }
  })
  return points.filter((point) => point.at <= latest)
})

/** Flips between 0 and 1 every millisecond. */
const flips = fc.tuple(origins, fc.integer({ min: 2, max: 60 })).map(([origin, count]) =>
  Array.from({ length: count }, (_, i): Point => ({ at: origin + i, price: i % 2 * one }))
)

/** One half millionth up, for one millisecond in an hour. */
const blips = fc.tuple(origins, prices, fc.integer({ min: 1, max: hour - 1 })).map(([origin, price, at]) => {
  const step = price === one ? -1 : 1
  return [
    { at: origin, price },
    { at: origin + at, price: price + step },
    { at: origin + at + 1, price }
  ]
})

const questions = fc.record({
  points: fc.oneof({ weight: 6, arbitrary: pushes }, { weight: 1, arbitrary: flips }, { weight: 1, arbitrary: blips }),
  after: fc.oneof(fc.constant(0), fc.constant(1), fc.integer({ min: 0, max: 40 * day })),
  window: fc.oneof(
    fc.constantFrom(1, hour, longestWindow),
    fc.integer({ min: 1, max: hour }),
    fc.integer({ min: 1, max: longestWindow })
  ),
  near: fc.integer({ min: -1, max: 45 })
})

const seriesOf = (points: ReadonlyArray<Point>): PriceSeries => {
  const series = new PriceSeries()
  for (const { at, price } of points) series.push(at, price)
  return series
}

const seriesUpTo = (points: ReadonlyArray<Point>, at: number) => seriesOf(points.filter((point) => point.at <= at))

/** The price in force at `at`: the last one pushed at or before it. */
const priceAt = (points: ReadonlyArray<Point>, at: number): bigint =>
  BigInt(points.filter((point) => point.at <= at).at(-1)?.price ?? NaN)

/** What `windowOf` promises, over integers and segment by segment. */
const recomputed = (points: ReadonlyArray<Point>, from: number, at: number) => {
  const starts = [from, ...new Set(points.map((point) => point.at).filter((x) => x > from && x <= at))]
  const now = priceAt(points, at)
  const covered = BigInt(at - from)
  let jumps = 0n
  let area = 0n
  let areaOfSquares = 0n
  let moment = 0n
  starts.forEach((start, i) => {
    const price = priceAt(points, start)
    const length = BigInt((starts[i + 1] ?? at) - start)
    area += (price - now) * length
    areaOfSquares += (price - now) ** 2n * length
    if (i === 0) return
    const jump = price - priceAt(points, start - 1)
    jumps += jump ** 2n
    moment += jump * BigInt(start - from) * BigInt(at - start)
  })
  return [jumps, area, moment, covered * areaOfSquares - area ** 2n] as const
}

const measured = (series: PriceSeries, from: number, at: number, near = -1) => {
  const registers = makeRegisters()
  series.windowOf(from, at, series.indexAt(from, near), registers)
  return [squaredJumps, deviationArea, slopeMoment, spread].map((slot) => registers[slot] ?? NaN)
}

describe("the price series", () => {
  it("has the sums of any window exactly, bit by bit", () => {
    fc.assert(
      fc.property(questions, ({ after, near, points, window }) => {
        const newest = points.at(-1)?.at ?? 0
        const at = Math.min(latest, newest + after)
        const from = Math.max(at - window, points[0]?.at ?? 0)
        assert.deepStrictEqual(
          measured(seriesOf(points), from, at, near).map((value) => value + 0),
          recomputed(points, from, at).map(Number)
        )
      }),
      { numRuns: 10_000 }
    )
  })

  it("has a spread of exactly 0 where the price did not vary in the window, and only there", () => {
    fc.assert(fc.property(questions, ({ after, points, window }) => {
      const at = Math.min(latest, (points.at(-1)?.at ?? 0) + after)
      const from = Math.max(at - window, points[0]?.at ?? 0)
      const instants = [from, ...points.map((point) => point.at).filter((x) => x > from && x < at)]
      const varied = at > from && new Set(instants.map((x) => priceAt(points, x))).size > 1
      const found = measured(seriesOf(points), from, at)[3] ?? NaN
      assert.strictEqual(found !== 0, varied)
      assert.isTrue(found >= 0)
    }))
  })

  it("holds one point a change, the last arrival of an instant", () => {
    fc.assert(fc.property(questions, ({ points }) => {
      const series = seriesOf(points)
      const kept = [...new Map(points.map(({ at, price }) => [at, price]))].filter(([, price], i, all) =>
        price !== all[i - 1]?.[1]
      )
      const found = Array.from(
        { length: series.length },
        (_, i) => [series.time[i], series.price[i]]
      )
      assert.deepStrictEqual(found, kept)
      assert.strictEqual(series.origin, points[0]?.at)
      assert.strictEqual(series.last(), points.at(-1)?.price)
    }))
  })

  it("finds the point in force at an instant, whatever the guess", () => {
    fc.assert(fc.property(questions, fc.integer({ min: -day, max: 41 * day }), ({ near, points }, off) => {
      const series = seriesOf(points)
      const at = (points[0]?.at ?? 0) + off
      const times = [...series.time.subarray(0, series.length)]
      assert.strictEqual(series.indexAt(at, near), times.filter((time) => time <= at).length - 1)
    }))
  })

  it("is empty at first", () => {
    const series = new PriceSeries()
    assert.isNaN(series.last())
    assert.isNaN(series.origin)
    assert.strictEqual(series.indexAt(latest, 0), -1)
    series.push(0, 0)
    assert.strictEqual(series.indexAt(-1, 0), -1)
    assert.strictEqual(series.last(), 0)
  })

  it("gives the same bits for every window within a horizon after what lies behind it was forgotten", () => {
    fc.assert(fc.property(questions, fc.nat(), fc.nat(), ({ after, points, window }, horizonKey, cut) => {
      const keep = 1 + cut % points.length
      const trimmed = seriesOf(points.slice(0, keep))
      const horizon = (points[horizonKey % keep]?.at ?? 0) + horizonKey % 3 - 1
      trimmed.trim(horizon)
      for (const { at, price } of points.slice(keep)) trimmed.push(at, price)
      const whole = seriesOf(points)
      const at = Math.min(latest, (points.at(-1)?.at ?? 0) + after)
      const from = Math.max(at - window, horizon, points[0]?.at ?? 0)
      assert.deepStrictEqual(measured(trimmed, from, at), measured(whole, from, at))
      const [a, b] = [trimmed.indexAt(from, -1), whole.indexAt(from, -1)]
      assert.strictEqual(trimmed.price[a], whole.price[b])
      assert.strictEqual(trimmed.origin, whole.origin)
      assert.strictEqual(trimmed.last(), whole.last())
    }))
  })

  it("can go back to a length that it had between two instants, and on from there or to any other", () => {
    const moves = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat()), { minLength: 1, maxLength: 8, size: "max" })
    fc.assert(
      fc.property(questions, moves, ({ points }, some) => {
        const series = new PriceSeries()
        // the lengths after each instant, and what the series was then
        const instants = [...new Set(points.map((point) => point.at))]
        const lengths = instants.map((instant) => {
          for (const { at, price } of points) if (at === instant) series.push(at, price)
          return series.length
        })
        const whole = seriesOf(points)
        for (const [fromKey, toKey, thenKey] of some) {
          const from = fromKey % instants.length
          const to = from + toKey % (instants.length - from)
          const then = thenKey % instants.length
          series.length = lengths[from] ?? 0
          for (const { at, price } of points) {
            if (at > (instants[from] ?? 0) && at <= (instants[to] ?? 0)) series.push(at, price)
          }
          assert.strictEqual(series.length, lengths[to])
          series.length = lengths[then] ?? 0
          const at = instants[then] ?? 0
          for (const start of instants.slice(0, then + 1)) {
            assert.deepStrictEqual(measured(series, start, at), measured(seriesUpTo(points, at), start, at))
          }
          series.length = lengths.at(-1) ?? 0
          assert.deepStrictEqual(series.time.subarray(0, series.length), whole.time.subarray(0, whole.length))
          assert.deepStrictEqual(series.price.subarray(0, series.length), whole.price.subarray(0, whole.length))
        }
      }),
      { numRuns: 1_000 }
    )
  })

  it("keeps within twice its window however long it runs, and answers as if it kept all", () => {
    const whole = new PriceSeries()
    const trimmed = new PriceSeries()
    const window = 3_000
    let slots = 0
    let first = -1
    for (let i = 0; i < 20_000; i++) {
      // some instants speak twice, also right after a trim
      const at = 1_774_785_600_000 + Math.floor(i / 3) * 2 + (i % 3 === 0 ? 0 : 1)
      const price = i * 7_919 % 11 * 100_000
      whole.push(at, price)
      trimmed.push(at, price)
      trimmed.trim(at - window)
      const from = Math.max(at - window, whole.origin)
      first = trimmed.indexAt(from, first)
      if (i % 97 === 0) assert.deepStrictEqual(measured(trimmed, from, at, first), measured(whole, from, at))
      slots = Math.max(slots, trimmed.time.length)
    }
    assert.isAtMost(slots, 8_192)
    assert.isAbove(whole.length, 10_000)
  })

  it("gives a slot back what it held where an instant takes its own price back", () => {
    // beyond 2^53, so that every part of the sums counts
    const [late, p, q] = [40_000 * day, 1_999_999, 3]
    const first = [{ at: 0, price: q }, { at: late, price: p }, { at: late + 1, price: q }]
    // taken back before their instant is over: no points
    const fleeting = [{ at: late + 2, price: p }, { at: late + 2, price: q }]
    const rest = [{ at: late + 10, price: 7 }, { at: late + 20, price: one }, { at: late + 31, price: q }]
    const series = seriesOf([...first, ...fleeting, ...rest])
    const lengths = { first: 3, whole: 6 }
    assert.strictEqual(series.length, lengths.whole)
    for (const again of [1, 2]) {
      for (const { at, price } of fleeting) {
        if (price === p) series.length = lengths.first
        series.push(at, price)
      }
      assert.strictEqual(series.length, lengths.first)
      series.length = lengths.whole
      const whole = seriesOf([...first, ...rest])
      for (const from of [late, late + 1, late + 12 * again, late + 31]) {
        assert.deepStrictEqual(measured(series, from, late + 40), measured(whole, from, late + 40))
      }
      assert.strictEqual(series.last(), q)
    }
  })

  it("is exact where the sums of squares go beyond 2^53", () => {
    const odd = one - 1
    const points = Array.from({ length: 8_000 }, (_, i): Point => ({ at: i, price: i % 2 * odd }))
    const series = seriesOf(points)
    for (const from of [0, 1, 3_001, 4_500, 7_998, 7_999]) {
      const jumps = 7_999 - from
      assert.strictEqual(measured(series, from, 8_000)[0], Number(BigInt(jumps) * BigInt(odd) ** 2n))
    }
  })

  it("forgets the price before the one in force, even where that one is taken back", () => {
    const series = seriesOf([{ at: 0, price: 5 }, { at: 10, price: 6 }])
    series.trim(10)
    assert.strictEqual(series.indexAt(9, -1), -1)
    assert.strictEqual(series.indexAt(9, 0), -1)
    assert.strictEqual(series.indexAt(10, 0), 1)
    series.push(10, 5)
    assert.deepStrictEqual([series.last(), series.indexAt(10, -1), series.length], [5, 1, 2])
  })

  it("makes room once half of its points and at least 1,024 are forgotten", () => {
    const trimmedTo = (points: number, horizon: number) => {
      const series = seriesOf(Array.from({ length: points }, (_, at) => ({ at, price: at % 2 })))
      series.trim(horizon)
      return [series.start, series.length]
    }
    assert.deepStrictEqual(trimmedTo(1_500, 1_023), [1_023, 1_500])
    assert.deepStrictEqual(trimmedTo(1_500, 1_024), [0, 476])
    assert.deepStrictEqual(trimmedTo(2_048, 1_024), [0, 1_024])
    assert.deepStrictEqual(trimmedTo(2_049, 1_024), [1_024, 2_049])
  })

  it("looks at few points for an instant near its guess, and at not many more for any other", () => {
    const series = seriesOf(Array.from({ length: 4_096 }, (_, i) => ({ at: i * 10, price: i % 2 })))
    let looks = 0
    series.time = new Proxy(series.time, {
      get: (time, key): unknown => {
        looks++
        return Reflect.get(time, key)
      }
    })
    const looksFor = (at: number, near: number) => {
      looks = 0
      assert.strictEqual(series.indexAt(at, near), Math.floor(at / 10))
      return looks
    }
    assert.strictEqual(looksFor(0, 0), 2)
    assert.strictEqual(looksFor(1_000, 100), 2)
    assert.strictEqual(looksFor(1_010, 100), 3)
    assert.strictEqual(looksFor(1_015, 100), 3)
    assert.strictEqual(looksFor(1_075, 100), 9)
    assert.isAbove(looksFor(1_085, 100), 9)
    assert.isAtMost(looksFor(40_000, 100), 9 + 12)
    assert.isAtMost(looksFor(40_000, -1), 12)
  })
})
