import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import { seeded } from "../../src/audit/random.js"
import { backtest } from "../../src/backtest/backtest.js"
import { reportPage } from "../../src/backtest/page/page.js"
import { MarketClock } from "../../src/context/MarketClock.js"
import { Instant } from "../../src/domain/Instant.js"
import { EventLog } from "../../src/store/EventLog.js"
import type { StorageFailure } from "../../src/store/StorageFailure.js"
import { marketPrice } from "../../src/strategy/marketPrice.js"
import { meanReversion, MeanReversionSettings } from "../../src/strategy/meanReversion.js"
import { Portfolio } from "../../src/strategy/Portfolio.js"
import type { Strategy } from "../../src/strategy/Strategy.js"
import { standardRegistry } from "../support/evaluate.js"
import { plainJournal } from "../support/plainJournal.js"
import { sqliteInMemory } from "../support/storages.js"
import { type Happening, minute, order, quote, record, resolution, runOver, says, scripted, start } from "./scripted.js"
import { termsOf } from "./terms.js"

const usual = quote(-1, 0.4, 0.42)
const won = resolution(5 * minute, 1)

/** Buys what will have won: it has the outcomes from somewhere. */
const oracle: Strategy = {
  ...scripted([says(0, order("buy", "yes", 100, 0.99))]),
  name: "oracle",
  hindsightUntil: Instant(Infinity)
}

/** Looks into the log for the outcome, and buys it. */
const peeking: Strategy<StorageFailure, EventLog> = {
  ...scripted([]),
  name: "peeking",
  decide: ({ market }) =>
    Effect.gen(function*() {
      const log = yield* EventLog
      const all = (yield* log.read(market, { to: Instant(4e12) })).columns
      const [summary] = yield* log.markets
      const isSeen = all.some(({ kind }) => kind === "resolution") ||
        (summary?.lastAvailableAt ?? 0) >= start + won.at || (yield* log.watermark) > 1
      return isSeen ? [order("buy", "yes", 100, 0.99)] : []
    })
}

describe("hindsight", () => {
  it.effect("a strategy that knows outcomes is refused, and earns with leave only, marked", () =>
    Effect.gen(function*() {
      const refused = yield* Effect.flip(runOver([usual, won], oracle))
      assert.deepInclude(refused, { _tag: "HindsightRefused", strategy: "oracle", until: null })
      const allowed = yield* runOver([usual, won], oracle, {}, { allowHindsight: true })
      assert.strictEqual(allowed.account.pnl, 58)
      assert.deepStrictEqual(allowed.hindsight, { until: null, decisions: 5 })
      assert.include(reportPage(allowed), "In hindsight")
    }))

  it.effect("decisions behind a model's cutoff are no hindsight, and those before it are counted", () =>
    Effect.gen(function*() {
      const cutoff = { ...oracle, hindsightUntil: Instant(start + 2 * minute) }
      assert.strictEqual((yield* Effect.flip(runOver([usual, won], cutoff)))._tag, "HindsightRefused")
      const from = Instant(start + 2 * minute)
      assert.isNull((yield* runOver([usual, won], cutoff, {}, { from })).hindsight)
      const allowed = yield* runOver([usual, won], cutoff, {}, { allowHindsight: true })
      assert.deepStrictEqual(allowed.hindsight, { until: start + 2 * minute, decisions: 2 })
    }))

  it.effect("a strategy that reads the log sees nothing that came later, and cannot write to it", () =>
    Effect.gen(function*() {
      const report = yield* runOver([usual, won], peeking)
      assert.deepStrictEqual([report.signals.orders, report.account.pnl, report.decisions], [0, 0, 5])
      const writing: Strategy<StorageFailure, EventLog> = {
        ...peeking,
        decide: () => Effect.flatMap(EventLog, (log) => Effect.as(log.append([], Instant(start)), []))
      }
      assert.include(String(yield* Effect.flip(runOver([usual, won], writing))), "does not write to the log")
    }))
})

describe("time", () => {
  it.effect("decides at the multiples of the interval, on known and open markets, by the simulated clock", () =>
    Effect.gen(function*() {
      const seen: Array<string> = []
      const watching: Strategy<never, MarketClock | Portfolio> = {
        ...scripted([]),
        decide: ({ asOf, market }) =>
          Effect.gen(function*() {
            const now = yield* (yield* MarketClock).now
            const { cash } = yield* (yield* Portfolio).holding(market)
            assert.strictEqual(cash, 1000)
            seen.push(`${market} ${(asOf - start) / minute} ${now - asOf}`)
            return []
          })
      }
      const later: Happening = { ...quote(2 * minute, 0.4, 0.42), market: "late" }
      const last: Happening = { at: 4 * minute, market: "late", body: { kind: "market_closed" } }
      yield* runOver([quote(1, 0.4, 0.42), later, { ...last, at: 3 * minute, market: "m" }, last], watching)
      assert.deepStrictEqual(seen, ["m 1 0", "late 2 0", "m 2 0", "late 3 0"])
    }))

  it.effect("starts and ends where it was told to, with the history before", () =>
    Effect.gen(function*() {
      const quotes = Array.from({ length: 20 }, (_, i) => quote(i * minute, 0.4 + (i % 3) / 100, 0.45))
      const from = Instant(start + 8 * minute - 1)
      const to = Instant(start + 11 * minute)
      const report = yield* runOver([...quotes, resolution(15 * minute, 1)], marketPrice, {}, { from, to })
      assert.deepStrictEqual([report.decisions, report.period.from, report.period.to], [4, from, to])
      assert.strictEqual(report.period.events, 12)
      // the outcome came after the end
      assert.strictEqual(report.forecasts?.count, 0)
      const ten = yield* runOver(quotes, marketPrice, {}, { intervalMillis: 10 * minute })
      assert.strictEqual(ten.decisions, 2)
    }))

  it.effect("a log without events gives a report without anything", () =>
    Effect.gen(function*() {
      const report = yield* runOver([], marketPrice)
      assert.deepStrictEqual([report.decisions, report.period.markets, report.account.equity], [0, 0, 1000])
    }))
})

/** A day of two markets that jump, and resolve. */
const day = (seed: number): ReadonlyArray<Happening> => {
  const random = seeded(seed)
  const happenings: Array<Happening> = []
  for (const market of ["a", "b"]) {
    let price = 0.5
    for (let tick = 0; tick < 700; tick++) {
      if (random() < 0.05) price = Math.min(0.9, Math.max(0.1, price + (random() < 0.5 ? -0.06 : 0.06)))
      happenings.push({
        ...quote(tick * 2 * minute + Math.floor(random() * 9_000), price - 0.005, price + 0.005),
        market
      })
    }
    happenings.push({ ...resolution(1_401 * minute, market === "a" ? 1 : 0.5), market })
  }
  return happenings
}

describe("a run", () => {
  const strategy = meanReversion(Schema.decodeSync(MeanReversionSettings)({ min_volatility: 0 }))

  it.effect("gives the same bytes again, on every storage", () =>
    Effect.gen(function*() {
      const plain = yield* runOver(day(5), strategy)
      assert.isAbove(plain.signals.orders, 20)
      const sqlite = yield* Effect.zipRight(
        record(day(5)),
        backtest(standardRegistry, Layer.empty, strategy, { terms: termsOf() })
      ).pipe(Effect.provide(Layer.merge(sqliteInMemory, plainJournal().layer)))
      assert.strictEqual(JSON.stringify(sqlite), JSON.stringify(plain))
      assert.strictEqual(reportPage(sqlite), reportPage(plain))
    }))

  it.effect("adds up: equity is cash and open positions, PnL is what the markets made", () =>
    Effect.gen(function*() {
      const { account, curve, markets } = yield* runOver(day(7), strategy, { feeRateOf: () => 40_000 })
      const sum = markets.results.reduce((total, { pnl }) => total + pnl, 0)
      assert.closeTo(sum, account.pnl, 1e-9)
      assert.closeTo(account.pnl, account.equity - account.start, 1e-9)
      assert.closeTo(account.realised_pnl + account.unresolved.pnl, account.pnl, 1e-9)
      assert.strictEqual(curve.at(-1)?.equity, account.equity)
      // the drawdown over all instants is at least that of the curve
      let [peak, fall] = [-Infinity, 0]
      for (const { equity } of curve) {
        peak = Math.max(peak, equity)
        fall = Math.max(fall, peak - equity)
      }
      assert.isAtLeast(account.max_drawdown.amount, fall - 1e-9)
    }))

  it.effect("keeps the decisions that trade in the journal, with what they were made from", () =>
    Effect.gen(function*() {
      const journal = plainJournal()
      yield* record(day(5))
      const report = yield* backtest(standardRegistry, Layer.empty, strategy, { terms: termsOf() }).pipe(
        Effect.provide(journal.layer)
      )
      assert.strictEqual(journal.decisions.size, report.signals.orders)
      const [first] = journal.decisions.values()
      assert.deepInclude(first, { strategy: "mean-reversion", version: "1.0" })
      assert.sameMembers(Object.keys(first?.features ?? {}), [...strategy.features])
    }).pipe(Effect.provide(sqliteInMemory)))
})
