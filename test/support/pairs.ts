/** The one double-double that holds an integer: the nearest float64 and what remains. */
export const pairOf = (value: bigint): readonly [high: number, low: number] => {
  const high = Number(value)
  return [high, Number(value - BigInt(high))]
}

/** The two words of a register, as a pair. */
export const pairAt = (registers: Float64Array, slot: number): readonly [high: number, low: number] => [
  registers[slot] ?? NaN,
  registers[slot + 1] ?? NaN
]
