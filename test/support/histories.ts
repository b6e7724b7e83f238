import { FastCheck as fc } from "effect"
import type { EventBody, NaiveEvent, NaiveParameters } from "./naive/index.js"
import { defaultParameters } from "./naive/index.js"

export const marketIds = ["m1", "m2", "m3"] as const

/** 2026-03-29T12:00:00Z */
export const opening = 1_774_785_600_000

const secondMs = 1000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs

type Weighted<A> = readonly [weight: number, arbitrary: fc.Arbitrary<A>]

const oneOf = <A>(...choices: ReadonlyArray<Weighted<A>>): fc.Arbitrary<A> =>
  fc.oneof(...choices.map(([weight, arbitrary]) => ({ weight, arbitrary })))

type Untimed<E> = E extends EventBody ? Omit<E, "market" | "available_at" | "event_time"> : never

/** An event without market and times, which the timeline gives. */
type Body = Untimed<EventBody>

// Few prices, so that jumps repeat and cancel; the last ones differ from a neighbour by less than a millionth.
const cents = (from: number, to: number) => fc.integer({ min: from, max: to })

const written = (cent: number): fc.Arbitrary<string | number> =>
  fc.constantFrom((cent / 100).toFixed(2), (cent / 100).toFixed(4), cent / 100)

const priceOf = (cent: fc.Arbitrary<number>) => cent.chain(written)

const junkPrice = fc.constantFrom("0.001", "0.999", 0.001, 0.999)

const finePrice = fc.constantFrom("0.495", 0.505, "0.5000004", "0.4999996", "0.500001", "0.5005")

const price = oneOf([8, priceOf(cents(46, 54))], [2, priceOf(cents(30, 70))], [1, finePrice], [1, junkPrice])

const positiveSize = oneOf<string | number>(
  [6, fc.constantFrom("10", "100", 25, 100.5, "1304.72", "20230.87")],
  [2, fc.integer({ min: 1, max: 99_999_999 }).map((n) => (n / 1000).toFixed(3))],
  [1, fc.constantFrom("0.000001", "12345678.123456", 0.1)]
)

const size = oneOf([9, positiveSize], [1, fc.constantFrom<string | number>(0, "0", "0.00", "0.0000004")])

const levels = (best: number, away: 1 | -1) => {
  const step = oneOf([3, cents(0, 2)], [1, cents(0, 13)])
  const near = fc.tuple(priceOf(step.map((n) => best + away * n)), size)
  const junk = fc.tuple(junkPrice.filter((junk) => Number(junk) < 0.5 === away < 0), positiveSize)
  const some = fc.array(oneOf([9, near], [1, junk]), { minLength: 1, maxLength: 8, size: "max" })
  const deep = fc.shuffledSubarray(Array.from({ length: 16 }, (_, n) => n), { minLength: 11 })
    .chain((steps) => fc.tuple(...steps.map((n) => fc.tuple(written(best + away * n), positiveSize))))
  return oneOf<ReadonlyArray<readonly [string | number, string | number]>>([4, some], [1, deep])
}

const none = fc.constant<ReadonlyArray<readonly [string | number, string | number]>>([])

const touch = oneOf(
  [20, fc.tuple(cents(46, 54), cents(1, 4)).map(([bid, width]) => [bid, bid + width] as const)],
  [3, cents(40, 50).map((bid) => [bid, bid + 10] as const)],
  [3, fc.tuple(cents(20, 45), cents(11, 30)).map(([bid, width]) => [bid, bid + width] as const)],
  [1, cents(46, 54).map((bid) => [bid, bid] as const)],
  [1, fc.tuple(cents(47, 54), cents(1, 5)).map(([bid, over]) => [bid, bid - over] as const)]
)

const book: fc.Arbitrary<Body> = oneOf(
  [
    16,
    touch.chain(([bid, ask]) =>
      fc.record({ type: fc.constant("book" as const), bids: levels(bid, -1), asks: levels(ask, 1) })
    )
  ],
  [1, fc.record({ type: fc.constant("book" as const), bids: levels(50, -1), asks: none })],
  [1, fc.record({ type: fc.constant("book" as const), bids: none, asks: levels(50, 1) })],
  [1, fc.constant({ type: "book", bids: [], asks: [] })],
  [1, fc.constant({ type: "book", bids: [["0.49", "0"]], asks: [["0.51", 0]] })]
)

const amount = fc.constantFrom(0, 1250.5, 98_000, 0.1)

const quote: fc.Arbitrary<Body> = fc.tuple(
  touch.chain(([bid, ask]) => fc.record({ best_bid: written(bid), best_ask: written(ask) })),
  oneOf<ReadonlyArray<"best_bid" | "best_ask">>(
    [8, fc.constant(["best_bid", "best_ask"])],
    [1, fc.constant(["best_bid"])],
    [1, fc.constant(["best_ask"])],
    [1, fc.constant([])]
  ),
  fc.option(amount, { freq: 2, nil: undefined })
).map(([sides, kept, volume]) => ({
  type: "quote",
  ...Object.fromEntries(kept.map((side) => [side, sides[side]])),
  ...(volume === undefined ? {} : { volume_24h: volume })
}))

const priceChange: fc.Arbitrary<Body> = fc.array(
  oneOf(
    [3, fc.tuple(fc.constant("bid" as const), priceOf(cents(44, 51)), oneOf([2, size], [1, fc.constant("0")]))],
    [3, fc.tuple(fc.constant("ask" as const), priceOf(cents(49, 56)), oneOf([2, size], [1, fc.constant("0")]))],
    [1, fc.tuple(fc.constantFrom("bid" as const, "ask" as const), price, size)]
  ),
  { minLength: 1, maxLength: 5, size: "max" }
).map((changes) => ({ type: "price_change", changes }))

const trade: fc.Arbitrary<Body> = fc.record({
  type: fc.constant("trade" as const),
  price,
  size: positiveSize,
  side: fc.constantFrom("buy" as const, "sell" as const)
})

const questions = [
  "Will Bitcoin reach $150k by December?",
  "Will the Ｆｅｄ cut RATES in March?",
  "Élection: will Łódź elect the CAFÉ party?",
  "Who won?"
]

const startDate = fc.constantFrom<string | number>(
  "2026-01-05T09:30:00Z",
  "2026-03-29T14:00:00+02:00",
  "2026-03-29T15:30:00.250Z",
  opening - hourMs,
  opening + 3 * hourMs + 1
)

const endDate = fc.constantFrom<string | number>(
  "2026-03-29T12:30:00Z",
  "2026-03-29T18:00:00-05:00",
  "2026-12-31T23:59:59.999Z",
  opening + 45 * minuteMs + 7,
  opening + 90 * 24 * hourMs
)

const market: fc.Arbitrary<Body> = fc.record(
  {
    type: fc.constant("market" as const),
    question: fc.constantFrom(...questions),
    category: fc.constantFrom("crypto", "politics"),
    tags: fc.constantFrom([], ["macro"], ["btc", "prices"]),
    start_date: startDate,
    end_date: endDate,
    resolution_date: endDate,
    liquidity: amount,
    volume_24h: amount,
    tick_size: fc.constantFrom<string | number>("0.01", 0.001)
  },
  { requiredKeys: ["type", "question"] }
)

const topical =
  "bitcoin BITCOIN, bitcoins Ｂｉｔｃｏｉｎ! reach fed rates. cut élection łódź café CAFE\u0301 party will 150k"

const idle = "the market fell hard today; traders won and (perhaps) lost"

const text = fc.array(oneOf([2, fc.constantFrom(...topical.split(" "))], [1, fc.constantFrom(...idle.split(" "))]), {
  maxLength: 8,
  size: "max"
}).map((words) => words.join(" "))

const sourceName = fc.constantFrom("wire", "blog", "forum")

// VADER's scores have four digits.
const score = oneOf(
  [4, fc.integer({ min: -9999, max: 9999 }).map((n) => n / 10_000)],
  [1, fc.constantFrom(0, 1, -1, 0.6249, -0.4767)]
)

// Few ids, so that the same document comes again, at times with another text and score.
const news: fc.Arbitrary<Body> = fc.record({
  type: fc.constant("news" as const),
  id: fc.integer({ min: 1, max: 8 }).map((n) => `n${n}`),
  source: sourceName,
  text,
  score
})

const feedGap: fc.Arbitrary<Body> = fc.record({
  type: fc.constant("gap" as const),
  scope: fc.constant("market" as const),
  reason: fc.constantFrom("disconnect", "watchdog", "tick_size_change")
})

const sourceGap = fc.record(
  {
    type: fc.constant("gap" as const),
    scope: fc.constant("source" as const),
    reason: fc.constant("disconnect"),
    source: sourceName
  },
  { requiredKeys: ["type", "scope", "reason"] }
)

const gapEnd = oneOf<Body>(
  [7, sourceGap.map((gap) => ({ ...gap, type: "gap_end" as const }))],
  [1, fc.constant({ type: "gap_end", scope: "market", reason: "reconnected" })]
)

const closing: fc.Arbitrary<Body> = oneOf<Body>(
  [1, fc.constant({ type: "market_closed" })],
  [1, fc.constantFrom(0, 1, 0.5).map((outcome) => ({ type: "resolution" as const, outcome }))]
)

const body = oneOf<Body>(
  [240, book],
  [140, quote],
  [300, priceChange],
  [140, trade],
  [40, market],
  [200, news],
  [25, feedGap],
  [10, sourceGap],
  [25, gapEnd],
  [5, closing]
)

const stepMs = oneOf(
  [5, fc.constant(0)],
  [4, fc.integer({ min: 1, max: 50 })],
  [6, fc.integer({ min: 50, max: 30 * secondMs })],
  [5, fc.integer({ min: 1, max: 10 }).map((n) => n * minuteMs)],
  [2, fc.integer({ min: 10 * minuteMs, max: hourMs })],
  [1, fc.integer({ min: hourMs, max: 8 * hourMs })]
)

/** How far a line's available_at stands before (or after) its place in the file. */
const shiftMs = oneOf(
  [12, fc.constant(0)],
  [1, fc.integer({ min: -20, max: 20 })],
  [1, fc.integer({ min: -5 * minuteMs, max: 5 * minuteMs })]
)

const venueLagMs = oneOf<number | undefined>(
  [2, fc.constant(undefined)],
  [2, fc.constantFrom(0, 1600, 79_000)],
  [1, fc.integer({ min: -500, max: hourMs })]
)

interface Step {
  readonly body: Body
  readonly market: number
  readonly stepMs: number
  readonly shiftMs: number
  readonly venueLagMs: number | undefined
}

const step = (what: fc.Arbitrary<Body>, waits = stepMs): fc.Arbitrary<Step> =>
  fc.record({ body: what, market: fc.nat(marketIds.length - 1), stepMs: waits, shiftMs, venueLagMs })

const timed = (steps: ReadonlyArray<Step>, markets: number): ReadonlyArray<EventBody> => {
  let now = opening
  return steps.map((each) => {
    now += each.stepMs
    const at = now + each.shiftMs
    return {
      ...each.body,
      market: marketIds[each.market % markets] ?? "m1",
      available_at: at,
      ...(each.venueLagMs === undefined ? {} : { event_time: at - each.venueLagMs })
    }
  })
}

/** Lines of a file, for one to three markets, not always in the order of available_at. */
export const histories: fc.Arbitrary<ReadonlyArray<EventBody>> = fc.tuple(
  fc.array(step(oneOf([3, market], [2, book]), fc.constantFrom(0, 1, 500)), { maxLength: 6, size: "max" }),
  fc.array(step(body), { maxLength: 60, size: "max" }),
  fc.integer({ min: 1, max: marketIds.length })
).map(([first, rest, markets]) => timed([...first, ...rest], markets))

/** Numbered as the log would number them, from 1. */
export const numbered = (events: ReadonlyArray<EventBody>): ReadonlyArray<NaiveEvent> =>
  events.map((event, index) => ({ ...event, sequence: index + 1 }))

/** Instants worth asking about: at, just before and after an event, and where it leaves a default window. */
export const instantsOf = (events: ReadonlyArray<EventBody>): fc.Arbitrary<number> => {
  const times = [opening, ...events.map((event) => event.available_at)]
  return fc.record({
    near: oneOf([1, fc.constantFrom(...times)], [1, fc.constantFrom(...times.slice(-times.length / 2))]),
    after: oneOf(
      [6, fc.constant(0)],
      [3, fc.integer({ min: 1, max: 10 * minuteMs })],
      [2, fc.constantFrom(300 * secondMs, hourMs, 2 * hourMs, 6 * hourMs)],
      [1, fc.integer({ min: 10 * minuteMs, max: 24 * hourMs })]
    ),
    off: oneOf([2, fc.constant(0)], [1, fc.constantFrom(-1, 1)])
  }).map(({ after, near, off }) => near + after + off)
}

const maxAgeSecs = fc.constantFrom(1, 60, 300, 3600, 0.25)

/** The defaults half the time, else other windows, levels, keywords and greatest ages. */
export const parameters: fc.Arbitrary<NaiveParameters> = oneOf<NaiveParameters>(
  [1, fc.constant(defaultParameters)],
  [
    1,
    fc.record({
      orderbook: fc.record({ levels: fc.constantFrom(1, 2, 5, 10) }),
      sentiment: fc.record(
        {
          window_secs: fc.constantFrom(60, 3600, 21_600),
          half_life_secs: fc.constantFrom(30, 600, 7200),
          keywords: fc.constantFrom([], ["Fed"], ["fed rates", "BITCOIN"], ["café", "Łódź", "!"])
        },
        { requiredKeys: ["window_secs", "half_life_secs"] }
      ),
      price_history: fc.record({
        window_secs: fc.constantFrom(1, 600, 3600),
        min_coverage_secs: fc.constantFrom(0, 1, 300)
      }),
      maxAgeSecs: fc.record(
        {
          market: maxAgeSecs,
          orderbook: maxAgeSecs,
          sentiment: maxAgeSecs,
          temporal: maxAgeSecs,
          price_history: maxAgeSecs
        },
        { requiredKeys: [] }
      )
    })
  ]
)

/** A numbered history with a market, mostly one it knows, and an instant to ask about. */
export const questionsAsked = histories.chain((lines) =>
  fc.record({
    events: fc.constant(numbered(lines)),
    market: oneOf<string>(
      [1, fc.constantFrom(...marketIds)],
      [9, fc.constantFrom("m1", ...lines.map((line) => line.market))]
    ),
    at: instantsOf(lines)
  })
)
