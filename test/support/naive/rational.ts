import type { Decimal } from "./events.js"

/** An exact fraction, its denominator positive. */
export interface Rational {
  readonly numerator: bigint
  readonly denominator: bigint
}

const gcd = (a: bigint, b: bigint): bigint => b === 0n ? a : gcd(b, a % b)

const magnitude = (value: bigint) => value < 0n ? -value : value

export const rational = (numerator: bigint, denominator = 1n): Rational => {
  const common = gcd(magnitude(numerator), magnitude(denominator)) * (denominator < 0n ? -1n : 1n)
  return { numerator: numerator / common, denominator: denominator / common }
}

export const add = (a: Rational, b: Rational) =>
  rational(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator)

export const subtract = (a: Rational, b: Rational) => add(a, { ...b, numerator: -b.numerator })

export const multiply = (a: Rational, b: Rational) => rational(a.numerator * b.numerator, a.denominator * b.denominator)

export const divide = (a: Rational, b: Rational) => rational(a.numerator * b.denominator, a.denominator * b.numerator)

export const square = (a: Rational) => multiply(a, a)

export const sum = (terms: ReadonlyArray<Rational>) => terms.reduce(add, rational(0n))

const bits = (value: bigint) => BigInt(value.toString(2).length)

/** The nearest float64, ties to even. */
export const toNumber = ({ denominator, numerator }: Rational): number => {
  const size = magnitude(numerator)
  const lead = 64n + bits(denominator) - bits(size)
  const shift = lead > 0n ? lead : 0n
  const scaled = size << shift
  // Number() rounds correctly; a last bit that says whether anything was cut off keeps it from seeing a false tie.
  const sticky = scaled % denominator === 0n ? 0n : 1n
  const value = Number(scaled / denominator * 2n + sticky) / 2 ** Number(shift + 1n)
  return numerator < 0n ? -value : value
}

/** Millionths, to nearest, halves up. A number means the decimal it prints as. */
export const millionths = (decimal: Decimal): bigint => {
  const [, sign, whole = "", fraction = "", exponent = "0"] =
    /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(String(decimal)) ?? []
  if (whole + fraction === "") throw new Error(`not a decimal: ${decimal}`)
  const power = Number(exponent) - fraction.length + 6
  const digits = BigInt(whole + fraction)
  const unit = 10n ** BigInt(Math.abs(power))
  const size = power >= 0 ? digits * unit : (2n * digits + unit) / (2n * unit)
  return sign === "-" ? -size : size
}

/** What a count of millionths is worth. */
export const fromMillionths = (count: bigint) => rational(count, 1_000_000n)
