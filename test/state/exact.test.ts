import { FastCheck as fc } from "effect"
import { assert, describe, it } from "vitest"
import { addPair, productError, sumError } from "../../src/state/exact.js"
import { pairAt, pairOf } from "../support/pairs.js"

const near = (power: number) => fc.integer({ min: -3, max: 3 }).map((off) => 2 ** power + off)

/** Integers that carry, cancel and tie: any, small ones, and neighbours of powers of two. */
const integer = (bits: number) =>
  fc.oneof(
    fc.integer({ min: -(2 ** bits) + 1, max: 2 ** bits - 1 }),
    fc.integer({ min: -3, max: 3 }),
    fc.tuple(fc.integer({ min: 2, max: bits - 1 }).chain(near), fc.constantFrom(-1, 1)).map(([size, sign]) =>
      size * sign
    )
  )

const total = (values: ReadonlyArray<bigint>) => values.reduce((sum, value) => sum + value, 0n)

const addProducts = (factors: ReadonlyArray<readonly [number, number]>) => {
  const sums = new Float64Array(2)
  for (const [x, y] of factors) addPair(sums, 0, 0, x * y, productError(x, y, x * y))
  return pairAt(sums, 0)
}

describe("exact sums", () => {
  it("of two numbers keep what rounding lost", () => {
    fc.assert(
      fc.property(integer(52), integer(52), integer(40), (a, b, scale) => {
        const [x, y] = [a * 2 ** 20, b + scale]
        const sum = x + y
        assert.strictEqual(BigInt(sum) + BigInt(sumError(x, y, sum)), BigInt(x) + BigInt(y))
      }),
      { numRuns: 10_000 }
    )
  })

  it("of products equal those of big integers, in any order, bit by bit", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(integer(47), integer(47)), { minLength: 1, maxLength: 40, size: "max" }),
        fc.array(fc.nat(), { minLength: 40, maxLength: 40 }),
        (factors, keys) => {
          const shuffled = factors.map((pair, i) => ({ pair, key: keys[i] ?? 0 })).sort((a, b) => a.key - b.key)
          const expected = pairOf(total(factors.map(([x, y]) => BigInt(x) * BigInt(y))))
          assert.deepStrictEqual(addProducts(factors), expected)
          assert.deepStrictEqual(addProducts(shuffled.map(({ pair }) => pair)), expected)
        }
      ),
      { numRuns: 10_000 }
    )
  })

  it("come back to 0 whatever was added in between", () => {
    fc.assert(fc.property(fc.array(fc.tuple(integer(47), integer(52)), { maxLength: 20 }), (factors) => {
      const undone = factors.map(([x, y]) => [-x, y] as const)
      assert.deepStrictEqual(addProducts([...factors, ...undone]).map((word) => word + 0), [0, 0])
    }))
  })
})
