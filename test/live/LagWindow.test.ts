import { FastCheck as fc } from "effect"
import { assert, describe, it } from "vitest"
import { LagWindow } from "../../src/live/LagWindow.js"

const windowMillis = 1_000

const observed = fc.array(
  fc.record({ lag: fc.oneof(fc.nat(100), fc.nat(100_000)), pause: fc.nat(700) }),
  { minLength: 1, maxLength: 60 }
)

describe("LagWindow", () => {
  it("gives quantiles to a tenth, of what came within the last one to two windows", () => {
    fc.assert(fc.property(observed, fc.double({ min: 0.01, max: 1, noNaN: true }), (all, share) => {
      const window = new LagWindow(windowMillis)
      let now = 1_000_000
      /** starts of the windows, by the times at which something was observed */
      let [begun, before] = [-Infinity, -Infinity]
      const seen: Array<{ readonly lag: number; readonly at: number }> = []
      for (const { lag, pause } of all) {
        now += pause
        if (now - begun >= windowMillis) {
          before = now - begun < 2 * windowMillis ? begun : now
          begun = now
        }
        window.observe(lag, now)
        seen.push({ lag, at: now })
      }
      const lags = seen.filter(({ at }) => at >= before).map(({ lag }) => lag).sort((a, b) => a - b)
      const exact = lags[Math.ceil(share * lags.length) - 1] ?? NaN
      const found = window.quantile(share, now)
      assert.isAtLeast(found, Math.min(exact, 1))
      assert.isAtMost(found, Math.max(1, exact * 1.11 + 0.1))
      if (exact > 1) assert.isAtLeast(found, exact)
    }))
  })

  it("knows nothing before the first event, and nothing of what is long past", () => {
    const window = new LagWindow(windowMillis)
    assert.isNaN(window.quantile(0.5, 0))
    window.observe(5, 0)
    assert.isAbove(window.quantile(0.5, 1_500), 4)
    assert.isNaN(window.quantile(0.5, 4_000))
  })

  it("takes a clock of the venue that is ahead of ours for no lag", () => {
    const window = new LagWindow(windowMillis)
    window.observe(-20, 0)
    assert.strictEqual(window.quantile(1, 0), 1)
  })
})
