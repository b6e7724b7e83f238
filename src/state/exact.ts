/**
 * Sums of integers beyond 2^53, exactly: a value is an unevaluated pair `high + low` of float64, `high` the nearest
 * float64 to the value (double-double; Dekker 1971, Shewchuk 1997). Integers below 2^105 are held exactly and in one way
 * only, so sums that are equal are equal in their bits, whatever the order in which they came about.
 *
 * Values live in a `Registers` array, two slots each; functions name the slot of `high`. Nothing is allocated.
 */
export type Registers = Float64Array

const splitter = 134_217_729 // 2^27 + 1

/** What rounding lost in `sum = a + b`: `sum + sumError(a, b, sum)` is a + b exactly (TwoSum; Knuth 1969). */
export const sumError = (a: number, b: number, sum: number): number => {
  const part = sum - a
  return a - (sum - part) + (b - part)
}

/** What rounding lost in `product = x * y` (TwoProduct; Dekker 1971). */
export const productError = (x: number, y: number, product: number): number => {
  const xs = splitter * x
  const xh = xs - (xs - x)
  const xl = x - xh
  const ys = splitter * y
  const yh = ys - (ys - y)
  const yl = y - yh
  return xl * yl - (product - xh * yh - xl * yh - xh * yl)
}

/** r[to] = a[ai] + sign * b[bi], where `sign` is 1 or -1 */
export const combine = (to: number, r: Registers, a: Registers, ai: number, sign: number, b: Registers, bi: number) => {
  const ah = a[ai] ?? 0
  const bh = sign * (b[bi] ?? 0)
  const sum = ah + bh
  const low = (a[ai + 1] ?? 0) + sign * (b[bi + 1] ?? 0) + sumError(ah, bh, sum)
  const high = sum + low
  r[to] = high
  r[to + 1] = sumError(sum, low, high)
}

/** r[to] = a[ai] + x * y */
export const addProduct = (to: number, r: Registers, a: Registers, ai: number, x: number, y: number) => {
  const product = x * y
  const ah = a[ai] ?? 0
  const sum = ah + product
  const low = (a[ai + 1] ?? 0) + productError(x, y, product) + sumError(ah, product, sum)
  const high = sum + low
  r[to] = high
  r[to + 1] = sumError(sum, low, high)
}

/** r[to] = from[fi] * factor, exactly as long as the `low` of the value times the factor stays within 2^53 */
export const scale = (to: number, r: Registers, from: Registers, fi: number, factor: number) => {
  const high = from[fi] ?? 0
  r[to] = (from[fi + 1] ?? 0) * factor
  r[to + 1] = 0
  addProduct(to, r, r, to, high, factor)
}
