import { assert, describe, it } from "vitest"
import { ask, on } from "../support/ask.js"
import { opening } from "../support/histories.js"

const seconds = (count: number) => opening + count * 1000

const quote = (at: number, best_bid: number, best_ask: number) => on(at, { type: "quote", best_bid, best_ask })

describe("the market's features", () => {
  it("show the mid up to a spread of exactly 0.10, then the last trade", () => {
    const lines = [
      quote(seconds(1), 0.45, 0.55),
      quote(seconds(2), 0.45, 0.550001),
      on(seconds(3), { type: "trade", price: "0.47", size: 1, side: "buy" }),
      quote(seconds(4), 0.5, 0.5),
      quote(seconds(5), 0.500001, 0.500002)
    ]
    const prices = [1, 2, 3, 4, 5].map((second) => ask(lines, "market.current_price", seconds(second)))
    assert.deepStrictEqual(prices, [0.5, "wide_spread", 0.47, 0.47, 0.5000015])
    assert.strictEqual(ask(lines, "market.price_spread", seconds(2)), 0.100001)
    assert.strictEqual(ask(lines, "market.price_spread", seconds(4)), "crossed_book")
  })

  it("know no price from a gap to the next book or quote, nor after the end", () => {
    const lines = [
      quote(seconds(1), 0.4, 0.5),
      on(seconds(2), { type: "gap", scope: "market", reason: "watchdog" }),
      on(seconds(3), { type: "trade", price: 0.48, size: 1, side: "buy" }),
      on(seconds(3), { type: "price_change", changes: [["bid", 0.4, 1]] }),
      on(seconds(3), { type: "gap_end", scope: "market", reason: "reconnected" }),
      on(seconds(4), { type: "quote", best_bid: 0.4 }),
      on(seconds(5), { type: "resolution", outcome: 1 }),
      quote(seconds(6), 0.98, 0.99)
    ]
    const prices = [2, 3, 4, 5, 6].map((second) => ask(lines, "market.current_price", seconds(second)))
    assert.deepStrictEqual(prices, ["feed_gap", "feed_gap", 0.48, "closed", "closed"])
    assert.strictEqual(ask(lines, "market.price_spread", seconds(4)), "one_sided_book")
  })

  it("take volume from whichever reported it last", () => {
    const lines = [
      on(seconds(1), { type: "market", question: "", volume_24h: 10, liquidity: 0 }),
      on(seconds(2), { type: "quote", volume_24h: 20 }),
      quote(seconds(3), 0.4, 0.5),
      on(seconds(4), { type: "market", question: "", end_date: seconds(5) })
    ]
    const volumes = [1, 2, 3, 4].map((second) => ask(lines, "market.volume", seconds(second)))
    assert.deepStrictEqual(volumes, [10, 20, 20, "no_data"])
    assert.strictEqual(ask(lines, "market.liquidity", seconds(3)), 0)
    assert.deepStrictEqual([3, 4, 9].map((second) => ask(lines, "market.time_to_expiry", seconds(second))), [
      "no_end_date",
      1,
      0
    ])
  })
})
