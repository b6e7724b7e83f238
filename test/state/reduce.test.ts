import { FastCheck as fc } from "effect"
import { assert, describe, it } from "vitest"
import { type AppendedBody, columnsOf, type PlacedEvent } from "../../src/domain/columnsOf.js"
import type { BookSide, EventKind } from "../../src/domain/Event.js"
import { type Input, inputs } from "../../src/state/inputs.js"
import { checkpoint, MarketState, restore, trim } from "../../src/state/MarketState.js"
import { reduce } from "../../src/state/reduce.js"
import { type Contents, contentsOf, sumsOf } from "./contentsOf.js"
import { knownAt, marketEvents } from "./marketEvents.js"

const reduced = (events: ReadonlyArray<PlacedEvent>, state = new MarketState()): MarketState => {
  for (const event of events) reduce(state, columnsOf(event.body.kind, [event]), 0)
  return state
}

type Events = ReadonlyArray<PlacedEvent>
type Of<Kind extends EventKind> = PlacedEvent & { readonly body: Extract<AppendedBody, { readonly kind: Kind }> }

const isOf = <Kind extends EventKind>(...kinds: ReadonlyArray<Kind>) => (event: PlacedEvent): event is Of<Kind> =>
  kinds.some((kind) => kind === event.body.kind)

const isGapOf = (scope: "market" | "source") => (event: PlacedEvent) =>
  event.body.kind === "gap" && event.body.interruption.scope === scope

/** What came after the newest book or quote. */
const sinceFull = (events: Events): Events => events.slice(events.findLastIndex(isOf("book", "quote")) + 1)

const touchOf = (price: number | undefined) => price === undefined ? [] : [[price, NaN]]

/** Levels of one side, best last: those of the newest book, and what changed until the feed was interrupted. */
const levelsOf = (events: Events, side: BookSide) => {
  const full = events.findLast(isOf("book", "quote"))
  if (full === undefined) return []
  if (full.body.kind === "quote") return touchOf(side === "bid" ? full.body.bestBid : full.body.bestAsk)
  const sizes = new Map<number, number>()
  for (const [price, size] of side === "bid" ? full.body.bids : full.body.asks) {
    sizes.set(price, (sizes.get(price) ?? 0) + size)
  }
  const since = sinceFull(events)
  const gap = since.findIndex(isGapOf("market"))
  for (const { body } of since.slice(0, gap === -1 ? since.length : gap).filter(isOf("price_change"))) {
    for (const [of, price, size] of body.changes) if (of === side) sizes.set(price, size)
  }
  const sign = side === "bid" ? 1 : -1
  return [...sizes].filter(([, size]) => size > 0).sort(([a], [b]) => sign * (a - b))
}

const isClosed = (events: Events) => events.some(isOf("market_closed", "resolution"))
const isInGap = (events: Events) => sinceFull(events).some(isGapOf("market"))
const lastTradeOf = (events: Events) => events.findLast(isOf("trade"))?.body.price ?? NaN

/** Half millionths: a mid where the spread is above 0 and at most ten cents, else the last trade. */
const priceOf = (events: Events): number => {
  if (isClosed(events) || isInGap(events)) return NaN
  const bid = levelsOf(events, "bid").at(-1)?.[0] ?? NaN
  const ask = levelsOf(events, "ask").at(-1)?.[0] ?? NaN
  return ask > bid && ask - bid <= 100_000 ? bid + ask : 2 * lastTradeOf(events)
}

const pointsOf = (events: Events) => {
  const prices = new Map<number, number>()
  events.forEach(({ availableAt }, i) => {
    const price = priceOf(events.slice(0, i + 1))
    if (!Number.isNaN(price)) prices.set(availableAt, price)
  })
  return [...prices].filter(([, price], i, all) => price !== all[i - 1]?.[1])
}

const volumeOf = ({ body }: PlacedEvent): number | undefined =>
  body.kind === "market" ? body.snapshot.volume24h ?? NaN : body.kind === "quote" ? body.volume24h : undefined

/** The inputs that an event renews. */
const inputsOf = (event: PlacedEvent): ReadonlyArray<Input> => {
  const { body } = event
  if (body.kind === "gap_end") return body.interruption.scope === "source" ? ["source_gap"] : []
  if (body.kind === "gap") return body.interruption.scope === "source" ? ["source_gap"] : ["market_gap"]
  return volumeOf(event) === undefined ? [body.kind] : [body.kind, "volume"]
}

const newest = (events: Events, field: "availableAt" | "sequence", before: number) =>
  Object.fromEntries(inputs.map((input) => [
    input,
    events.findLast((event) => inputsOf(event).includes(input))?.[field] ?? before
  ]))

/** What is known after these events, each thing from all of them by its definition. */
const expected = (events: Events): Contents => {
  const outages = new Map<string, boolean>()
  for (const { body, source } of events.filter(isOf("gap", "gap_end"))) {
    if (body.interruption.scope === "source") outages.set(source ?? "", body.kind === "gap")
  }
  const full = events.findLast(isOf("book", "quote"))
  return {
    known: events.length > 0,
    closed: isClosed(events),
    inGap: isInGap(events),
    snapshot: events.findLast(isOf("market"))?.body.snapshot,
    volume24h: events.map(volumeOf).findLast((volume) => volume !== undefined) ?? NaN,
    form: full?.body.kind ?? "unknown",
    bids: levelsOf(events, "bid"),
    asks: levelsOf(events, "ask"),
    lastTrade: lastTradeOf(events),
    points: pointsOf(events),
    documents: events.filter(isOf("news")).map(({ availableAt, body: { document }, source = "" }) => ({
      availableAt,
      source,
      score: document.score,
      words: document.text.split(" ").filter((word) => word !== "")
    })),
    sourcesDown: [...outages].flatMap(([source, isDown]) => isDown ? [source] : []).sort(),
    sequence: Math.max(0, ...events.map((event) => event.sequence)),
    newestAt: newest(events, "availableAt", NaN),
    newestSequence: newest(events, "sequence", 0)
  }
}

describe("the state of a market", () => {
  it("is what all events together say of it", () => {
    fc.assert(
      fc.property(marketEvents, (events) => {
        assert.deepStrictEqual(contentsOf(reduced(events)), expected(events))
      }),
      { numRuns: 1_000 }
    )
  })

  it("knows nothing before the first event", () => {
    assert.deepStrictEqual(contentsOf(new MarketState()), expected([]))
  })

  it("goes on from a checkpoint as if nothing had come since, and again to where it was", () => {
    fc.assert(
      fc.property(marketEvents, fc.nat(), (events, key) => {
        // between two instants
        const back = knownAt(events, events[key % events.length]?.availableAt ?? 0)
        const [before, after] = [events.slice(0, back), events.slice(back)]
        const state = reduced(before)
        const then = checkpoint(state)
        reduced(after, state)
        const [whole, sums] = [contentsOf(state), sumsOf(state.prices)]
        const now = checkpoint(state)
        restore(state, then)
        assert.deepStrictEqual(contentsOf(state), contentsOf(reduced(before)))
        assert.deepStrictEqual(sumsOf(state.prices), sumsOf(reduced(before).prices))
        restore(state, now)
        assert.deepStrictEqual([contentsOf(state), sumsOf(state.prices)], [whole, sums])
        restore(state, then)
        reduced(after, state)
        assert.deepStrictEqual([contentsOf(state), sumsOf(state.prices)], [whole, sums])
      }),
      { numRuns: 500 }
    )
  })

  it("ignores what changes in a book while its feed is down", () => {
    const bodies: ReadonlyArray<AppendedBody> = [
      { kind: "book", bids: [[490_000, 5]], asks: [[510_000, 5]] },
      { kind: "gap", interruption: { scope: "market", reason: "disconnect" } },
      { kind: "price_change", changes: [["bid", 500_000, 7], ["ask", 510_000, 0]] }
    ]
    const events = bodies.map((body, i): PlacedEvent => ({
      sequence: i + 1,
      availableAt: i,
      eventTime: i,
      source: undefined,
      body
    }))
    const { asks, bids, inGap } = contentsOf(reduced(events))
    assert.deepStrictEqual([bids, asks, inGap], [[[490_000, 5]], [[510_000, 5]], true])
  })

  it("lets go of prices and documents that no window reaches, of the price in force never", () => {
    const events = [0, 10, 20].flatMap((at): Events => [
      {
        sequence: at + 1,
        availableAt: at,
        eventTime: at,
        source: undefined,
        body: { kind: "trade", price: 500_000 + at, size: 1, side: "buy" }
      },
      {
        sequence: at + 2,
        availableAt: at,
        eventTime: at,
        source: "s",
        body: {
          kind: "news",
          document: { id: `${at}`, text: "", publishedAt: undefined, url: undefined, score: 0, scorer: "vader" }
        }
      }
    ])
    const keptAt = (horizon: number) => {
      const state = reduced(events)
      trim(state, horizon)
      const { documents, points } = contentsOf(state)
      return [points.map(([at]) => at), documents.map((document) => document?.availableAt)]
    }
    assert.deepStrictEqual(keptAt(9), [[0, 10, 20], [10, 20]])
    assert.deepStrictEqual(keptAt(10), [[10, 20], [20]])
    assert.deepStrictEqual(keptAt(99), [[20], []])
  })
})
