import { FastCheck as fc } from "effect"
import { assert, describe, it } from "vitest"
import { MarketId } from "../../src/domain/MarketId.js"
import { marketOrder, rowsByMarket, spineColumns } from "../../src/store/spineColumns.js"

const names = fc.array(fc.constantFrom("a", "b", "c", "d").map((id) => MarketId.make(id)), { maxLength: 12 })

describe("the columns of a spine", () => {
  it("name each row's market, and number markets by first appearance", () => {
    fc.assert(fc.property(names, (rows) => {
      const timestamp = Float64Array.from(rows, (_, row) => row)
      const spine = spineColumns(rows, timestamp)
      assert.deepStrictEqual(spine.markets, [...new Set(rows)])
      assert.deepStrictEqual(Array.from(spine.market, (one) => spine.markets[one]), [...rows])
      assert.strictEqual(spine.timestamp, timestamp)
    }))
  })

  it("are put together by market, each market's in their order, also of markets that no row asks for", () => {
    fc.assert(fc.property(names, (rows) => {
      const spine = spineColumns(rows, new Float64Array(rows.length))
      const markets = [MarketId.make("unasked"), ...spine.markets]
      const shifted = { ...spine, markets, market: spine.market.map((one) => one + 1) }
      const expected = markets.map((market) => rows.flatMap((name, row) => name === market ? [row] : []))
      assert.deepStrictEqual(rowsByMarket(shifted).map((own) => [...own]), expected)
      const { place, start } = marketOrder(shifted)
      const order = expected.flat()
      assert.deepStrictEqual([...place], rows.map((_, row) => order.indexOf(row)))
      assert.deepStrictEqual([...start], [0, ...expected.map((_, i) => expected.slice(0, i + 1).flat().length)])
    }))
  })
})
