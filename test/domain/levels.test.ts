import { FastCheck as fc } from "effect"
import { assert, describe, it } from "vitest"
import { normaliseLevels } from "../../src/domain/levels.js"

const levels = fc.array(
  fc.tuple(
    fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 1_000_000 })),
    fc.integer({ min: -3, max: 99 })
  ),
  {
    maxLength: 40,
    size: "max"
  }
)

describe("normalised levels", () => {
  it("are the sums of positive sizes by price, each price once, best last", () => {
    fc.assert(fc.property(levels, fc.constantFrom("bid" as const, "ask" as const), (raw, side) => {
      const sizes = new Map<number, number>()
      for (const [price, size] of raw) if (size > 0) sizes.set(price, (sizes.get(price) ?? 0) + size)
      const sign = side === "bid" ? 1 : -1
      const before = structuredClone(raw)
      assert.deepStrictEqual(normaliseLevels(raw, side), [...sizes].sort(([a], [b]) => sign * (a - b)))
      assert.deepStrictEqual(raw, before)
    }))
  })

  it("do not change by being normalised again", () => {
    fc.assert(fc.property(levels, fc.constantFrom("bid" as const, "ask" as const), (raw, side) => {
      const once = normaliseLevels(raw, side)
      assert.deepStrictEqual(normaliseLevels(once, side), once)
    }))
  })
})
