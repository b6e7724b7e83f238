/** A column of `length` numbers by their index. `Float64Array.from` walks an iterator and is many times slower. */
export const tabulate = (length: number, value: (index: number) => number): Float64Array => {
  const column = new Float64Array(length)
  for (let i = 0; i < length; i++) column[i] = value(i)
  return column
}
