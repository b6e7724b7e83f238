import { Array, FastCheck as fc } from "effect"

/** Whether two columns have the same bits; every NaN is one. */
export const sameBits = (a: Float64Array, b: Float64Array): boolean =>
  a.length === b.length && a.every((value, i) => Object.is(value, b[i]))

const integers = (bits: number): fc.Arbitrary<number> =>
  fc.oneof(
    fc.nat(2 ** Math.min(bits, 31) - 1),
    fc.maxSafeNat().map((n) => n % 2 ** bits),
    fc.constantFrom(2 ** bits - 1, 2 ** bits, 2 ** (bits - 1))
  )

/** Values that no frame holds, and those at the edges of what is exact. */
const odd = fc.constantFrom(
  0,
  -0,
  0.1,
  -1.5,
  2 ** 53,
  2 ** 53 - 1,
  -(2 ** 53 - 1),
  2 ** 60,
  Infinity,
  -Infinity,
  Number.MIN_VALUE,
  Number.MAX_VALUE
)

const column = (value: fc.Arbitrary<number>, maxLength = 24) => fc.array(value, { maxLength, size: "max" })

/** Rows of whole numbers of one width, at any base and with any common divisor. */
const framed = fc.tuple(
  fc.constantFrom(0, 1, 8, 9, 16, 17, 32, 33, 40, 53).chain((bits) => column(integers(bits))),
  fc.constantFrom(0, 1, -1, 1_774_785_600_000, -(2 ** 40)),
  fc.constantFrom(1, 2, 1_000, 10_000, 60_000)
).map(([values, base, unit]) => values.map((value) => base + value * unit))

/** Rising and falling by steps. */
const stepped = fc.tuple(
  fc.maxSafeInteger(),
  fc.constantFrom(1, 8, 9, 16, 31, 40).chain((bits) => column(integers(bits))),
  fc.constantFrom(0, -1, -128, 1_000)
).map(([first, steps, shift]) => {
  let at = first
  return [first, ...steps.map((step) => at += step + shift)].filter(Number.isSafeInteger)
})

/** Whole numbers from end to end of what is exact: their differences are not. */
const extreme = column(
  fc.tuple(fc.constantFrom(-(2 ** 53 - 1), -(2 ** 52), 0, 2 ** 52, 2 ** 53 - 41), fc.nat(40)).map(([a, b]) => a + b),
  5
)

const constant = fc.tuple(fc.oneof(fc.maxSafeInteger(), fc.double({ noNaN: true }), odd), fc.nat(24))
  .map(([value, rows]) => Array.makeBy(rows, () => value))

const dense = fc.oneof(
  framed,
  stepped,
  extreme,
  constant,
  column(fc.double({ noNaN: true })),
  column(fc.oneof(odd, fc.nat(300))),
  column(fc.maxSafeInteger())
)

const gaps = fc.oneof(
  fc.constant<ReadonlyArray<boolean>>([]),
  fc.array(fc.boolean(), { maxLength: 24, size: "max" }),
  fc.array(fc.nat(9).map((n) => n > 0), { maxLength: 24, size: "max" }),
  fc.nat(24).map((rows) => Array.makeBy(rows, () => true))
)

/** Columns of every shape that the log and the answers know, and of those they do not. NaN is absence. */
export const columns: fc.Arbitrary<Float64Array> = fc.tuple(dense, gaps).map(([values, absent]) =>
  Float64Array.from(values, (value, row) => absent[row] === true ? NaN : value)
)
