import type { AppendedBody, PlacedEvent } from "../domain/columnsOf.js"
import { columnsOf } from "../domain/columnsOf.js"
import { type BookSide, eventKinds, type RawLevels } from "../domain/Event.js"
import type { EventColumns } from "../domain/EventColumns.js"
import { Instant } from "../domain/Instant.js"
import { scorer } from "../domain/scorer.js"

/**
 * A fixed history of one market that visits every reason and the edges between them: the material on which computers are
 * fingerprinted. It must never change, or every fingerprint would: extend by another history, under another name.
 */
const start = Date.UTC(2026, 2, 29, 9, 30)
const second = 1_000
const minute = 60 * second
const hour = 60 * minute

/** A linear congruential sequence in [0, 1): deterministic on every machine, which is all that matters here. */
const sequence = (seed: number) => {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}

const levels = (best: number, step: number, count: number, next: () => number): RawLevels =>
  Array.from({ length: count }, (_, i) => [best + step * i, 10_000 + Math.floor(next() * 5_000_000) * 1_000] as const)

const words = [
  "Fed cuts rates again",
  "terrible crash, great fear",
  "rates hold steady",
  "markets cheer: a win!",
  "rain",
  "the Fed may cut",
  "July"
]

const bodies = (next: () => number): ReadonlyArray<readonly [wait: number, body: AppendedBody, source?: string]> => {
  const snapshot = (fields: Partial<Extract<AppendedBody, { kind: "market" }>["snapshot"]>): AppendedBody => ({
    kind: "market",
    snapshot: {
      question: "Will the Fed cut rates before July?",
      category: "economy",
      tags: [],
      startDate: undefined,
      endDate: undefined,
      resolutionDate: undefined,
      liquidity: undefined,
      volume24h: undefined,
      tickSize: undefined,
      ...fields
    }
  })
  const quote = (bestBid?: number, bestAsk?: number, volume24h?: number): AppendedBody => ({
    kind: "quote",
    bestBid,
    bestAsk,
    volume24h
  })
  const trade = (price: number): AppendedBody => ({ kind: "trade", price, size: 7_500_000, side: "buy" })
  const news = (i: number): AppendedBody => ({
    kind: "news",
    document: {
      id: `${i}`,
      text: words[i % words.length] ?? "",
      publishedAt: undefined,
      url: undefined,
      score: Math.round((next() * 2 - 1) * 10_000) / 10_000,
      scorer
    }
  })
  const interruption = (kind: "gap" | "gap_end", scope: "market" | "source"): AppendedBody => ({
    kind,
    interruption: { scope, reason: "probe" }
  })
  const book = (bid: number, ask: number, depth: number): AppendedBody => ({
    kind: "book",
    bids: levels(bid, -10_000, depth, next),
    asks: levels(ask, 10_000, depth + 3, next)
  })
  const change = (side: BookSide, price: number, newSize: number): AppendedBody => ({
    kind: "price_change",
    changes: [[side, price, newSize]]
  })
  const walk = Array.from({ length: 160 }, (_, i) => {
    const middle = 450_000 + Math.floor(next() * 10) * 10_000
    const wait = Math.floor(next() * 4 * minute)
    return i % 7 === 3
      ? [wait, { kind: "price_change", changes: [["bid", middle, 3_000_000], ["ask", middle, 0]] }] as const
      : i % 11 === 5
      ? [wait, trade(middle)] as const
      : i % 13 === 6
      ? [wait, news(i), `source ${i % 4}`] as const
      : i % 3 === 0
      ? [wait, quote(middle, middle + 10_000, Math.floor(next() * 1e6) / 100)] as const
      : [wait, book(middle, middle + 15_000, 1 + i % 24)] as const
  })
  return [
    [0, snapshot({})],
    // before the first trade nothing stands in for a missing mid
    [second, quote()],
    [second, quote(480_000)],
    [second, quote(undefined, 520_000)],
    [second, quote(500_000, 500_000)],
    [second, quote(500_000, 499_999)],
    [second, quote(500_000, 500_001)],
    [second, quote(300_000, 400_001)],
    [second, trade(510_000)],
    [second, quote(300_000, 400_001)],
    [second, quote(300_000, 400_000)],
    [minute, quote(470_000, 490_000, 1_222)],
    [minute, quote(470_000, 490_000)],
    // a price that its own instant takes back
    [second, quote(480_000, 490_000)],
    [0, quote(470_000, 490_000)],
    [4 * minute, snapshot({ liquidity: 15_320.55, volume24h: 982.25, endDate: Instant(start + 3 * hour) })],
    [minute, { kind: "book", bids: [], asks: [] }],
    [second, { kind: "book", bids: [[470_000, 5_000_000]], asks: [] }],
    [second, { kind: "book", bids: [[480_000, 5_000_000]], asks: [[470_000, 1_000_000]] }],
    [second, { kind: "book", bids: [[470_000, 5_000_000]], asks: [[480_000, 5_000_000]] }],
    [second, change("bid", 460_000, 1_000_000)],
    [second, change("bid", 460_000, 0)],
    [second, change("bid", 470_000, 0)],
    [second, book(480_000, 490_000, 24)],
    // at the touch, between levels, behind the last one and beyond the best; new, changed and deleted
    [second, change("bid", 480_000, 7_000_000)],
    [second, change("bid", 455_000, 8_000_000)],
    [second, change("bid", 100_000, 1)],
    [second, change("bid", 485_000, 2)],
    [second, change("bid", 480_000, 0)],
    [second, change("bid", 100_000, 0)],
    [second, change("bid", 485_000, 0)],
    [second, change("bid", 123_456, 0)],
    [second, change("ask", 490_000, 1)],
    [second, change("ask", 515_000, 3_000_000)],
    [second, change("ask", 510_000, 0)],
    [second, change("ask", 481_000, 4_000_000)],
    [second, change("ask", 481_000, 0)],
    [second, {
      kind: "price_change",
      changes: [["bid", 470_000, 0], ["ask", 490_000, 0], ["bid", 470_000, 6_000_000]]
    }],
    [second, interruption("gap", "market")],
    [second, quote(470_000, 480_000)],
    [second, change("bid", 475_000, 5_000_000)],
    ...walk,
    [second, news(1), "wire"],
    [0, news(2), "wire"],
    [minute, news(3), "blog"],
    [minute, news(5), "blog"],
    [minute, news(6), "forum"],
    [minute, interruption("gap", "source"), "wire"],
    [7 * hour, interruption("gap_end", "source"), "wire"],
    [second, snapshot({ startDate: Instant(start + 20 * hour), resolutionDate: Instant(start + 21 * hour) })],
    [minute, interruption("gap", "market")],
    [second, { kind: "price_change", changes: [["bid", 440_000, 9_000_000]] }],
    [second, trade(430_000)],
    [second, interruption("gap_end", "market")],
    [second, book(420_000, 430_000, 6)],
    [14 * hour, book(410_000, 430_000, 12)],
    [2 * hour, quote(600_000, 650_000)],
    [second, { kind: "market_closed" }],
    [second, quote(990_000, 999_000)],
    [second, { kind: "resolution", outcome: 1 }]
  ]
}

/** What is made when it is first asked for, and shared from then on. */
const once = <A>(make: () => A): () => A => {
  let made: { readonly value: A } | undefined
  return () => (made ??= { value: make() }).value
}

const events = once((): ReadonlyArray<PlacedEvent> => {
  let at = start
  return bodies(sequence(20_260_329)).map(([wait, body, source], index) => {
    at += wait
    return { sequence: index + 1, availableAt: at, eventTime: at, source, body }
  })
})

/** The probe history as columns, one entry a kind. */
export const probeColumns = once((): ReadonlyArray<EventColumns> =>
  eventKinds.map((kind) => columnsOf(kind, events().filter((event) => event.body.kind === kind)))
)

/** How long after an event something may end: coverage, an hour's and a news window. */
const reaches = [5 * minute, hour, 6 * hour]

/** When the dates of the snapshots are reached. */
const dates = [3 * hour, 20 * hour, 21 * hour]

/**
 * The instants at which computers are asked: before the first event, at each, between, where it leaves a window, to the
 * millisecond, and long after all.
 */
export const probeInstants = once((): ReadonlyArray<Instant> => {
  const all = events()
  const times = all.map((event) => event.availableAt)
  // the first events open the series, and news is rare; other events leave the same windows
  const leaving = all.filter(({ body }, index) => index < 12 || body.kind === "news").map((event) => event.availableAt)
  const instants = [
    start - 1,
    ...times.flatMap((time) => [time, time + 777]),
    ...leaving.flatMap((time) => reaches.flatMap((reach) => [time + reach - 1, time + reach])),
    ...dates.flatMap((date) => [start + date - 1, start + date, start + date + 1]),
    start + 200 * hour
  ]
  return [...new Set(instants)].sort((a, b) => a - b).map((at) => Instant(at))
})
