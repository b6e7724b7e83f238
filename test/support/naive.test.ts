import { FastCheck as fc } from "effect"
import { assert, describe, it } from "vitest"
import { numbered, opening, parameters, questionsAsked } from "./histories.js"
import type { EventBody, FeatureName, NaiveOptions, NaiveParameters } from "./naive/index.js"
import { defaultParameters, naiveFeatures } from "./naive/index.js"
import { millionths, rational, toNumber } from "./naive/rational.js"

const seconds = (count: number) => opening + count * 1000
const minutes = (count: number) => seconds(count * 60)

type Untimed<E> = E extends EventBody ? Omit<E, "market" | "available_at"> : never

const on = (available_at: number, body: Untimed<EventBody>): EventBody => ({ ...body, market: "m", available_at })

type Levels = ReadonlyArray<readonly [string | number, string | number]>

const book = (at: number, bids: Levels, asks: Levels) => on(at, { type: "book", bids, asks })

const quote = (at: number, best_bid: number, best_ask: number) => on(at, { type: "quote", best_bid, best_ask })

/** A quote whose midpoint is the price. */
const priced = (at: number, price: number) => quote(at, price - 0.01, price + 0.01)

const trade = (at: number, price: string | number) => on(at, { type: "trade", price, size: 1, side: "buy" })

const gap = (at: number) => on(at, { type: "gap", scope: "market" })

const news = (at: number, id: string, source: string, score: number, text = "") =>
  on(at, { type: "news", id, source, score, text })

const asked = (lines: ReadonlyArray<EventBody>, at: number, options?: NaiveOptions) =>
  naiveFeatures(numbered(lines), "m", at, options)

/** The value, or else the reason. */
const found = (lines: ReadonlyArray<EventBody>, name: FeatureName, at: number, options?: NaiveOptions) => {
  const { reason, value } = asked(lines, at, options)[name]
  return value ?? reason
}

const within = (changed: Partial<NaiveParameters>) => ({ parameters: { ...defaultParameters, ...changed } })

const near = (actual: number | string | null, expected: number, tolerance = 1e-12) => {
  assert.isNumber(actual)
  assert.approximately(Number(actual), expected, tolerance)
}

describe("exact numbers", () => {
  it("a fraction becomes the float64 that a correctly rounded division gives", () => {
    fc.assert(fc.property(fc.maxSafeInteger(), fc.integer({ min: 1 }), (a, b) => {
      assert.strictEqual(toNumber(rational(BigInt(a), BigInt(b))), a / b + 0)
    }))
    // 2^53 + 1 lies between two floats: to even; a millionth more tips it over.
    assert.strictEqual(toNumber(rational(2n ** 53n + 1n)), 2 ** 53)
    assert.strictEqual(toNumber(rational((2n ** 53n + 1n) * 1_000_000n + 1n, 1_000_000n)), 2 ** 53 + 2)
    assert.strictEqual(toNumber(rational(-1n, 3n)), -1 / 3)
  })

  it("decimals become the nearest millionth", () => {
    assert.deepStrictEqual(
      ["0.51", 0.51, "0.5000004", "0.4999996", "0.0000005", 1e-7, "12345678.123456", "1", 2e6].map(millionths),
      [510000n, 510000n, 500000n, 500000n, 1n, 0n, 12345678123456n, 1000000n, 2000000000000n]
    )
  })
})

describe("the book", () => {
  // Touch and depth sums are the real book's; how the rest spreads over levels 2 to 5 and 6 to 10 cannot matter.
  const side = (best: number, away: 1 | -1, top: string, toFive: string, toTen: string): Levels =>
    [top, "1", "1", "1", toFive, "2", "2", "2", "2", toTen, "999999"].map((size, n) => [
      ((best + away * n) / 1000).toFixed(3),
      size
    ])
  const real = [
    book(
      opening,
      // 111748.49 - 1304.72 - 3 = 110440.77, and 438098.54 - 111748.49 - 8 = 326342.05
      [...side(511, -1, "1304.72", "110440.77", "326342.05")].reverse(),
      // 115556.62 - 20230.87 - 3 = 95322.75, and 278554.73 - 115556.62 - 8 = 162990.11
      side(514, 1, "20230.87", "95322.75", "162990.11")
    )
  ]
  const levels = (count: number) => within({ orderbook: { levels: count } })

  it("gives the published check values", () => {
    near(found(real, "orderbook.microprice", opening), 0.511181753, 5e-10)
    assert.strictEqual(found(real, "orderbook.bid_depth", opening, levels(5)), 111748.49)
    assert.strictEqual(found(real, "orderbook.ask_depth", opening, levels(5)), 115556.62)
    assert.strictEqual(found(real, "orderbook.bid_depth", opening), 438098.54)
    assert.strictEqual(found(real, "orderbook.ask_depth", opening), 278554.73)
    near(found(real, "orderbook.imbalance_ratio", opening, levels(1)), -0.878831274, 5e-10)
    near(found(real, "orderbook.imbalance_ratio", opening, levels(5)), -0.016753385, 5e-10)
    near(found(real, "orderbook.imbalance_ratio", opening), 0.222623431, 5e-10)
    near(found(real, "orderbook.weighted_mid", opening, levels(5)), 0.512474870, 5e-10)
    near(found(real, "orderbook.weighted_mid", opening), 0.512833935, 5e-10)
  })

  it("drops empty levels, merges equal prices and sorts", () => {
    const lines = [
      book(
        opening,
        [[0.4, 10], ["0.50", "1"], [0.5, "2"], ["0.5000004", 3], [0.55, "0.0000004"]],
        [[0.9, 4], [0.52, 2]]
      )
    ]
    // 1 + 2 + 3 shares at 0.50 against 2 at 0.52: (0.50 * 2 + 0.52 * 6) / 8 = 0.515
    near(found(lines, "orderbook.microprice", opening), 0.515)
    // B = 16, A = 6: 10 / 22
    near(found(lines, "orderbook.imbalance_ratio", opening), 10 / 22)
    assert.strictEqual(found(lines, "market.price_spread", opening), 0.02)
  })

  it("takes changes in order, and only onto a known book", () => {
    const change = (at: number, size: string) =>
      on(at, {
        type: "price_change",
        changes: [["bid", "0.50", "7"], ["bid", 0.5, size], ["ask", "0.53", "0"], ["ask", 0.6, 2]]
      })
    const lines = [
      change(seconds(0), "9"),
      book(seconds(1), [[0.49, 1]], [[0.53, 1], [0.54, 1]]),
      change(seconds(2), "5"),
      change(seconds(3), "0"),
      quote(seconds(4), 0.49, 0.51),
      change(seconds(5), "5")
    ]
    const spreads = [0, 1, 2, 3, 4, 5].map((second) => found(lines, "market.price_spread", seconds(second)))
    // 0.53 - 0.49, then 0.54 - 0.50, then 0.54 - 0.49; the change after the quote is ignored
    assert.deepStrictEqual(spreads, ["no_data", 0.04, 0.04, 0.05, 0.02, 0.02])
    assert.strictEqual(found(lines, "orderbook.bid_depth", seconds(2)), 6)
    assert.strictEqual(found(lines, "orderbook.bid_depth", seconds(5)), "no_depth")
  })

  it("names why it has no touch", () => {
    const reasons = (line: EventBody) => {
      const answers = asked([line], opening)
      return [
        answers["market.current_price"].reason,
        answers["orderbook.microprice"].reason,
        answers["orderbook.imbalance_ratio"].reason,
        answers["orderbook.ask_depth"].value
      ]
    }
    assert.deepStrictEqual(reasons(book(opening, [], [])), ["empty_book", "empty_book", "empty_book", 0])
    assert.deepStrictEqual(reasons(book(opening, [[0.5, 1]], [])), ["one_sided_book", "one_sided_book", null, 0])
    assert.deepStrictEqual(reasons(book(opening, [[0.5, 1]], [["0.50", 2]])), ["crossed_book", "crossed_book", null, 2])
    assert.deepStrictEqual(reasons(book(opening, [[0.4, 1]], [[0.6, 2]])), ["wide_spread", null, null, 2])
    assert.deepStrictEqual(reasons(on(opening, { type: "quote" })), ["empty_book", "no_depth", "no_depth", null])
    assert.deepStrictEqual(reasons(trade(opening, 0.5)), [null, "no_data", "no_data", null])
  })
})

describe("the price", () => {
  it("is the midpoint up to a spread of exactly 0.10, then the last trade", () => {
    const lines = [
      quote(seconds(1), 0.45, 0.55),
      quote(seconds(2), 0.45, 0.550001),
      trade(seconds(3), "0.47"),
      quote(seconds(4), 0.5, 0.5)
    ]
    const prices = [1, 2, 3, 4].map((second) => found(lines, "market.current_price", seconds(second)))
    assert.deepStrictEqual(prices, [0.5, "wide_spread", 0.47, 0.47])
    assert.strictEqual(found(lines, "market.price_spread", seconds(4)), "crossed_book")
  })

  it("is unknown in a gap until the next book or quote, while trades go on", () => {
    const lines = [
      priced(seconds(1), 0.5),
      gap(seconds(2)),
      trade(seconds(3), 0.48),
      on(seconds(3), { type: "price_change", changes: [["bid", 0.4, 1]] }),
      on(seconds(3), { type: "gap_end", scope: "market" }),
      on(seconds(4), { type: "quote", best_bid: 0.4 })
    ]
    assert.strictEqual(found(lines, "market.current_price", seconds(2)), "feed_gap")
    assert.strictEqual(found(lines, "price_history.momentum", seconds(3)), "feed_gap")
    assert.strictEqual(found(lines, "orderbook.bid_depth", seconds(3)), "feed_gap")
    assert.strictEqual(found(lines, "market.current_price", seconds(4)), 0.48)
  })

  it("is gone for good once the market has closed", () => {
    const lines = [
      on(opening, { type: "market", question: "", liquidity: 7 }),
      gap(seconds(1)),
      on(seconds(2), { type: "resolution", outcome: 1 }),
      priced(seconds(3), 0.5)
    ]
    assert.strictEqual(found(lines, "market.current_price", seconds(2)), "closed")
    assert.strictEqual(found(lines, "price_history.volatility", minutes(90)), "closed")
    assert.strictEqual(found(lines, "orderbook.microprice", seconds(3)), "closed")
    assert.strictEqual(found(lines, "market.liquidity", seconds(3)), 7)
  })
})

describe("price history", () => {
  // 0.5 for 30 min, 0.6 for 15, 0.5 for 15: one hour
  const lines = [priced(opening, 0.5), priced(minutes(30), 0.6), priced(minutes(45), 0.5)]
  const ask = (name: FeatureName, at: number, options?: NaiveOptions) => found(lines, name, at, options)

  it("is as worked by hand", () => {
    // two jumps of 0.1 in an hour: sqrt(0.02)
    near(ask("price_history.volatility", minutes(60)), Math.sqrt(0.02))
    assert.strictEqual(ask("price_history.momentum", minutes(60)), 0)
    // m = 0.525, s^2 = 0.75 * 0.025^2 + 0.25 * 0.075^2 = 0.001875
    near(ask("price_history.mean_reversion_signal", minutes(60)), 0.025 / Math.sqrt(0.001875))
    // 40 min: m = 0.525 and s^2 = 0.001875 again, but the price is 0.6
    near(ask("price_history.mean_reversion_signal", minutes(40)), -0.075 / Math.sqrt(0.001875))
    // 12 * (0.5 * 0.5 * -0.25 + 0.6 * 0.25 * 0.125 + 0.5 * 0.25 * 0.375) = 12 * 0.003125
    near(ask("price_history.price_velocity", minutes(60)), 0.0375)
    // 45 min: m = (0.5 * 30 + 0.6 * 15) / 45 = 1.6 / 3; the price has already jumped back to 0.5.
    // s^2 = 2/9 * 0.1^2, so z = (0.1 / 3) / (0.1 * sqrt(2) / 3)
    near(ask("price_history.mean_reversion_signal", minutes(45)), Math.SQRT1_2)
    near(ask("price_history.volatility", minutes(45)), Math.sqrt(0.02 / 0.75))
  })

  it("leaves out a jump exactly at the window's start", () => {
    // At 90 min the window begins with the jump to 0.6: only the one at 45 min is inside.
    near(ask("price_history.volatility", minutes(90) - 1), Math.sqrt(0.02))
    near(ask("price_history.volatility", minutes(90)), 0.1)
    near(ask("price_history.momentum", minutes(90) - 1), 0)
    near(ask("price_history.momentum", minutes(90)), -0.1)
  })

  it("wants enough history, to the millisecond", () => {
    assert.strictEqual(ask("price_history.volatility", seconds(300) - 1), "not_enough_history")
    assert.strictEqual(ask("price_history.volatility", seconds(300)), 0)
    assert.strictEqual(ask("price_history.mean_reversion_signal", seconds(300)), "zero_variance")
    assert.strictEqual(ask("price_history.momentum", minutes(60) - 1), "not_enough_history")
    const eager = within({ price_history: { window_secs: 3600, min_coverage_secs: 0 } })
    assert.strictEqual(ask("price_history.price_velocity", opening, eager), "not_enough_history")
    assert.strictEqual(ask("price_history.price_velocity", opening + 1, eager), 0)
    assert.strictEqual(found([gap(opening), trade(opening, 1)], "price_history.momentum", opening), "feed_gap")
    assert.strictEqual(found([on(opening, { type: "quote" })], "price_history.momentum", opening), "not_enough_history")
  })

  it("keeps the last arrival of an instant and carries prices through nulls", () => {
    const noisy = [
      priced(opening, 0.5),
      priced(minutes(10), 0.9),
      priced(minutes(10), 0.5),
      gap(minutes(20)),
      on(minutes(30), { type: "quote", best_bid: 0.1 }),
      priced(minutes(40), 0.5),
      priced(minutes(50), 0.6),
      gap(minutes(50)),
      on(minutes(55), { type: "quote" })
    ]
    // The one jump is 0.1 at 50 min, the gap of the same instant notwithstanding.
    near(found(noisy, "price_history.volatility", minutes(60)), 0.1)
    near(found(noisy, "price_history.momentum", minutes(60)), 0.1)
    assert.strictEqual(found(noisy, "market.current_price", minutes(60)), "empty_book")
  })
})

describe("sentiment", () => {
  it("halves a document's weight with every half-life, inside a window open at its start", () => {
    const lines = [news(opening, "1", "a", 0.8), news(minutes(120), "2", "a", -0.5), news(minutes(120), "1", "a", 1)]
    // one half-life apart, the repeat ignored: (0.8 * 0.5 - 0.5) / 1.5
    assert.strictEqual(found(lines, "sentiment.sentiment_score", minutes(120)), -0.0666666666667)
    assert.strictEqual(found(lines, "sentiment.source_diversity", minutes(360)), 1)
    assert.strictEqual(found(lines, "sentiment.sentiment_score", minutes(360)), -0.5)
    assert.strictEqual(found(lines, "sentiment.sentiment_score", minutes(480)), "no_data")
    assert.strictEqual(found(lines, "sentiment.keyword_count", minutes(480)), 0)
  })

  it("keeps the copy that was appended first, even if the other was available earlier", () => {
    const lines = [news(seconds(9), "1", "a", 0.3), news(seconds(5), "1", "a", 0.7), news(seconds(5), "1", "b", 0.1)]
    assert.strictEqual(found(lines, "sentiment.sentiment_score", seconds(5)), 0.1)
    assert.strictEqual(found(lines, "sentiment.source_diversity", seconds(9)), 2)
  })

  it("counts sources by their share", () => {
    const lines = ["a", "b", "a", "a"].map((source, n) => news(opening, String(n), source, 0))
    // exp of 0.75 ln(4/3) + 0.25 ln 4 = 4 / 3^0.75
    near(found(lines, "sentiment.source_diversity", opening), 4 / 3 ** 0.75, 1e-11)
  })

  it("matches whole words of the newest question, or the keywords given", () => {
    const lines = [
      on(opening, { type: "market", question: "Will Bitcoin reach the Café?" }),
      news(opening, "1", "a", 0, "ＢＩＴＣＯＩＮ!"),
      news(opening, "2", "a", 0, "bitcoins"),
      news(opening, "3", "a", 0, "at the cafe\u0301, will"),
      news(opening, "4", "a", 0, "Fed: rates"),
      news(opening, "5", "a", 0, "the will")
    ]
    const stopWords = new Set(["will"])
    const count = (keywords: ReadonlyArray<string>) => {
      const sentiment = { ...defaultParameters.sentiment, keywords }
      return found(lines, "sentiment.keyword_count", opening, within({ sentiment }))
    }
    assert.strictEqual(found(lines, "sentiment.keyword_count", opening), 3)
    assert.strictEqual(found(lines, "sentiment.keyword_count", opening, { stopWords }), 2)
    assert.strictEqual(found(lines.slice(1), "sentiment.keyword_count", opening), 0)
    assert.deepStrictEqual([["fed rates"], ["FED", "the"], ["rates fed"], []].map(count), [1, 3, 0, 0])
  })

  it("is unknown while any of its sources is down", () => {
    const source = (at: number, type: "gap" | "gap_end", name: string) =>
      on(at, { type, scope: "source", source: name })
    const lines = [
      source(seconds(1), "gap", "a"),
      news(seconds(2), "1", "b", 0.5),
      on(seconds(3), { type: "gap", scope: "source" }),
      source(seconds(4), "gap_end", "a"),
      on(seconds(5), { type: "gap_end", scope: "source" })
    ]
    const answers = [1, 2, 4, 5].map((second) => found(lines, "sentiment.sentiment_score", seconds(second)))
    assert.deepStrictEqual(answers, ["no_data", "source_down", "source_down", 0.5])
    assert.strictEqual(found(lines, "sentiment.keyword_count", seconds(1)), "source_down")
    assert.strictEqual(found(lines, "sentiment.source_diversity", seconds(4)), 1)
  })
})

describe("the market and the calendar", () => {
  const snapshot = (at: number, dates: { readonly [name: string]: string | number }) =>
    on(at, { type: "market", question: "", ...dates })

  it("a quote's volume stands until the next snapshot", () => {
    const lines = [
      snapshot(seconds(1), { volume_24h: 10, liquidity: 0 }),
      on(seconds(2), { type: "quote", volume_24h: 20 }),
      quote(seconds(3), 0.4, 0.5),
      snapshot(seconds(4), { liquidity: 5 })
    ]
    const volumes = [1, 2, 3, 4].map((second) => found(lines, "market.volume", seconds(second)))
    assert.deepStrictEqual(volumes, [10, 20, 20, "no_data"])
    assert.strictEqual(found(lines, "market.liquidity", seconds(1)), 0)
    assert.isTrue(Object.is(found([snapshot(opening, { liquidity: -0 })], "market.liquidity", opening), 0))
  })

  it("reads the clock in UTC", () => {
    // The opening is 2026-03-29T12:00:00Z, a Sunday.
    const clock = (at: number) => [found([], "temporal.hour_of_day", at), found([], "temporal.day_of_week", at)]
    assert.deepStrictEqual([opening, minutes(720) - 1, minutes(720)].map(clock), [[12, 7], [23, 7], [0, 1]])
  })

  it("counts to the scheduled end and from the start", () => {
    const lines = [
      snapshot(opening, {
        start_date: "2026-03-29T14:00:01.500+02:00",
        end_date: minutes(1),
        resolution_date: "2026-03-29T12:02:00Z"
      }),
      snapshot(minutes(5), {})
    ]
    const ask = (at: number) => {
      const answers = asked(lines, at)
      return [
        answers["market.time_to_expiry"],
        answers["temporal.time_to_resolution"],
        answers["temporal.market_age"]
      ].map(({ reason, value }) => value ?? reason)
    }
    assert.deepStrictEqual(ask(opening), [60, 120, "not_started"])
    assert.deepStrictEqual(ask(opening + 1500), [58.5, 118.5, 0])
    assert.deepStrictEqual(ask(minutes(3)), [0, 0, 178.5])
    assert.deepStrictEqual(ask(minutes(5)), ["no_end_date", "no_end_date", "no_start_date"])
  })
})

describe("visibility, status and age", () => {
  const lines = [
    quote(seconds(2), 0.4, 0.5),
    trade(seconds(9), 0.4),
    quote(seconds(1), 0.3, 0.4),
    priced(seconds(2), 0.6)
  ]

  it("goes by available_at, then by sequence, both inclusive", () => {
    assert.strictEqual(asked(lines, seconds(1) - 1)["market.current_price"].status, "MISSING")
    assert.strictEqual(found(lines, "market.current_price", seconds(2) - 1), 0.35)
    assert.strictEqual(found(lines, "market.current_price", seconds(2)), 0.6)
    assert.strictEqual(found(lines, "market.current_price", seconds(2), { upTo: 4 }), 0.6)
    assert.strictEqual(found(lines, "market.current_price", seconds(2), { upTo: 3 }), 0.45)
    assert.strictEqual(found(lines, "market.current_price", seconds(1), { upTo: 2 }), "no_market")
  })

  it("knows nothing of another market but the time", () => {
    const answers = naiveFeatures(numbered(lines), "other", seconds(9))
    assert.deepStrictEqual(answers["orderbook.bid_depth"], {
      value: null,
      reason: "no_market",
      status: "MISSING",
      ageMs: null
    })
    assert.deepStrictEqual(answers["temporal.hour_of_day"], { value: 12, reason: null, status: "PRESENT", ageMs: 0 })
  })

  it("ages by what the group reads and goes stale by what the feature needs", () => {
    const withMarket = [...lines, on(seconds(1), { type: "market", question: "", liquidity: 3 })]
    const answers = asked(withMarket, seconds(12), within({ maxAgeSecs: { market: 10, orderbook: 1 } }))
    const shown = (name: FeatureName) => [answers[name].value, answers[name].status, answers[name].ageMs]
    assert.deepStrictEqual(shown("market.liquidity"), [3, "STALE", 3000])
    assert.deepStrictEqual(shown("market.price_spread"), [0.02, "PRESENT", 3000])
    assert.deepStrictEqual(shown("orderbook.microprice"), [null, "NULL", 10_000])
    assert.deepStrictEqual(shown("temporal.market_age"), [null, "NULL", 11_000])
    assert.deepStrictEqual(shown("sentiment.keyword_count"), [0, "PRESENT", 11_000])
  })

  it("never sees what became available later", () => {
    fc.assert(
      fc.property(questionsAsked, parameters, ({ at, events, market }, chosen) => {
        // Later news stays: an appended document keeps its copies out of the log, whenever it became available.
        const known = events.filter((event) => event.available_at <= at || event.type === "news")
        const options = { parameters: chosen }
        assert.deepStrictEqual(
          naiveFeatures(known, market, at, options),
          naiveFeatures(events, market, at, options)
        )
      })
    )
  })
})
