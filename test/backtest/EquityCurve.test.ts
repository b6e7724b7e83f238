import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { EquityCurve } from "../../src/backtest/EquityCurve.js"
import { Instant } from "../../src/domain/Instant.js"

const curveOf = (equities: ReadonlyArray<number>) => {
  const curve = new EquityCurve()
  for (const [index, equity] of equities.entries()) {
    curve.observe({ at: Instant(index), equity, cash: 0, exposure: index })
  }
  return curve
}

describe("an equity curve", () => {
  it("finds the worst fall from a peak that any pair of points shows", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (equities) => {
        let worst = 0
        for (const [i, peak] of equities.entries()) {
          for (const later of equities.slice(i)) worst = Math.max(worst, peak - later)
        }
        const found = curveOf(equities).drawdown()
        assert.strictEqual(found?.amount ?? 0, worst)
        if (found === undefined) return
        const [peak = 0, trough = 0] = [equities[found.peakAt], equities[found.troughAt]]
        assert.deepStrictEqual([peak - trough, found.fraction], [worst, worst / peak])
      })
    )
  })

  it("keeps at most 2,000 evenly spaced points and the newest, however long the run", () => {
    for (const length of [0, 1, 999, 2_000, 2_001, 50_003]) {
      const points = curveOf(Array.from({ length }, (_, i) => i)).points()
      assert.isAtMost(points.length, 2_001)
      assert.strictEqual(points.at(-1)?.at ?? -1, length - 1)
      const gaps = new Set(points.slice(1, -1).map(({ at }, i) => at - (points[i]?.at ?? 0)))
      assert.isAtMost(gaps.size, 1)
      if (length > 0) assert.strictEqual(points[0]?.at, 0)
    }
  })

  it("means exposure over all instants", () => {
    assert.deepStrictEqual(curveOf([1, 1, 1, 1]).exposure(), { mean: 1.5, most: 3 })
    assert.deepStrictEqual(curveOf([]).exposure(), { mean: 0, most: 0 })
  })
})
