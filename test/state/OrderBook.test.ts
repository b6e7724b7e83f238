import { FastCheck as fc } from "effect"
import { assert, describe, it } from "vitest"
import { columnsOf } from "../../src/domain/columnsOf.js"
import type { BookSide, RawLevels } from "../../src/domain/Event.js"
import { type BookLevels, OrderBook } from "../../src/state/OrderBook.js"

const price = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 1_000_000 }))
const size = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 1_000_000 }))
const levels = fc.array(fc.tuple(price, size), { maxLength: 40, size: "max" })

type Step =
  | { readonly kind: "book"; readonly bids: RawLevels; readonly asks: RawLevels }
  | { readonly kind: "quote"; readonly bid: number | undefined; readonly ask: number | undefined }
  | { readonly kind: "change"; readonly side: BookSide; readonly price: number; readonly size: number }
  | { readonly kind: "copy" }

const side = fc.constantFrom<BookSide>("bid", "ask")
const steps: fc.Arbitrary<ReadonlyArray<Step>> = fc.array(
  fc.oneof(
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("book" as const), bids: levels, asks: levels }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("quote" as const),
        bid: fc.option(price, { nil: undefined }),
        ask: fc.option(price, { nil: undefined })
      })
    },
    { weight: 30, arbitrary: fc.record({ kind: fc.constant("change" as const), side, price, size }) },
    { weight: 1, arbitrary: fc.constant({ kind: "copy" as const }) }
  ),
  { maxLength: 60, size: "max" }
)

/** A book as its definition has it: a size by price, nothing sorted. */
class NaiveBook {
  form = "unknown"
  bid = new Map<number, number>()
  ask = new Map<number, number>()

  apply(step: Step): void {
    switch (step.kind) {
      case "book": {
        this.form = "book"
        const summed = (raw: RawLevels) => {
          const sizes = new Map<number, number>()
          for (const [at, size] of raw) if (size > 0) sizes.set(at, (sizes.get(at) ?? 0) + size)
          return sizes
        }
        this.bid = summed(step.bids)
        this.ask = summed(step.asks)
        return
      }
      case "quote":
        this.form = "quote"
        this.bid = new Map(step.bid === undefined ? [] : [[step.bid, NaN]])
        this.ask = new Map(step.ask === undefined ? [] : [[step.ask, NaN]])
        return
      case "change":
        if (this.form !== "book") return
        if (step.size === 0) this[step.side].delete(step.price)
        else this[step.side].set(step.price, step.size)
        return
      case "copy":
        return
    }
  }
}

const listed = ({ count, price, size }: BookLevels) =>
  Array.from({ length: count }, (_, i) => [price[i], size[i]] as const)

const expectedLevels = (sizes: ReadonlyMap<number, number>, sign: number) =>
  [...sizes].sort(([a], [b]) => sign * (a - b))

const apply = (book: OrderBook, step: Step): OrderBook => {
  switch (step.kind) {
    case "book": {
      const event = { sequence: 1, availableAt: 1, eventTime: 1, source: undefined, body: step }
      const columns = columnsOf("book", [{ ...event, body: { kind: "book", bids: [[1, 1]], asks: [] } }, event])
      if (columns.kind === "book") book.replace(columns.bids, columns.asks, 1)
      return book
    }
    case "quote":
      book.quote(step.bid ?? NaN, step.ask ?? NaN)
      return book
    case "change":
      book.change(step.side === "bid", step.price, step.size)
      return book
    case "copy": {
      const copy = new OrderBook()
      copy.copyFrom(book)
      return copy
    }
  }
}

describe("the order book", () => {
  it("is what a map of sizes by price is, best last, after any changes", () => {
    fc.assert(
      fc.property(steps, (all) => {
        let book = new OrderBook()
        const naive = new NaiveBook()
        for (const step of all) {
          book = apply(book, step)
          naive.apply(step)
          assert.strictEqual(book.form, naive.form)
          assert.deepStrictEqual(listed(book.bids), expectedLevels(naive.bid, 1))
          assert.deepStrictEqual(listed(book.asks), expectedLevels(naive.ask, -1))
          assert.deepStrictEqual(book.bestBid(), naive.bid.size === 0 ? NaN : Math.max(...naive.bid.keys()))
          assert.deepStrictEqual(book.bestAsk(), naive.ask.size === 0 ? NaN : Math.min(...naive.ask.keys()))
        }
      }),
      { numRuns: 2_000 }
    )
  })

  it("shares nothing with its copy", () => {
    const book = apply(new OrderBook(), { kind: "book", bids: [[40, 1], [50, 2]], asks: [[60, 3]] })
    const copy = apply(book, { kind: "copy" })
    book.change(true, 50, 0)
    book.change(false, 60, 9)
    assert.deepStrictEqual(listed(copy.bids), [[40, 1], [50, 2]])
    assert.deepStrictEqual(listed(copy.asks), [[60, 3]])
  })

  it("takes thousands of levels", () => {
    const many = Array.from({ length: 2_000 }, (_, i): readonly [number, number] => [i + 1, i + 1])
    const book = apply(new OrderBook(), { kind: "book", bids: [...many].reverse(), asks: [] })
    for (const [at, size] of many) book.change(false, at, size)
    assert.deepStrictEqual(listed(book.bids), many)
    assert.deepStrictEqual(listed(book.asks), [...many].reverse())
    assert.deepStrictEqual([book.bestBid(), book.bestAsk()], [2_000, 1])
  })
})
