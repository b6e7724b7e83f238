import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { AccountTerms } from "../../src/backtest/Account.js"
import { fromDollars } from "../../src/backtest/money.js"
import {
  book,
  type Happening,
  minute,
  order,
  quote,
  resolution,
  runOver,
  type Said,
  says,
  scripted
} from "./scripted.js"

const end = 10 * minute

/** Runs a case until `end`; figures were worked out by hand, from 1,000 dollars. */
const run = (happenings: ReadonlyArray<Happening>, script: ReadonlyArray<Said>, terms: Partial<AccountTerms> = {}) =>
  Effect.map(
    // the run lasts as long as its log
    runOver([...happenings, { ...quote(end, 0.5, 0.51), market: "other" }], scripted(script), terms),
    (report) => ({
      cash: report.account.cash,
      equity: report.account.equity,
      fees: report.execution.fees,
      open: report.markets.results[0]?.open ?? null,
      pnl: report.markets.results[0]?.pnl ?? 0,
      dropped: report.execution.unfilled,
      orders: report.orders.first.map(({ filled, price }) => [filled, price]),
      report
    })
  )

const fee = (rate: number) => ({ feeRateOf: () => Math.round(rate * 1e6) })
const buyYes = says(0, order("buy", "yes", 50, 0.42))
const buyNo = says(0, order("buy", "no", 50, 0.62))
const usual = quote(-1, 0.4, 0.42)

describe("the hand-computed ledger", () => {
  it.effect("1. YES is bought at the ask and marked at the bid", () =>
    Effect.gen(function*() {
      const { cash, dropped, equity, open, orders } = yield* run([usual], [buyYes])
      // 50 * 0.42 = 21; 50 * 0.40 = 20
      assert.deepStrictEqual([cash, equity, orders, dropped], [979, 999, [[50, 0.42]], {}])
      assert.deepStrictEqual(open, { yes: 50, no: 0, value: 20 })
    }))

  it.effect("2. NO is bought at one dollar less the YES bid, and marked at one less the YES ask", () =>
    Effect.gen(function*() {
      const { cash, equity, orders } = yield* run([usual], [buyNo])
      // 50 * 0.60 = 30; 50 * 0.58 = 29
      assert.deepStrictEqual([cash, equity, orders], [970, 999, [[50, 0.6]]])
    }))

  it.effect("3. an order walks the levels of a book, and what the limit leaves is dropped", () =>
    Effect.gen(function*() {
      const depth = book(-1, [[0.4, 10]], [[0.42, 10], [0.43, 20.5], [0.44, 100]])
      const { cash, dropped, orders } = yield* run([depth], [says(0, order("buy", "yes", 50, 0.43))])
      // 10 * 0.42 + 20.5 * 0.43 = 4.2 + 8.815 = 13.015; mean 13.015 / 30.5
      assert.deepStrictEqual([cash, dropped], [986.985, { no_depth: 1 }])
      assert.deepStrictEqual(orders.map(([filled, price]) => [filled, price?.toFixed(6)]), [[30.5, "0.426721"]])
    }))

  it.effect("4. the taker's fee is shares * rate * p * (1 - p) at each price, to five decimals", () =>
    Effect.gen(function*() {
      const depth = book(-1, [[0.4, 10]], [[0.42, 33.33], [0.43, 20]])
      const { cash, fees } = yield* run([depth], [says(0, order("buy", "yes", 53.33, 0.43))], fee(0.07))
      // 33.33 * 0.07 * 0.42 * 0.58 = 0.56834316 -> 0.56834; 20 * 0.07 * 0.43 * 0.57 = 0.34314
      assert.strictEqual(fees, 0.91148)
      // 1000 - 13.9986 - 8.6 - 0.91148
      assert.strictEqual(cash, 976.48992)
    }))

  it.effect("5. an order meets the price that came while it was under way, and none beyond its limit", () =>
    Effect.gen(function*() {
      const worse = yield* run([usual, quote(499, 0.43, 0.45)], [buyYes])
      assert.deepStrictEqual([worse.cash, worse.dropped], [1000, { beyond_limit: 1 }])
      const better = yield* run([usual, quote(500, 0.35, 0.37)], [buyYes])
      assert.strictEqual(better.cash, 1000 - 50 * 0.37)
      const tooLate = yield* run([usual, quote(501, 0.43, 0.45)], [buyYes])
      assert.strictEqual(tooLate.cash, 979)
    }))

  it.effect("6. a resolution to YES pays a dollar for YES and nothing for NO", () =>
    Effect.gen(function*() {
      const both = [usual, resolution(3 * minute, 1)]
      const yes = yield* run(both, [buyYes])
      assert.deepStrictEqual([yes.cash, yes.pnl, yes.open], [1029, 29, null])
      const no = yield* run(both, [buyNo])
      assert.deepStrictEqual([no.cash, no.pnl], [970, -30])
    }))

  it.effect("7. a resolution to NO pays a dollar for NO and nothing for YES", () =>
    Effect.gen(function*() {
      const both = [usual, resolution(3 * minute, 0)]
      assert.strictEqual((yield* run(both, [buyYes])).cash, 979)
      assert.strictEqual((yield* run(both, [buyNo])).cash, 1020)
    }))

  it.effect("8. a split resolution pays both outcomes their part", () =>
    Effect.gen(function*() {
      const split = [usual, resolution(3 * minute, 0.25)]
      // YES 50 * 0.25 = 12.5; NO 50 * 0.75 = 37.5
      assert.strictEqual((yield* run(split, [buyYes])).cash, 991.5)
      assert.strictEqual((yield* run(split, [buyNo])).cash, 1007.5)
    }))

  it.effect("9. a corrected resolution moves the difference, for what the first one paid out", () =>
    Effect.gen(function*() {
      const corrected = [usual, resolution(3 * minute, 1), resolution(5 * minute, 0)]
      assert.strictEqual((yield* run(corrected, [buyYes])).cash, 979)
      assert.strictEqual((yield* run(corrected, [buyNo])).cash, 1020)
    }))

  it.effect("10. a market that closes first fills nothing", () =>
    Effect.gen(function*() {
      const closed = yield* run([usual, { at: 500, body: { kind: "market_closed" } }], [buyYes])
      assert.deepStrictEqual([closed.cash, closed.dropped], [1000, { closed: 1 }])
      const resolved = yield* run([usual, resolution(100, 1)], [buyYes])
      assert.deepStrictEqual([resolved.cash, resolved.dropped], [1000, { closed: 1 }])
    }))

  it.effect("11. a one-sided quote fills nothing", () =>
    Effect.gen(function*() {
      const noBid = yield* run([usual, quote(400, undefined, 0.42)], [buyYes])
      assert.deepStrictEqual([noBid.cash, noBid.dropped], [1000, { one_sided_book: 1 }])
      const noAsk = yield* run([usual, quote(400, 0.4, undefined)], [buyNo])
      assert.deepStrictEqual([noAsk.cash, noAsk.dropped], [1000, { one_sided_book: 1 }])
    }))

  it.effect("12. a crossed or locked book fills nothing", () =>
    Effect.gen(function*() {
      const crossed = yield* run([usual, quote(400, 0.43, 0.42)], [buyYes])
      const locked = yield* run([usual, quote(400, 0.42, 0.42)], [buyYes])
      assert.deepStrictEqual([crossed.dropped, locked.dropped], [{ crossed_book: 1 }, { crossed_book: 1 }])
    }))

  it.effect("13. nothing is filled in a gap of the market or of the book's source, and again after its end", () =>
    Effect.gen(function*() {
      const gap = (at: number, scope: "market" | "source", source: string): Happening => ({
        at,
        source,
        body: { kind: "gap", interruption: { scope, reason: "down" } }
      })
      const fromFeed = { ...usual, source: "feed" }
      const market = yield* run([fromFeed, gap(300, "market", "feed")], [buyYes])
      const source = yield* run([fromFeed, gap(300, "source", "feed")], [buyYes])
      const others = yield* run([fromFeed, gap(300, "source", "wire")], [buyYes])
      const over = yield* run([fromFeed, gap(300, "market", "feed"), quote(400, 0.4, 0.42)], [buyYes])
      assert.deepStrictEqual([market.dropped, source.dropped], [{ feed_gap: 1 }, { feed_gap: 1 }])
      assert.deepStrictEqual([others.cash, over.cash], [979, 979])
    }))

  it.effect("14. an order is cut to what the cash can pay, its fee included", () =>
    Effect.gen(function*() {
      const terms = { cash: fromDollars(10), ...fee(0.05) }
      const { cash, dropped, fees, orders } = yield* run([usual], [buyYes], terms)
      // a share costs 0.42 + 0.05 * 0.42 * 0.58 = 0.43218: 23.13 shares cost 9.7146 + 0.28172 (0.281723) = 9.99632
      assert.deepStrictEqual([orders, fees, cash, dropped], [[[23.13, 0.42]], 0.28172, 0.00368, { no_cash: 1 }])
    }))

  it.effect("15. no more is sold than is held", () =>
    Effect.gen(function*() {
      const sellAll = says(2 * minute, order("sell", "yes", 80, 0.3))
      const { cash, dropped, open, orders } = yield* run([usual], [buyYes, sellAll])
      assert.deepStrictEqual([cash, open, dropped], [999, null, { nothing_held: 1 }])
      assert.deepStrictEqual(orders, [[50, 0.42], [50, 0.4]])
      assert.strictEqual((yield* run([usual], [says(0, order("sell", "no", 5, 0))])).cash, 1000)
    }))

  it.effect("16. NO is sold to the ask, at one dollar less", () =>
    Effect.gen(function*() {
      const { cash, open } = yield* run([usual], [buyNo, says(2 * minute, order("sell", "no", 20, 0.58))])
      // 1000 - 30 + 20 * 0.58; 30 NO left at 0.58
      assert.deepStrictEqual([cash, open], [981.6, { yes: 0, no: 30, value: 17.4 }])
    }))

  it.effect("17. a quote holds no more than its assumed size, until its price changes", () =>
    Effect.gen(function*() {
      const script = [
        says(0, order("buy", "yes", 80, 0.42)),
        says(minute, order("buy", "yes", 80, 0.42)),
        says(3 * minute, order("buy", "yes", 80, 0.43))
      ]
      const { cash, orders } = yield* run([usual, quote(30_000, 0.41, 0.42), quote(2 * minute, 0.41, 0.43)], script)
      assert.deepStrictEqual(orders, [[80, 0.42], [20, 0.42], [80, 0.43]])
      assert.strictEqual(cash, 1000 - 42 - 34.4)
    }))

  it.effect("18. what was taken from a level is gone until the book shows another size there", () =>
    Effect.gen(function*() {
      const again = (at: number) => says(at, order("buy", "yes", 10, 0.42))
      const refilled: Happening = {
        at: 2 * minute,
        body: { kind: "price_change", changes: [["ask", 420_000, 5_000_000]] }
      }
      const depth = book(-1, [[0.4, 10]], [[0.42, 10]])
      const { cash, orders } = yield* run([depth, refilled], [again(0), again(minute), again(3 * minute)])
      assert.deepStrictEqual(orders, [[10, 0.42], [0, null], [5, 0.42]])
      assert.strictEqual(cash, 993.7)
    }))

  it.effect("19. a pair of YES and NO counts as the two that it is", () =>
    Effect.gen(function*() {
      const { cash, equity } = yield* run([usual], [buyYes, says(minute, order("buy", "no", 50, 0.6))])
      // 1000 - 21 - 30; 50 * 0.40 + 50 * 0.58
      assert.deepStrictEqual([cash, equity], [949, 998])
    }))

  it.effect("20. limits cut what is bought, by what is held of the market and in total", () =>
    Effect.gen(function*() {
      const market = yield* run([usual], [buyYes], { maxMarketCost: fromDollars(4.2) })
      assert.deepStrictEqual([market.cash, market.dropped], [995.8, { exposure_limit: 1 }])
      const elsewhere = { ...says(0, order("buy", "yes", 10, 0.51)), market: "other" }
      const total = yield* run(
        [{ ...quote(-1, 0.5, 0.51), market: "other" }, usual],
        [elsewhere, says(minute, order("buy", "yes", 50, 0.42))],
        { maxTotalCost: fromDollars(9.3) }
      )
      // 10 * 0.51 = 5.1, and 4.2 is left
      assert.deepStrictEqual([total.cash, total.dropped], [990.7, { exposure_limit: 1 }])
    }))

  it.effect("21. an order that the log ends before is not filled", () =>
    Effect.gen(function*() {
      const { cash, dropped } = yield* run([usual], [says(end, order("buy", "yes", 1, 0.42))])
      assert.deepStrictEqual([cash, dropped], [1000, { recording_ended: 1 }])
    }))

  it.effect("signals that mean nothing are counted and left alone", () =>
    Effect.gen(function*() {
      const odd = [
        order("buy", "yes", 0, 0.5),
        order("buy", "yes", 1, 1.5),
        { ...order("buy", "yes", 1, 0.5), size: 1.5 },
        { kind: "forecast" as const, probability: NaN }
      ]
      const { report } = yield* run([usual], [says(0, ...odd)])
      assert.deepStrictEqual(report.signals, { forecasts: 0, orders: 0, passes: { invalid_signal: 4 } })
    }))
})
