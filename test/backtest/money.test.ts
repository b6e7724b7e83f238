import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { affordable, fromDollars, takerFee, toDollars, toHundredths } from "../../src/backtest/money.js"

describe("money", () => {
  it("rounds the taker's fee to the fifth decimal, halves up", () => {
    // 1 share at 0.5 and 2 %: 0.005 dollars
    assert.strictEqual(takerFee(100, 500_000, 20_000), fromDollars(0.005))
    // 0.01 * 0.002 * 0.25 = 0.000005: half a step
    assert.strictEqual(takerFee(1, 500_000, 2_000), fromDollars(0.00001))
    assert.strictEqual(takerFee(1, 500_000, 1_999), 0)
    assert.strictEqual(takerFee(10_000, 990_000, 0), 0)
  })

  it("finds the largest size that the cash pays, fee included", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1_000_000_000 }),
        fc.integer({ min: 1, max: 5_000 }),
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.integer({ min: 0, max: 500_000 }),
        (cash, size, price, rate) => {
          const costs = (shares: number) => shares * price + takerFee(shares, price, rate)
          let most = size
          while (costs(most) > cash) most--
          assert.strictEqual(affordable(cash, size, price, rate), most)
        }
      ),
      { numRuns: 500, seed: 1 }
    )
  })

  it("is exact in dollars and shares as they are written", () => {
    assert.strictEqual(fromDollars(0.29), 29_000_000)
    assert.strictEqual(toDollars(fromDollars(1234.56789)), 1234.56789)
    assert.strictEqual(toHundredths(0.29), 29)
    assert.strictEqual(toHundredths(0.299), 29)
  })
})
