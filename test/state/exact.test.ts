import { FastCheck as fc } from "effect"
import { assert, describe, it } from "vitest"
import { addProduct, combine, scale } from "../../src/state/exact.js"
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

const big = fc.tuple(integer(47), integer(52), integer(30)).map(([a, b, c]) => BigInt(a) * BigInt(b) + BigInt(c))

const total = (values: ReadonlyArray<bigint>) => values.reduce((sum, value) => sum + value, 0n)

describe("exact sums", () => {
  it("of products equal those of big integers, in any order, bit by bit", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(integer(47), integer(47)), { minLength: 1, maxLength: 40, size: "max" }),
        fc.array(fc.nat(), { minLength: 40, maxLength: 40 }),
        (factors, keys) => {
          const shuffled = factors.map((pair, i) => ({ pair, key: keys[i] ?? 0 })).sort((a, b) => a.key - b.key)
          for (const order of [factors, shuffled.map(({ pair }) => pair)]) {
            const r = new Float64Array(2)
            for (const [x, y] of order) addProduct(0, r, r, 0, x, y)
            assert.deepStrictEqual(pairAt(r, 0), pairOf(total(factors.map(([x, y]) => BigInt(x) * BigInt(y)))))
          }
        }
      ),
      { numRuns: 10_000 }
    )
  })

  it("and differences of values up to 2^100 equal those of big integers", () => {
    fc.assert(
      fc.property(big, big, fc.constantFrom(1, -1), (a, b, sign) => {
        const r = Float64Array.of(...pairOf(a), ...pairOf(b), 0, 0)
        combine(4, r, r, 0, sign, r, 2)
        assert.deepStrictEqual(pairAt(r, 4), pairOf(a + BigInt(sign) * b))
      }),
      { numRuns: 10_000 }
    )
  })

  it("scaled by a number equal big integers scaled", () => {
    fc.assert(
      fc.property(integer(43), integer(30), integer(31), (x, y, factor) => {
        const value = BigInt(x) * BigInt(y)
        const r = Float64Array.of(...pairOf(value), 0, 0)
        scale(2, r, r, 0, factor)
        assert.deepStrictEqual(pairAt(r, 2), pairOf(value * BigInt(factor)))
      }),
      { numRuns: 10_000 }
    )
  })

  it("come back to 0 whatever was added in between", () => {
    fc.assert(fc.property(fc.array(big, { maxLength: 20 }), (values) => {
      const r = new Float64Array(2)
      for (const sign of [1, -1]) {
        for (const value of values) combine(0, r, r, 0, sign, Float64Array.of(...pairOf(value)), 0)
      }
      assert.deepStrictEqual(pairAt(r, 0), [0, 0])
    }))
  })
})
