import { Option, ParseResult, Schema } from "effect"

/**
 * Prices are probabilities in [0, 1], held as integer millionths; sizes are shares, held as integer millionths of a
 * share. Book keys, comparisons and sums are on these integers, so they are exact and carry no rounding of a source.
 */
const unitsPerOne = 1_000_000

/** The largest size taken: ten best levels of it still sum without losing more than the last bit of a float64. */
export const largestSize = 1_000_000_000

const decimal = /^[+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})$/

/** A decimal string or a finite number, as sources write prices, sizes and amounts; -0 becomes 0. */
export const parseDecimal = (input: string | number): Option.Option<number> => {
  const value = typeof input === "number" ? input : decimal.test(input) ? Number(input) : NaN
  return Number.isFinite(value) ? Option.some(value + 0) : Option.none()
}

/** Finer digits than a millionth are rounded to the nearest one. */
export const toUnits = (value: number): number => Math.round(value * unitsPerOne) + 0

export const fromUnits = (units: number): number => units / unitsPerOne

const DecimalInput = Schema.Union(Schema.String, Schema.Number)

const fromDecimal = (expected: string, accepts: (value: number) => boolean, convert: (value: number) => number) =>
  Schema.transformOrFail(DecimalInput, Schema.Finite, {
    strict: true,
    decode: (input, _, ast) => {
      const value = parseDecimal(input)
      return Option.isSome(value) && accepts(value.value)
        ? ParseResult.succeed(convert(value.value))
        : ParseResult.fail(new ParseResult.Type(ast, input, expected))
    },
    encode: (value) => ParseResult.succeed(value)
  }).annotations({ message: () => ({ message: expected, override: true }) })

export const expectedPrice = "a price within 0..1, as a decimal string or a finite number"
export const isPrice = (value: number): boolean => value >= 0 && value <= 1

/** A price in [0, 1] as a decimal string or number, decoded to integer millionths. */
export const PriceFromInput = fromDecimal(expectedPrice, isPrice, toUnits)

/** A size in shares, at least 0, as a decimal string or number, decoded to integer millionths of a share. */
export const SizeFromInput = fromDecimal(
  `a size in shares within 0..${largestSize}, as a decimal string or a finite number`,
  (value) => value >= 0 && value <= largestSize,
  toUnits
)

export const expectedAmount = "an amount in USD of at least 0, as a decimal string or a finite number"

/** An amount in USD, at least 0, as a decimal string or number; kept as float64. */
export const AmountFromInput = fromDecimal(expectedAmount, (value) => value >= 0, (value) => value)

/** The share of the payout that YES receives: 1, 0 or a fraction. */
export const OutcomeFromInput = fromDecimal("an outcome within 0..1", isPrice, (value) => value)

/** The smallest price step of a market, decoded to integer millionths. */
export const TickSizeFromInput = fromDecimal(
  "a tick size above 0 and at most 1",
  (value) => value <= 1 && toUnits(value) > 0,
  toUnits
)
