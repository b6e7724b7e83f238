import { FastCheck as fc } from "effect"
import type { AppendedBody, PlacedEvent } from "../../src/domain/columnsOf.js"
import type { BookSide } from "../../src/domain/Event.js"
import { Instant } from "../../src/domain/Instant.js"
import { inLogOrder } from "../support/replayOf.js"

/** 2026-03-29T12:00:00Z */
const opening = 1_774_785_600_000

// Few prices around spreads of ten cents, the widest that give a mid, so that books cross, widen and come back
const price = fc.constantFrom(400_000, 450_000, 480_000, 490_000, 500_000, 500_001, 510_000, 550_000)
const size = fc.constantFrom(0, 1, 1_000_000, 2_500_000)
const levels = fc.array(fc.tuple(price, size), { maxLength: 4 })
const maybe = <A>(arbitrary: fc.Arbitrary<A>) => fc.option(arbitrary, { nil: undefined, freq: 3 })
const text = fc.array(fc.constantFrom("fed", "cuts", "rates", "łódź", "150k"), { maxLength: 4 })
  .map((words) => words.join(" "))

const interruption = fc.record({
  scope: fc.constantFrom("market" as const, "source" as const, "source" as const),
  reason: fc.constant("disconnect")
})

const quote = fc.record({
  kind: fc.constant("quote" as const),
  bestBid: maybe(price),
  bestAsk: maybe(price),
  volume24h: maybe(fc.nat(9))
})

const change = fc.record({
  kind: fc.constant("price_change" as const),
  changes: fc.array(fc.tuple(fc.constantFrom<BookSide>("bid", "ask"), price, size), { maxLength: 3 })
})

const rare: fc.Arbitrary<AppendedBody> = fc.oneof(
  fc.record({
    kind: fc.constant("market" as const),
    snapshot: fc.record({
      question: text,
      category: fc.constant(undefined),
      tags: fc.constant([]),
      startDate: fc.constant(undefined),
      endDate: fc.constant(Instant(opening)),
      resolutionDate: fc.constant(undefined),
      liquidity: maybe(fc.nat(9)),
      volume24h: maybe(fc.nat(9)),
      tickSize: fc.constant(10_000)
    })
  }),
  fc.record({
    kind: fc.constant("news" as const),
    document: fc.record({
      id: fc.constant("1"),
      text,
      publishedAt: fc.constant(undefined),
      url: fc.constant(undefined),
      score: fc.constantFrom(-0.5, 0, 0.25),
      scorer: fc.constant("vader")
    })
  }),
  fc.record({ kind: fc.constant("gap" as const), interruption }),
  fc.record({ kind: fc.constant("gap_end" as const), interruption })
)

const closing: fc.Arbitrary<AppendedBody> = fc.constantFrom<AppendedBody>(
  { kind: "market_closed" },
  { kind: "resolution", outcome: 1 }
)

const body: fc.Arbitrary<AppendedBody> = fc.oneof(
  { weight: 8, arbitrary: quote },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("book" as const), bids: levels, asks: levels }) },
  { weight: 12, arbitrary: change },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("trade" as const),
      price,
      size: fc.constant(1),
      side: fc.constant("buy" as const)
    })
  },
  { weight: 12, arbitrary: rare },
  { weight: 1, arbitrary: closing }
)

/**
 * Events of one market, of all kinds, in the log's order: many at one instant, and later ones appended before earlier
 * ones.
 */
export const marketEvents: fc.Arbitrary<ReadonlyArray<PlacedEvent>> = fc.array(
  fc.record({
    body,
    wait: fc.constantFrom(0, 0, 1, 2, 1_000),
    source: fc.constantFrom(undefined, "wire", "blog"),
    appended: fc.nat(9)
  }),
  { minLength: 1, maxLength: 40, size: "max" }
).map((steps) => {
  let at = opening
  const placed = steps.map(({ appended, wait, ...event }) => ({
    ...event,
    eventTime: opening,
    availableAt: at += wait,
    appended
  }))
  const numbered = [...placed].sort((a, b) => a.appended - b.appended).map((event, i) => ({
    ...event,
    sequence: i + 1
  }))
  return inLogOrder(numbered)
})

/** How many of the events are known at `at`, inclusive. */
export const knownAt = (events: ReadonlyArray<PlacedEvent>, at: number): number =>
  events.filter((event) => event.availableAt <= at).length
