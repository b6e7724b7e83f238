import { assert, describe, it } from "@effect/vitest"
import { Either } from "effect"
import { marketEvents } from "../../src/polymarket/marketEvents.js"
import { listedMarketOf } from "../../src/polymarket/venueMarketOf.js"
import { rowOf } from "./rows.js"

const described = (more: object = {}) =>
  Either.getOrThrowWith(listedMarketOf(rowOf(1, more)), ({ field }) => field).market
const kinds = (...[told, now]: Parameters<typeof marketEvents>) => marketEvents(told, now).map(({ body }) => body.kind)

const open = described()
const closed = described({ closed: true })
const resolved = described({ closed: true, umaResolutionStatus: "resolved", outcomePrices: "[\"0\",\"1\"]" })

describe("a market's new description", () => {
  it("is told whole the first time, whatever the market has come to", () => {
    assert.deepStrictEqual(marketEvents(undefined, open), [{
      market: open.id,
      source: "polymarket",
      eventTime: undefined,
      body: { kind: "market", snapshot: open.snapshot }
    }])
    assert.deepStrictEqual(kinds(undefined, closed), ["market", "market_closed"])
    assert.deepStrictEqual(kinds(undefined, resolved), ["market", "market_closed", "resolution"])
  })

  it("says nothing where nothing has changed", () => {
    assert.deepStrictEqual(kinds(open, described({ tags: [...rowOf(1).tags].reverse() })), [])
    assert.deepStrictEqual(kinds(closed, described({ closed: true, volume24hr: 5 })), [])
    assert.deepStrictEqual(kinds(resolved, resolved), [])
  })

  it("is told again where any field of its snapshot has", () => {
    const changes = [
      { question: "Will it snow?" },
      { category: null },
      { tags: [] },
      { startDate: null },
      { endDate: "2026-03-13T09:25:00Z" },
      { liquidity: "20328.3748" },
      { volume24hr: 0 },
      { orderPriceMinTickSize: 0.01 }
    ]
    for (const change of changes) assert.deepStrictEqual(kinds(open, described(change)), ["market"])
    const scheduled = { ...open, snapshot: { ...open.snapshot, resolutionDate: open.snapshot.endDate } }
    assert.deepStrictEqual(kinds(open, scheduled), ["market"])
  })

  it("ends with the market: what a closed row keeps back is no news", () => {
    assert.deepStrictEqual(kinds(open, closed), ["market_closed"])
    assert.deepStrictEqual(kinds(open, described({ closed: true, question: "Did it rain?" })), ["market_closed"])
  })

  it("says the outcome once, and again where it was wrong", () => {
    assert.deepStrictEqual(kinds(open, resolved), ["market_closed", "resolution"])
    assert.deepStrictEqual(marketEvents(closed, resolved).map(({ body }) => body), [{ kind: "resolution", outcome: 0 }])
    assert.deepStrictEqual(kinds(resolved, { ...resolved, outcome: 1 }), ["resolution"])
    assert.deepStrictEqual(kinds(resolved, closed), [])
  })
})
