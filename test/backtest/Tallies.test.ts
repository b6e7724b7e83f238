import { assert, describe, it } from "@effect/vitest"
import { Tallies } from "../../src/backtest/Tallies.js"
import { Instant } from "../../src/domain/Instant.js"
import { MarketId } from "../../src/domain/MarketId.js"

const executed = (tallies: Tallies, index: number) =>
  tallies.executed({
    market: MarketId.make("m"),
    order: { kind: "order", action: "buy", outcome: "yes", size: 10, limit: 500_000 },
    decidedAt: Instant(index),
    at: Instant(index),
    fills: index % 2 === 0 ? [{ size: 4, price: 500_000, fee: 0 }] : [],
    unfilled: "no_depth"
  })

describe("tallies", () => {
  it("keep the first and the last executions in order, and count them all", () => {
    for (const count of [0, 1, 200, 201, 399, 400, 401, 1_234]) {
      const tallies = new Tallies()
      for (let i = 0; i < count; i++) executed(tallies, i)
      const { all, first, last } = tallies.executions()
      const indices = Array.from({ length: count }, (_, i) => i)
      assert.deepStrictEqual(first.map(({ at }) => Number(at)), indices.slice(0, 200))
      assert.deepStrictEqual(last.map(({ at }) => Number(at)), indices.slice(200).slice(-200))
      assert.deepStrictEqual([all, tallies.unfilled.get("no_depth") ?? 0], [count, count])
      assert.deepStrictEqual([tallies.fills, tallies.tradedSize], [Math.ceil(count / 2), 4 * Math.ceil(count / 2)])
      assert.strictEqual(tallies.partlyFilledOrders, Math.ceil(count / 2))
    }
  })

  it("count reasons by name, and no more of them than a strategy can sensibly have", () => {
    const tallies = new Tallies()
    for (let i = 0; i < 150; i++) tallies.pass(`reason ${i}`)
    tallies.pass("reason 0")
    assert.deepStrictEqual([tallies.passes.size, tallies.passes.get("other"), tallies.passes.get("reason 0")], [
      101,
      50,
      2
    ])
  })
})
