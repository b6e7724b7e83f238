import { FastCheck as fc, Option } from "effect"
import { assert, describe, it } from "vitest"
import { fromUnits, isPrice, largestSize, parseDecimal, toUnits } from "../../src/domain/Price.js"
import { millionths } from "../support/naive/rational.js"

const value = (input: string | number) => Option.getOrNull(parseDecimal(input))

/** Digits with up to six after the point, as venues write them. */
const decimals = (most: number) =>
  fc.tuple(fc.integer({ min: 0, max: most - 1 }), fc.integer({ min: 0, max: 999_999 }), fc.integer({ min: 0, max: 6 }))
    .map((
      [whole, fraction, digits]
    ) => digits === 0 ? String(whole) : `${whole}.${String(fraction).padStart(6, "0").slice(0, digits)}`)

describe("a decimal", () => {
  it("is text of digits or a finite number", () => {
    const good: ReadonlyArray<readonly [string | number, number]> = [
      ["0.48", 0.48],
      [".48", 0.48],
      ["48.", 48],
      ["+1", 1],
      ["-2.50", -2.5],
      ["007", 7],
      [1e-7, 1e-7],
      [5e-324, 5e-324]
    ]
    for (const [written, expected] of good) assert.strictEqual(value(written), expected)
    const bad = [
      "",
      ".",
      "+",
      "-",
      "+-1",
      "1e3",
      "0x10",
      "1_0",
      "1,5",
      " 1",
      "1 ",
      "1\n",
      "NaN",
      "Infinity",
      "١",
      "1.2.3"
    ]
    for (const written of [...bad, "9".repeat(41), NaN, Infinity, -Infinity]) {
      assert.isNull(value(written), String(written))
    }
    assert.strictEqual(value("9".repeat(40)), 1e40)
  })

  it("is never a negative zero", () => {
    for (const written of ["-0", "-0.000", -0]) assert.isTrue(Object.is(value(written), 0))
    assert.isTrue(Object.is(toUnits(-1e-9), 0))
  })
})

describe("millionths", () => {
  it("are exact for prices and sizes of six digits, up to the largest size", () => {
    fc.assert(fc.property(fc.oneof(decimals(1), decimals(largestSize)), (text) => {
      assert.strictEqual(BigInt(toUnits(value(text) ?? NaN)), millionths(text))
    }))
    assert.strictEqual(toUnits(largestSize), 1e15)
    assert.strictEqual(toUnits(999_999_999.999999), 999_999_999_999_999)
  })

  it("come back as the nearest number to what was written", () => {
    fc.assert(fc.property(fc.oneof(decimals(1), decimals(largestSize)), (text) => {
      assert.strictEqual(fromUnits(toUnits(Number(text))), Number(text))
    }))
  })

  it("are the nearest to finer digits", () => {
    assert.deepStrictEqual(["0.5000004", "0.4999996", "0.0000005", "0.00000049"].map(Number).map(toUnits), [
      500_000,
      500_000,
      1,
      0
    ])
  })
})

describe("a price", () => {
  it("lies within 0..1, both inclusive", () => {
    assert.deepStrictEqual([0, 0.5, 1].map(isPrice), [true, true, true])
    assert.deepStrictEqual([-1e-12, 1 + 1e-12, NaN, Infinity].map(isPrice), [false, false, false, false])
  })
})
