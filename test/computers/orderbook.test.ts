import { assert, describe, it } from "vitest"
import { ask, on } from "../support/ask.js"
import { opening } from "../support/histories.js"

type Levels = ReadonlyArray<readonly [string | number, string | number]>

// Touch and depth sums are those of a real book of 76 bids and 86 asks; how the rest spreads between them cannot matter.
const side = (best: number, away: 1 | -1, top: string, toFive: string, toTen: string): Levels =>
  [top, "1", "1", "1", toFive, "2", "2", "2", "2", toTen, "999999"].map((size, n) => [
    ((best + away * n) / 1000).toFixed(3),
    size
  ])

const real = [on(opening, {
  type: "book",
  // 111748.49 - 1304.72 - 3 = 110440.77, and 438098.54 - 111748.49 - 8 = 326342.05
  bids: side(511, -1, "1304.72", "110440.77", "326342.05").toReversed(),
  // 115556.62 - 20230.87 - 3 = 95322.75, and 278554.73 - 115556.62 - 8 = 162990.11
  asks: side(514, 1, "20230.87", "95322.75", "162990.11")
})]

const near = (actual: unknown, expected: number) => assert.approximately(Number(actual), expected, 5e-10)

describe("the order book's features", () => {
  it("have the published check values", () => {
    near(ask(real, "orderbook.microprice", opening), 0.511181753)
    const at = (levels: number) => ({ orderbook: { levels } })
    assert.strictEqual(ask(real, "orderbook.bid_depth", opening, at(5)), 111748.49)
    assert.strictEqual(ask(real, "orderbook.ask_depth", opening, at(5)), 115556.62)
    assert.strictEqual(ask(real, "orderbook.bid_depth", opening), 438098.54)
    assert.strictEqual(ask(real, "orderbook.ask_depth", opening), 278554.73)
    near(ask(real, "orderbook.imbalance_ratio", opening, at(1)), -0.878831274)
    near(ask(real, "orderbook.imbalance_ratio", opening, at(5)), -0.016753385)
    near(ask(real, "orderbook.imbalance_ratio", opening), 0.222623431)
    near(ask(real, "orderbook.weighted_mid", opening, at(5)), 0.512474870)
    near(ask(real, "orderbook.weighted_mid", opening), 0.512833935)
    assert.strictEqual(ask(real, "orderbook.weighted_mid", opening, at(1)), ask(real, "orderbook.microprice", opening))
  })

  it("stay at the touch although junk rests far from it", () => {
    const junk = [on(opening, {
      type: "book",
      bids: [["0.10", 1], ["0.05", 1], ["0.001", 1000]],
      asks: [["0.14", 1], ["0.5", 1], ["0.999", 1000]]
    })]
    near(ask(junk, "orderbook.weighted_mid", opening), 0.12)
  })
})
