import { type AppendedBody, columnsOf, type PlacedEvent } from "../domain/columnsOf.js"
import { eventKinds, type GapScope, type MarketSnapshot } from "../domain/Event.js"
import type { EventColumns, FlatLevels } from "../domain/EventColumns.js"
import { Instant } from "../domain/Instant.js"
import { scorer } from "../domain/scorer.js"

const day = 86_400_000
const hour = 3_600_000
const one = 1_000_000

/** Another price, always: half the scale away; a missing one is there. */
const otherPrice = (price: number): number =>
  Number.isNaN(price) ? 123_456 : price < one / 2 ? price + one / 2 : price - one / 2

const otherAmount = (amount: number): number => Number.isNaN(amount) ? 1 : 2 * amount + 1

const otherSide = (side: number): number => 1 - side

const otherDate = (instant: Instant | undefined): Instant => Instant((instant ?? day) + day)

/** The other side's levels seen in a mirror, which keeps their order, with other sizes. */
const mirrored = ({ price, size, start }: FlatLevels): FlatLevels => ({
  start,
  price: price.map((own) => one - own),
  size: size.map(otherAmount)
})

const otherSnapshot = (snapshot: MarketSnapshot): MarketSnapshot => ({
  question: `${snapshot.question} Or did it?`,
  category: "other",
  tags: [...snapshot.tags, "other"],
  startDate: otherDate(snapshot.startDate),
  endDate: otherDate(snapshot.endDate),
  resolutionDate: otherDate(snapshot.resolutionDate),
  liquidity: otherAmount(snapshot.liquidity ?? NaN),
  volume24h: otherAmount(snapshot.volume24h ?? NaN),
  tickSize: snapshot.tickSize === 1_000 ? 10_000 : 1_000
})

const otherScope = (scope: GapScope): GapScope => scope === "market" ? "source" : "market"

/** The same events at the same places with everything else about them altered; what the venue dates, a day back. */
export const alterRows = (columns: EventColumns): EventColumns => {
  const rows = {
    rows: columns.rows,
    sequence: columns.sequence,
    availableAt: columns.availableAt,
    eventTime: columns.eventTime.map((at) => at - day),
    source: columns.source.map((source) => `${source ?? ""} altered`)
  }
  switch (columns.kind) {
    case "quote":
      return {
        ...rows,
        kind: columns.kind,
        bestBid: columns.bestBid.map(otherPrice),
        bestAsk: columns.bestAsk.map(otherPrice),
        volume24h: columns.volume24h.map(otherAmount)
      }
    case "book":
      return { ...rows, kind: columns.kind, bids: mirrored(columns.asks), asks: mirrored(columns.bids) }
    case "price_change":
      return {
        ...rows,
        kind: columns.kind,
        changes: { ...columns.changes, size: columns.changes.size.map(otherAmount) },
        side: columns.side.map(otherSide)
      }
    case "trade":
      return {
        ...rows,
        kind: columns.kind,
        price: columns.price.map(otherPrice),
        size: columns.size.map(otherAmount),
        side: columns.side.map(otherSide)
      }
    case "market":
      return { ...rows, kind: columns.kind, payload: columns.payload.map(otherSnapshot) }
    case "news":
      return {
        ...rows,
        kind: columns.kind,
        payload: columns.payload.map((document) => ({
          ...document,
          text: `${document.text} altered`,
          score: document.score > 0 ? -1 : 1
        }))
      }
    case "gap":
    case "gap_end":
      return {
        ...rows,
        kind: columns.kind,
        payload: columns.payload.map(({ reason, scope }) => ({ scope: otherScope(scope), reason }))
      }
    case "market_closed":
      return { ...rows, kind: columns.kind }
    case "resolution":
      return { ...rows, kind: columns.kind, outcome: columns.outcome.map((outcome) => outcome < 0.5 ? 1 : 0) }
  }
}

/** One event of every kind, prices around `price` millionths. */
const oneOfEach = (price: number, id: string): ReadonlyArray<AppendedBody> => [
  {
    kind: "market",
    snapshot: {
      question: "Is this a strange event?",
      category: undefined,
      tags: [],
      startDate: undefined,
      endDate: undefined,
      resolutionDate: undefined,
      liquidity: price,
      volume24h: price,
      tickSize: undefined
    }
  },
  { kind: "quote", bestBid: price - 1_000, bestAsk: price + 1_000, volume24h: price },
  { kind: "book", bids: [[price - 2_000, 7 * one]], asks: [[price + 2_000, 11 * one], [price + 9_000, one]] },
  { kind: "price_change", changes: [["bid", price - 500, 3 * one], ["ask", price + 500, 5 * one]] },
  { kind: "trade", price, size: 13 * one, side: "sell" },
  {
    kind: "news",
    document: { id, text: "strange", publishedAt: undefined, url: undefined, score: -0.9, scorer }
  },
  { kind: "gap", interruption: { scope: "source", reason: "strange" } },
  { kind: "gap_end", interruption: { scope: "source", reason: "strange" } },
  { kind: "gap", interruption: { scope: "market", reason: "strange" } },
  { kind: "gap_end", interruption: { scope: "market", reason: "strange" } },
  { kind: "market_closed" },
  { kind: "resolution", outcome: 0.25 }
]

/**
 * Events that were never there, of every kind: right behind `at`, a minute later, and an hour after `last`. The venue dates
 * them an hour before they are known, which for the first ones is before `at`. They are numbered from `sequence` on.
 */
export const strangeEvents = (at: number, last: number, sequence: number): ReadonlyArray<EventColumns> => {
  const moments = [[at + 1, 123_000], [at + 60_000, 877_000], [Math.max(at, last) + hour, 501_000]] as const
  const events = moments.flatMap(([availableAt, price]) =>
    oneOfEach(price, `strange ${availableAt}`).map((body) => ({ availableAt, body }))
  ).map(({ availableAt, body }, index): PlacedEvent => ({
    sequence: sequence + index,
    availableAt,
    eventTime: availableAt - hour,
    source: "strange",
    body
  }))
  return eventKinds.map((kind) => columnsOf(kind, events.filter((event) => event.body.kind === kind)))
}
