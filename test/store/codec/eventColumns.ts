import { FastCheck as fc } from "effect"
import { eventKinds } from "../../../src/domain/Event.js"
import type { EventColumns } from "../../../src/domain/EventColumns.js"
import { Instant } from "../../../src/domain/Instant.js"

const texts = fc.oneof(
  { weight: 3, arbitrary: fc.string() },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 300, size: "max" }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom("", "\u0000", "\ud800", "a\u2028b", "__proto__", "x".repeat(5_000), "é".repeat(300))
  }
)
const maybe = <A>(arbitrary: fc.Arbitrary<A>) => fc.option(arbitrary, { nil: undefined, freq: 3 })
const instants = fc.integer({ min: 31_536_000_000, max: 4_102_444_799_999 }).map((millis) => Instant(millis))
const amounts = fc.double({ min: 0, noNaN: true, noDefaultInfinity: true })

const lists = <A>(rows: number, value: fc.Arbitrary<A>) =>
  fc.array(value, { minLength: rows, maxLength: rows, size: "max" })

const numbers = (rows: number, value: fc.Arbitrary<number>) => lists(rows, value).map((all) => Float64Array.from(all))

const millionths = fc.oneof(fc.nat(1_000_000), fc.nat(100).map((cents) => cents * 10_000), fc.constant(NaN))
const sizes = fc.oneof(fc.nat(1_000).map((n) => n * 1_000_000), fc.maxSafeNat())

const levels = (rows: number) =>
  lists(rows, fc.nat(6)).chain((counts) => {
    const start = Float64Array.from([0, ...counts])
    for (let row = 1; row <= rows; row++) start[row] = (start[row] ?? 0) + (start[row - 1] ?? 0)
    const items = start[rows] ?? 0
    return fc.record({ start: fc.constant(start), price: numbers(items, millionths), size: numbers(items, sizes) })
  })

const snapshots = fc.record({
  question: texts,
  category: maybe(texts),
  tags: fc.array(texts, { maxLength: 3 }),
  startDate: maybe(instants),
  endDate: maybe(instants),
  resolutionDate: maybe(instants),
  liquidity: maybe(amounts),
  volume24h: maybe(amounts),
  tickSize: maybe(fc.nat(10_000))
})

const documents = fc.record({
  id: texts,
  text: texts,
  publishedAt: maybe(instants),
  url: maybe(texts),
  score: fc.double({ min: -1, max: 1, noNaN: true }).map((score) => score + 0),
  scorer: texts
})

const interruptions = fc.record({ scope: fc.constantFrom("market" as const, "source" as const), reason: texts })

const columnsOfKind = (kind: typeof eventKinds[number], rows: number): fc.Arbitrary<EventColumns> => {
  const common = {
    rows: fc.constant(rows),
    sequence: fc.oneof(
      fc.nat().map((first) => Float64Array.from({ length: rows }, (_, i) => first + i)),
      numbers(rows, fc.maxSafeNat())
    ),
    availableAt: numbers(rows, instants),
    eventTime: numbers(rows, instants),
    source: lists(rows, maybe(fc.oneof(texts, fc.constantFrom("wire", "blog"))))
  }
  switch (kind) {
    case "quote": {
      const volume24h = numbers(rows, fc.oneof(amounts, fc.constant(NaN)))
      const touch = { bestBid: numbers(rows, millionths), bestAsk: numbers(rows, millionths) }
      return fc.record({ ...common, kind: fc.constant(kind), ...touch, volume24h })
    }
    case "book":
      return fc.record({ ...common, kind: fc.constant(kind), bids: levels(rows), asks: levels(rows) })
    case "price_change":
      return levels(rows).chain((changes) => {
        const side = numbers(changes.price.length, fc.nat(1))
        return fc.record({ ...common, kind: fc.constant(kind), changes: fc.constant(changes), side })
      })
    case "trade": {
      const trade = { price: numbers(rows, millionths), size: numbers(rows, sizes), side: numbers(rows, fc.nat(1)) }
      return fc.record({ ...common, kind: fc.constant(kind), ...trade })
    }
    case "market":
      return fc.record({ ...common, kind: fc.constant(kind), payload: lists(rows, snapshots) })
    case "news":
      return fc.record({ ...common, kind: fc.constant(kind), payload: lists(rows, documents) })
    case "gap":
    case "gap_end":
      return fc.record({ ...common, kind: fc.constant(kind), payload: lists(rows, interruptions) })
    case "resolution":
      return fc.record({
        ...common,
        kind: fc.constant(kind),
        outcome: numbers(rows, fc.constantFrom(0, 1, 0.5, 1 / 3))
      })
    case "market_closed":
      return fc.record({ ...common, kind: fc.constant(kind) })
  }
}

/** Columns of any kind with any content that the types allow, in the log's order or not. */
export const anyColumns: fc.Arbitrary<EventColumns> = fc.tuple(fc.nat(12), fc.constantFrom(...eventKinds))
  .chain(([rows, kind]) => columnsOfKind(kind, rows))
