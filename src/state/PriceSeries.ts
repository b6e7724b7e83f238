import { addPair, productError, sumError } from "./exact.js"

/** Prices of the series are integers of this many to 1: half millionths, because a mid may fall between two ticks. */
export const seriesUnitsPerOne = 2_000_000

/** Sums kept at each point, as double-double pairs; the offsets of their `high` slots. */
const sums = 8
const atSquaredJumps = 0
const atJumpTimes = 2
const atJumpTimesSquared = 4
const atSquareJumpTimes = 6

/** What `windowOf` leaves in its registers, each the nearest float64 to an integer. */
export const squaredJumps = 0
export const deviationArea = 1
export const slopeMoment = 2
export const spread = 3

export const makeRegisters = (): Float64Array => new Float64Array(4)

/**
 * The price of a market as a step function of time, with running sums over its jumps. The sums of any window are the
 * difference of two points' sums, and all are exact integers: sliding over the window or starting from scratch, one
 * instant or a million, give the same bits, in constant time.
 *
 * With jumps D_j at times x_j, u_j = x_j - origin, and E_j the jumps of the squared price, a point carries the sums up to
 * itself of D_j^2, D_j u_j, D_j u_j^2 and E_j u_j. Only changes of the price are points.
 *
 * A checkpoint of the series is its length: points before it never change, so that a replay from there writes the same
 * values again. The one exception are several prices at one instant, of which the last stays: checkpoints are not taken
 * within an instant, and a point that its own instant takes back leaves its slot as it was, for a checkpoint further on
 * may count on it.
 */
export class PriceSeries {
  /** instants of the points; ascending */
  time = new Float64Array(16)
  /** half millionths */
  price = new Float64Array(16)
  #sums = new Float64Array(16 * sums)
  /** points in use: `start` to `length`, exclusive */
  length = 0
  start = 0
  /** the series' first instant ever; NaN while it has none */
  origin = NaN
  /** slots ever written */
  #written = 0
  /** the slot that the newest point has overwritten, NaN where it was free, and what it held: time, price, sums */
  #overwritten = NaN
  readonly #held = new Float64Array(2 + sums)

  /** The newest price in half millionths, carried forward; NaN while there is none. */
  last(): number {
    return this.length > this.start ? this.price[this.length - 1] ?? NaN : NaN
  }

  /** The price is `price` half millionths from `at` on. At one instant the last arrival wins. */
  push(at: number, price: number): void {
    if (this.length > this.start && this.time[this.length - 1] === at) this.#takeBack()
    if (this.length > this.start && this.price[this.length - 1] === price) return
    if (this.length === this.time.length) this.#grow()
    const point = this.length++
    this.#hold(point)
    this.time[point] = at
    this.price[point] = price
    const own = point * sums
    if (point === this.start) {
      this.origin = Number.isNaN(this.origin) ? at : this.origin
      this.#sums.fill(0, own, own + sums)
      return
    }
    const previous = own - sums
    const before = this.price[point - 1] ?? 0
    const jump = price - before
    const u = at - this.origin
    const s = this.#sums
    addPair(s, own + atSquaredJumps, previous + atSquaredJumps, jump * jump, 0)
    const first = jump * u
    addPair(s, own + atJumpTimes, previous + atJumpTimes, first, productError(jump, u, first))
    const square = u * u
    const second = jump * square
    const secondLost = productError(jump, square, second) + jump * productError(u, u, square)
    addPair(s, own + atJumpTimesSquared, previous + atJumpTimesSquared, second, secondLost)
    const rise = jump * (price + before)
    const riseTime = rise * u
    addPair(s, own + atSquareJumpTimes, previous + atSquareJumpTimes, riseTime, productError(rise, u, riseTime))
  }

  /** Remembers what a slot holds before it is written, where anything written earlier may still be asked for. */
  #hold(point: number): void {
    if (point >= this.#written) {
      this.#written = point + 1
      this.#overwritten = NaN
      return
    }
    this.#overwritten = point
    this.#held[0] = this.time[point] ?? NaN
    this.#held[1] = this.price[point] ?? NaN
    for (let i = 0; i < sums; i++) this.#held[2 + i] = this.#sums[point * sums + i] ?? 0
  }

  /** Removes the newest point, written at the same instant as the price that comes now. */
  #takeBack(): void {
    const point = --this.length
    if (point !== this.#overwritten) return
    this.time[point] = this.#held[0] ?? NaN
    this.price[point] = this.#held[1] ?? NaN
    for (let i = 0; i < sums; i++) this.#sums[point * sums + i] = this.#held[2 + i] ?? 0
  }

  /** The last point at or before `at`, or -1. `near` is a guess, such as the answer for an earlier instant. */
  indexAt(at: number, near: number): number {
    const { length, start, time } = this
    let low = start - 1
    if (near >= start && near < length && (time[near] ?? 0) <= at) {
      low = near
      // a window that slides moves past few points at a time
      for (let step = 0; step < 8; step++) {
        if (low + 1 >= length || (time[low + 1] ?? 0) > at) return low
        low++
      }
    }
    let high = length
    while (high - low > 1) {
      const middle = (low + high) >>> 1
      if ((time[middle] ?? 0) <= at) low = middle
      else high = middle
    }
    return low >= start ? low : -1
  }

  /**
   * Sums over (from, at], where `from` is at or after the series' first instant, `first` the point in force at `from` and
   * `at` at or after the newest point. With p the price now and T = at - from, leaves in `out`:
   * - `squaredJumps`: sum of squared jumps
   * - `deviationArea`: integral of (price - p) over time
   * - `slopeMoment`: sum of D_j (x_j - from) (at - x_j), twice the first moment of the price about the window's middle
   * - `spread`: T * integral of (price - p)^2, minus the square of `deviationArea`: T^2 times the variance, exactly 0 where
   *   the price did not vary
   */
  windowOf(from: number, at: number, first: number, out: Float64Array): void {
    const s = this.#sums
    const a = first * sums
    const b = (this.length - 1) * sums
    const p0 = this.price[first] ?? 0
    const p = this.price[this.length - 1] ?? 0
    const u0 = from - this.origin
    const u1 = at - this.origin
    const covered = at - from

    // each quantity is a sum `xh` and what its roundings lost, `xl`: a result is rounded once, at its end

    const q1 = s[b + atSquaredJumps] ?? 0
    const q0 = -(s[a + atSquaredJumps] ?? 0)
    const qh = q1 + q0
    const ql = sumError(q1, q0, qh) + ((s[b + atSquaredJumps + 1] ?? 0) - (s[a + atSquaredJumps + 1] ?? 0))
    out[squaredJumps] = qh + ql

    // j = sum D_j u_j
    const j1 = s[b + atJumpTimes] ?? 0
    const j0 = -(s[a + atJumpTimes] ?? 0)
    const jh = j1 + j0
    const jl = sumError(j1, j0, jh) + ((s[b + atJumpTimes + 1] ?? 0) - (s[a + atJumpTimes + 1] ?? 0))

    // d = sum D_j (x_j - from) = j - (p - p0) u0, the integral of price - p with its sign changed; within 2^53, so exact
    const back = p0 - p
    const backTime = back * u0
    const near = jh + backTime
    const d = near + (sumError(jh, backTime, near) + jl + productError(back, u0, backTime))
    out[deviationArea] = -d

    // sum D_j (u_j - u0) (u1 - u_j) = u1 d - sum D_j u_j^2 + u0 j
    const m1 = s[b + atJumpTimesSquared] ?? 0
    const m0 = -(s[a + atJumpTimesSquared] ?? 0)
    const mh = m1 + m0
    const ml = sumError(m1, m0, mh) + ((s[b + atJumpTimesSquared + 1] ?? 0) - (s[a + atJumpTimesSquared + 1] ?? 0))
    const late = u1 * d
    const early = u0 * jh
    const difference = late - mh
    const moment = difference + early
    out[slopeMoment] = moment + (sumError(difference, early, moment) + sumError(late, -mh, difference) - ml +
      productError(u1, d, late) + productError(u0, jh, early) + u0 * jl)

    // integral of (price - p)^2 = 2 p d - sum E_j (x_j - from) = 2 p d - e + (p^2 - p0^2) u0
    const e1 = s[b + atSquareJumpTimes] ?? 0
    const e0 = -(s[a + atSquareJumpTimes] ?? 0)
    const eh = e1 + e0
    const el = sumError(e1, e0, eh) + ((s[b + atSquareJumpTimes + 1] ?? 0) - (s[a + atSquareJumpTimes + 1] ?? 0))
    const rise = p * p - p0 * p0
    const riseTime = rise * u0
    const twice = 2 * p * d
    const above = twice - eh
    const square = above + riseTime
    const squareLost = sumError(above, riseTime, square) + sumError(twice, -eh, above) - el +
      productError(2 * p, d, twice) + productError(rise, u0, riseTime)
    const ih = square + squareLost
    const il = sumError(square, squareLost, ih)
    const whole = covered * ih
    const area = d * d
    const rest = whole - area
    out[spread] = rest + (sumError(whole, -area, rest) + productError(covered, ih, whole) + covered * il -
      productError(d, d, area))
  }

  /** Forgets points that no window reaching back to `horizon` can ask for. */
  trim(horizon: number): void {
    while (this.start + 1 < this.length && (this.time[this.start + 1] ?? 0) <= horizon) this.start++
    if (this.start < 1024 || this.start * 2 < this.length) return
    this.time.copyWithin(0, this.start, this.length)
    this.price.copyWithin(0, this.start, this.length)
    this.#sums.copyWithin(0, this.start * sums, this.length * sums)
    this.length -= this.start
    this.start = 0
    this.#written = this.length
    this.#overwritten = NaN
  }

  #grow(): void {
    const larger = (values: Float64Array) => {
      const copy = new Float64Array(values.length * 2)
      copy.set(values)
      return copy
    }
    this.time = larger(this.time)
    this.price = larger(this.price)
    this.#sums = larger(this.#sums)
  }
}
