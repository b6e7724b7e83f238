/** The last place from `from` up to but without `to` whose ascending value is at or before one; `from - 1` where none is. */
export const lastAtOrBefore = (values: Float64Array, from: number, to: number, value: number): number => {
  let low = from - 1
  let high = to
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if ((values[middle] ?? Infinity) <= value) low = middle
    else high = middle
  }
  return low
}
