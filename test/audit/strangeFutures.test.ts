import { FastCheck as fc } from "effect"
import { assert, describe, it } from "vitest"
import { placesOf } from "../../src/audit/position.js"
import { alterRows, strangeEvents } from "../../src/audit/strangeFutures.js"
import { columnsOf } from "../../src/domain/columnsOf.js"
import { eventKinds } from "../../src/domain/Event.js"
import type { EventColumns } from "../../src/domain/EventColumns.js"
import { eventOf } from "../../src/domain/eventOf.js"
import { MarketId } from "../../src/domain/MarketId.js"
import { isPrice } from "../../src/domain/Price.js"
import { histories, numbered } from "../support/histories.js"
import { columnsFor, inLogOrder, placedOf } from "../support/replayOf.js"

const market = MarketId.make("m1")

const columnsOfHistories = histories.map((lines) => columnsFor(inLogOrder(placedOf(numbered(lines), market))))

const rowsOf = (columns: EventColumns) =>
  Array.from({ length: columns.rows }, (_, row) => eventOf(market, columns, row))

describe("alterRows", () => {
  it("leaves no event as it was, each at its place, and books in order", () => {
    let altered = 0
    fc.assert(
      fc.property(columnsOfHistories, (all) => {
        for (const columns of all) {
          const other = alterRows(columns)
          assert.deepStrictEqual(placesOf([other]), placesOf([columns]))
          const [before, after] = [rowsOf(columns), rowsOf(other)]
          before.forEach((event, row) => {
            altered++
            const own = after[row]
            // nothing but time and source can be altered of a closing; a book without levels has nothing to alter
            const isBare = columns.kind === "market_closed" ||
              (event?.body.kind === "book" && event.body.bids.length + event.body.asks.length === 0)
            if (isBare) assert.notStrictEqual(own?.eventTime, event?.eventTime)
            else assert.notDeepEqual(own?.body, event?.body)
            if (own?.body.kind !== "book") return
            for (const side of ["bids", "asks"] as const) {
              const prices = own.body[side].map(([price]) => price)
              const sorted = [...prices].sort((a, b) => side === "bids" ? a - b : b - a)
              assert.deepStrictEqual(prices, sorted)
              assert.isTrue(prices.every((price) => isPrice(price / 1e6)))
            }
          })
        }
      }),
      { numRuns: 100 }
    )
    assert.isAbove(altered, 1_000)
  })

  it("alters prices at either end and in the middle within their range", () => {
    const quotes = [0, 499_999, 500_000, 1_000_000, undefined].map((price, index) => ({
      sequence: index + 1,
      availableAt: index,
      eventTime: index,
      source: undefined,
      body: { kind: "quote" as const, bestBid: price, bestAsk: price, volume24h: undefined }
    }))
    const other = alterRows(columnsOf("quote", quotes))
    assert.strictEqual(other.kind, "quote")
    if (other.kind === "quote") {
      assert.deepStrictEqual([...other.bestBid], [500_000, 999_999, 0, 500_000, 123_456])
      assert.deepStrictEqual([...other.volume24h], [1, 1, 1, 1, 1])
    }
  })
})

describe("strangeEvents", () => {
  it("are of every kind, behind the instant and behind the log, and dated before they are known", () => {
    const [at, last] = [1_000_000_000_000, 1_000_000_900_000]
    const strange = strangeEvents(at, last, 77)
    assert.deepStrictEqual(strange.map(({ kind }) => kind), [...eventKinds])
    const places = placesOf(strange)
    assert.strictEqual(Math.min(...places.map(({ available_at }) => available_at)), at + 1)
    assert.isAbove(Math.max(...places.map(({ available_at }) => available_at)), last)
    assert.deepStrictEqual(places.map(({ sequence }) => sequence), places.map((_, index) => 77 + index))
    assert.isTrue(strange.some(({ eventTime }) => eventTime.some((time) => time < at)))
    for (const { kind, rows } of strange) assert.isAtLeast(rows, 3, kind)
  })
})
