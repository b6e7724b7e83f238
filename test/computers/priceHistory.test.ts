import { assert, describe, it } from "vitest"
import { ask, on } from "../support/ask.js"
import { opening } from "../support/histories.js"

const minutes = (count: number) => opening + count * 60_000

const priced = (at: number, price: number) =>
  on(at, { type: "quote", best_bid: (price - 0.01).toFixed(6), best_ask: (price + 0.01).toFixed(6) })

// 0.5 for 30 minutes, 0.6 for 15, 0.5 for 15: one hour
const lines = [priced(opening, 0.5), priced(minutes(30), 0.6), priced(minutes(45), 0.5)]

const near = (actual: unknown, expected: number) => assert.approximately(Number(actual), expected, 1e-12)

describe("the price history's features", () => {
  it("are as worked by hand", () => {
    // two jumps of 0.1 in an hour
    near(ask(lines, "price_history.volatility", minutes(60)), Math.sqrt(0.02))
    assert.strictEqual(ask(lines, "price_history.momentum", minutes(60)), 0)
    // m = 0.525, s^2 = 0.75 * 0.025^2 + 0.25 * 0.075^2 = 0.001875
    near(ask(lines, "price_history.mean_reversion_signal", minutes(60)), 0.025 / Math.sqrt(0.001875))
    near(ask(lines, "price_history.mean_reversion_signal", minutes(40)), -0.075 / Math.sqrt(0.001875))
    // 12 * (0.5 * 0.5 * -0.25 + 0.6 * 0.25 * 0.125 + 0.5 * 0.25 * 0.375)
    near(ask(lines, "price_history.price_velocity", minutes(60)), 0.0375)
  })

  it("leave out a jump exactly at the window's start", () => {
    near(ask(lines, "price_history.volatility", minutes(90) - 1), Math.sqrt(0.02))
    near(ask(lines, "price_history.volatility", minutes(90)), 0.1)
    assert.strictEqual(ask(lines, "price_history.momentum", minutes(90)), -0.1)
  })

  it("want their coverage to the millisecond, and their window", () => {
    assert.strictEqual(ask(lines, "price_history.volatility", minutes(5) - 1), "not_enough_history")
    assert.strictEqual(ask(lines, "price_history.volatility", minutes(5)), 0)
    assert.strictEqual(ask(lines, "price_history.mean_reversion_signal", minutes(5)), "zero_variance")
    assert.strictEqual(ask(lines, "price_history.momentum", minutes(60) - 1), "not_enough_history")
  })

  it("do not depend on how often a feed repeats itself", () => {
    const repeated = [
      ...lines,
      ...[1, 2, 3, 31, 59].map((minute) => priced(minutes(minute), minute === 31 ? 0.6 : 0.5))
    ]
    const names = ["volatility", "momentum", "mean_reversion_signal", "price_velocity"] as const
    for (const name of names) {
      const feature = `price_history.${name}` as const
      assert.strictEqual(ask(repeated, feature, minutes(60)), ask(lines, feature, minutes(60)))
    }
  })
})
