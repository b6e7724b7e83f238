import { DuckDBInstance } from "@duckdb/node-api"
import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import { Chunk, Effect, FastCheck as fc, Layer, Stream } from "effect"
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { forecastScores, type ResolvedForecast, scoresOf } from "../../src/backtest/forecastScores.js"
import { ForecastTally } from "../../src/backtest/ForecastTally.js"
import { Instant } from "../../src/domain/Instant.js"
import { MarketId } from "../../src/domain/MarketId.js"
import { importFile } from "../../src/importer/importFiles.js"
import { EventLog } from "../../src/store/EventLog.js"
import { FeatureStore } from "../../src/store/FeatureStore.js"
import { liveApp } from "../support/apps.js"
import { standardRegistry } from "../support/evaluate.js"
import { sqliteInMemory } from "../support/storages.js"

const folder = fileURLToPath(new URL("../../../shared/data/polymarket-quotes/", import.meta.url))
const quotes = `${folder}quotes-1003-markets.parquet`
const markets = `${folder}markets-1003.csv`

const mean = (values: ReadonlyArray<number>) => values.reduce((sum, value) => sum + value, 0) / values.length
const close = (actual: number | null, expected: number) =>
  assert.closeTo(actual ?? NaN, expected, 1e-9 * Math.max(1, Math.abs(expected)))

const forecast = fc.record({
  probability: fc.oneof(fc.constantFrom(0, 1, 0.5, 0.1, 0.7), fc.double({ min: 0, max: 1, noNaN: true })),
  outcome: fc.constantFrom(0, 1, 0.5, 0.25),
  marketPrice: fc.option(fc.double({ min: 0.01, max: 0.99, noNaN: true }), { nil: undefined }),
  event: fc.option(fc.constantFrom("a", "b", "c"), { nil: undefined })
})

/** The textbook's formulas over the list itself. */
const naiveScores = (all: ReadonlyArray<ResolvedForecast>) => {
  const clip = (p: number) => Math.max(1e-6, Math.min(1 - 1e-6, p))
  const loss = (p: number, o: number) => -(o * Math.log(clip(p)) + (1 - o) * Math.log(1 - clip(p)))
  const priced = all.flatMap((one) => one.marketPrice === undefined ? [] : [{ ...one, price: one.marketPrice }])
  const binOf = (p: number) => p === 1 ? 9 : Math.trunc(p * 10)
  const bins = Array.from({ length: 10 }, (_, bin) => all.filter(({ probability }) => binOf(probability) === bin))
  const groups = new Map<string, Array<ResolvedForecast>>()
  for (const [i, one] of all.entries()) {
    const key = one.event ?? `${i}`
    groups.set(key, [...groups.get(key) ?? [], one])
  }
  const ofEvents = [...groups.values()].map((group) => mean(group.map((one) => (one.probability - one.outcome) ** 2)))
  const spread = Math.sqrt(ofEvents.reduce((sum, b) => sum + (b - mean(ofEvents)) ** 2, 0) / (ofEvents.length - 1))
  return {
    brier: mean(all.map(({ outcome, probability }) => (probability - outcome) ** 2)),
    logLoss: mean(all.map(({ outcome, probability }) => loss(probability, outcome))),
    ece: bins.reduce((sum, bin) =>
      bin.length === 0
        ? sum
        : sum +
          bin.length / all.length * Math.abs(mean(bin.map((b) => b.probability)) - mean(bin.map((b) => b.outcome))), 0),
    skill: 1 - mean(priced.map((one) => (one.probability - one.outcome) ** 2)) /
        mean(priced.map((one) => (one.price - one.outcome) ** 2)),
    priced: priced.length,
    byEvent: mean(ofEvents),
    error: spread / Math.sqrt(ofEvents.length),
    events: ofEvents.length
  }
}

describe("forecast scores", () => {
  it("are those of the textbook's formulas", () => {
    fc.assert(
      fc.property(fc.array(forecast, { minLength: 2, maxLength: 40 }), (all) => {
        const scores = forecastScores(all)
        const naive = naiveScores(all)
        close(scores.brier, naive.brier)
        close(scores.log_loss, naive.logLoss)
        close(scores.ece, naive.ece)
        assert.strictEqual(scores.against_price.count, naive.priced)
        if (naive.priced > 0) close(scores.against_price.skill, naive.skill)
        close(scores.by_event.brier.mean, naive.byEvent)
        assert.strictEqual(scores.events, naive.events)
        if (naive.events > 1) close(scores.by_event.brier.standard_error, naive.error)
      }),
      { numRuns: 500, seed: 2 }
    )
  })

  it("by hand: two forecasts, a miss that would be infinite, and none", () => {
    const two = forecastScores([{ probability: 0.8, outcome: 1 }, { probability: 0.4, outcome: 0 }])
    // (0.04 + 0.16) / 2; -(ln 0.8 + ln 0.6) / 2; (0.2 + 0.4) / 2
    close(two.brier, 0.1)
    close(two.log_loss, 0.366984587089)
    close(two.ece, 0.3)
    close(forecastScores([{ probability: 0, outcome: 1 }]).log_loss, 13.815510557964)
    const none = forecastScores([])
    assert.deepStrictEqual([none.brier, none.ece, none.against_price.skill, none.by_event.brier.mean], [
      null,
      null,
      null,
      null
    ])
  })

  it("tallied before the outcome is known are the same as listed with it", () => {
    const tally = new ForecastTally()
    const given = [0.1, 0.35, 0.35, 0.9, 1]
    for (const probability of given) tally.add(probability, 0.5)
    const tallied = scoresOf([{ tally, outcome: 0.25, event: "e" }])
    const listed = forecastScores(
      given.map((probability) => ({ probability, outcome: 0.25, marketPrice: 0.5, event: "e" }))
    )
    assert.deepStrictEqual({ ...tallied, markets: 0 }, { ...listed, markets: 0 })
  })
})

const hours = [1, 6, 24]

/** Brier scores of the price `hours` before each market's last quote, computed by another program from the files alone. */
const byDuckDb = Effect.promise(async () => {
  const connection = await (await DuckDBInstance.create()).connect()
  const reader = await connection.runAndReadAll(`
    WITH quotes AS (SELECT slug, ts_ms, round(bid * 1e6) AS bid, round(ask * 1e6) AS ask FROM '${quotes}'),
    ends AS (SELECT slug, max(ts_ms) AS last FROM quotes GROUP BY slug),
    asked AS (SELECT slug, h, last - h * 3600000 AS t FROM ends, (SELECT unnest([${hours.join(", ")}]) AS h)),
    seen AS (SELECT asked.slug, h, arg_max(quotes, ts_ms) AS q FROM asked JOIN quotes
      ON quotes.slug = asked.slug AND quotes.ts_ms <= asked.t GROUP BY asked.slug, h)
    SELECT h, count(*), avg(((q.bid + q.ask) / 2e6 - outcome_yes) ** 2) FROM seen
      JOIN read_csv('${markets}') USING (slug)
      WHERE q.bid IS NOT NULL AND q.ask IS NOT NULL AND q.ask > q.bid AND q.ask - q.bid <= 100000
      GROUP BY h ORDER BY h`)
  const outcomes = await connection.runAndReadAll(`SELECT slug, outcome_yes FROM read_csv('${markets}')`)
  return {
    scores: reader.getRows().map(([h, count, brier]) => ({ h: Number(h), count: Number(count), brier: Number(brier) })),
    outcomes: new Map(outcomes.getRows().map(([slug, outcome]) => [String(slug), Number(outcome)]))
  }
})

describe.skipIf(!existsSync(quotes))(`the market's price on 1,003 real markets (${quotes})`, () => {
  it.effect("scores before the end as another program finds from the files", () =>
    Effect.gen(function*() {
      const columns = { available_at: "ts_ms", market: "slug", best_bid: "bid", best_ask: "ask" }
      yield* importFile(quotes, { format: "quotes", columns })
      const summaries = yield* (yield* EventLog).markets
      const { outcomes, scores } = yield* byDuckDb
      const store = yield* FeatureStore
      for (const { brier, count, h } of scores) {
        const spine = summaries.map(({ lastAvailableAt, market }) => ({
          market,
          timestamp: Instant(lastAvailableAt - h * 3_600_000)
        }))
        const vectors = yield* Stream.runCollect(
          store.getHistoricalFeatures(Stream.fromIterable(spine), ["market@1.0.current_price"])
        )
        const forecasts = Chunk.toReadonlyArray(vectors).flatMap((vector) => {
          const probability = vector.present("market@1.0.current_price")
          const outcome = outcomes.get(vector.market)
          return typeof probability === "number" && outcome !== undefined ? [{ probability, outcome }] : []
        })
        const own = forecastScores(forecasts)
        assert.strictEqual(own.count, count)
        assert.closeTo(own.brier ?? NaN, brier, 1e-12)
        process.stdout.write(`Brier score of the price ${h} h before the end: ${own.brier} over ${own.count} markets\n`)
      }
      assert.deepStrictEqual(scores.map(({ h }) => h), hours)
      assert.isTrue(outcomes.has(MarketId.make(summaries[0]?.market ?? "")))
    }).pipe(
      Effect.provide(Layer.provideMerge(liveApp(standardRegistry), Layer.merge(sqliteInMemory, NodeContext.layer)))
    ), 120_000)
})
