/**
 * Sums of integers beyond 2^53, exactly: a value is an unevaluated pair `high + low` of float64, `high` the nearest
 * float64 to the value (double-double; Dekker 1971, Shewchuk 1997). Integers below 2^105 are held exactly and in one way
 * only, so sums that are equal are equal in their bits, whatever the order in which they came about.
 */
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

/** Adds `high + low` to the pair at `values[from]` and puts the sum at `values[to]`; nothing is allocated. */
export const addPair = (values: Float64Array, to: number, from: number, high: number, low: number): void => {
  const before = values[from] ?? 0
  const sum = before + high
  const rest = (values[from + 1] ?? 0) + low + sumError(before, high, sum)
  const nearest = sum + rest
  values[to] = nearest
  values[to + 1] = sumError(sum, rest, nearest)
}
