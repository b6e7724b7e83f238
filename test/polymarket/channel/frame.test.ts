import { FastCheck as fc } from "effect"
import { describe, expect, it } from "vitest"
import { showProblem } from "../../../src/domain/problems.js"
import { idsIn, readFrame } from "../../../src/polymarket/channel/frame.js"
import { book, listing, noon, priceChange } from "./frames.js"

const market = listing(1)
const sides = { bids: [[480, "10.5"], [470, "5"]], asks: [[520, "7"]] } as const

const one = (input: object) => {
  const { messages, refused, unknown } = readFrame(JSON.stringify(input))
  expect(unknown).toEqual([])
  expect(refused.map(({ problem }) => showProblem(problem))).toEqual([])
  expect(messages).toHaveLength(1)
  return messages[0]
}

const problems = (input: unknown) =>
  readFrame(typeof input === "string" ? input : JSON.stringify(input)).refused.map(({ problem }) =>
    showProblem(problem)
  )

describe("a frame", () => {
  it("of a book is read under its older names, in any order, with null for an empty side", () => {
    const { asks, bids, ...rest } = book(market, noon, sides)
    const expected = {
      type: "book",
      token: market.yes,
      timestamp: noon,
      bids: [[480_000, 10_500_000], [470_000, 5_000_000]],
      asks: [[520_000, 7_000_000]]
    }
    expect(one({ ...rest, bids, asks })).toEqual(expected)
    expect(one({ ...rest, buys: bids, sells: asks })).toEqual(expected)
    expect(one({ ...rest, event_type: undefined, buys: bids, sells: asks })).toEqual(expected)
    expect(one({ ...rest, bids, asks: null })).toEqual({ ...expected, asks: [] })
    expect(one({ ...rest, bids, asks, hash: null, tick_size: "0.01", extra: { a: [1] } })).toEqual(expected)
    expect(one({ ...rest, timestamp: noon, bids, asks })).toEqual(expected)
  })

  it("of changes is read in both of its shapes", () => {
    expect(one(priceChange(market, noon, { side: "BUY", price: 480, size: "0" }, "0.47", ""))).toMatchObject({
      changes: [
        { token: market.yes, side: "bid", price: 480_000, size: 0, bestBid: 470_000, bestAsk: NaN },
        { token: market.no, side: "ask", price: 520_000, size: 0, bestBid: NaN, bestAsk: 530_000 }
      ]
    })
    const older = {
      event_type: "price_change",
      asset_id: market.no,
      market: market.id,
      changes: [{ price: ".4", side: "SELL", size: "3300" }, { price: "0.5", side: "BUY", size: 100 }],
      timestamp: String(noon),
      hash: "3cd4d61e042c81560c9037ece0c61f3b1a8fbbdd"
    }
    expect(one(older)).toMatchObject({
      changes: [
        { token: market.no, side: "ask", price: 400_000, size: 3_300_000_000, bestBid: NaN },
        { token: market.no, side: "bid", price: 500_000, size: 100_000_000, bestAsk: NaN }
      ]
    })
  })

  it("of a resolution without a winner is read as such", () => {
    const resolved = { event_type: "market_resolved", market: market.id, timestamp: noon }
    expect(one({ ...resolved, winning_asset_id: "" })).toMatchObject({ winner: undefined })
    expect(one(resolved)).toMatchObject({ winner: undefined })
  })

  it("gives what can be read of an array, and names what cannot", () => {
    const good = priceChange(market, noon, { side: "BUY", price: 480, size: "1" })
    const bad = book(market, noon, { bids: [[480, "-1"]], asks: [] })
    const { messages, refused, unknown } = readFrame(
      JSON.stringify([good, bad, 7, { event_type: "fees" }, {}, good])
    )
    expect(messages).toHaveLength(2)
    expect(refused.map(({ problem }) => showProblem(problem))).toEqual([
      "bids[0].size: expected a size in shares within 0..1000000000, as a decimal string or a finite number, got \"-1\"",
      "(message): expected a JSON object, got 7"
    ])
    expect(refused[0]).toMatchObject({ type: "book", about: [market.yes, market.id] })
    expect(unknown).toEqual(["fees", "(none)"])
  })

  it.each([
    ["price", "1.5"],
    ["price", "-0.1"],
    ["price", "1e999"],
    ["price", null],
    ["size", "NaN"],
    ["size", "1000000001"],
    ["size", true],
    ["side", "HOLD"],
    ["asset_id", "0x12"],
    ["asset_id", 12],
    ["best_bid", "high"]
  ])("refuses a change with %s %s by the name of the field", (field, value) => {
    const change = priceChange(market, noon, { side: "BUY", price: 480, size: "1" })
    const [first, ...others] = change.price_changes
    const found = problems({ ...change, price_changes: [{ ...first, [field]: value }, ...others] })
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(`price_changes[0].${field}: expected `)
  })

  it.each([1_703_875_200, "1703875200", "yesterday", -1, null, "9999999999999999"])(
    "refuses %s as a time",
    (timestamp) => {
      expect(problems({ ...book(market, noon, sides), timestamp })[0]).toMatch(/^timestamp: expected a time in millis/u)
    }
  )

  it("that is no JSON names the markets it seems to be about", () => {
    const text = JSON.stringify(priceChange(market, noon, { side: "BUY", price: 480, size: "1" }))
    const { refused } = readFrame(text.slice(0, 300))
    expect(refused).toHaveLength(1)
    expect(refused[0]?.about).toEqual([market.id, market.yes])
    expect(idsIn("{\"asset_id\":\"123")).toEqual([])
  })

  it("of whatever text never throws, nor does one nested without end", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.json(), fc.string({ unit: "binary" }), fc.json().map((text) => `[${text},{"bids":1,"asks":2}]`)),
        (text) => {
          const { messages, refused, unknown } = readFrame(text)
          expect(messages.length + refused.length + unknown.length).toBeLessThanOrEqual(10_000)
        }
      ),
      { numRuns: 2_000 }
    )
    for (const key of ["price_changes", "bids", "event_type"]) {
      expect(problems(`{"${key}":${"[".repeat(100_000)}${"]".repeat(100_000)},"asks":[]}`).length).toBeLessThan(2)
    }
    expect(problems(`[${"1,".repeat(20_000)}1]`)).toEqual(["(frame): expected at most 10000 messages, got 20001"])
  })
})
