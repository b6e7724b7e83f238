import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { Instant } from "../../src/domain/Instant.js"
import { MarketId } from "../../src/domain/MarketId.js"
import { FeatureVector, type GroupAnswer } from "../../src/features/FeatureVector.js"
import { Reason } from "../../src/features/Reason.js"
import { marketPrice } from "../../src/strategy/marketPrice.js"
import { meanReversion, MeanReversionSettings } from "../../src/strategy/meanReversion.js"
import { type Holding, Portfolio } from "../../src/strategy/Portfolio.js"
import type { Strategy } from "../../src/strategy/Strategy.js"
import { noSignals } from "../../src/strategy/Strategy.js"
import { standardRegistry } from "../support/evaluate.js"

const at = Instant(Date.UTC(2026, 6, 13))

/** A vector with these values; what is not given is unknown. */
const vectorOf = (features: ReadonlyArray<string>, values: Readonly<Record<string, number>>) => {
  const columns = Effect.runSync(standardRegistry.resolve(features))
  const answers = new Map(standardRegistry.computed.map((group): [string, GroupAnswer] => [group.id, {
    computedAt: at,
    values: group.features.map(({ name }) => values[name] ?? NaN),
    reasons: Uint8Array.from(group.features, ({ name }) => name in values ? Reason.known : Reason.no_data),
    bornAt: new Float64Array(group.features.length).fill(at),
    neededAt: new Float64Array(group.features.length).fill(at)
  }]))
  return new FeatureVector<unknown>(MarketId.make("m"), at, 1, columns, answers)
}

const nothing: Holding = { yes: 0, no: 0, cash: 1_000, equity: 1_000, exposure: 0, totalExposure: 0 }

const decided = <E>(
  strategy: Strategy<E, Portfolio>,
  values: Readonly<Record<string, number>>,
  holding: Partial<Holding> = {}
) =>
  strategy.decide(vectorOf(strategy.features, values)).pipe(
    Effect.provideService(Portfolio, { holding: () => Effect.succeed({ ...nothing, ...holding }) })
  )

const usual = { mean_reversion_signal: 3, volatility: 0.05, current_price: 0.41, price_spread: 0.02 }
const settings = Schema.decodeSync(MeanReversionSettings)({})
const strategy = meanReversion(settings)
const order = (action: "buy" | "sell", outcome: "yes" | "no", size: number, limit: number) => [
  { kind: "order" as const, action, outcome, size, limit }
]

describe("mean-reversion", () => {
  it.effect("buys YES at the ask far below the mean, and NO at one less the bid far above it", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* decided(strategy, usual), order("buy", "yes", 2_000, 420_000))
      const above = yield* decided(strategy, { ...usual, mean_reversion_signal: -2.5 })
      assert.deepStrictEqual(above, order("buy", "no", 2_000, 600_000))
      assert.deepStrictEqual(yield* decided(strategy, { ...usual, mean_reversion_signal: 2.49 }), [])
    }))

  it.effect("sells all it holds near the mean and beyond, at the bid of its own book", () =>
    Effect.gen(function*() {
      const near = { ...usual, mean_reversion_signal: 0.5 }
      const held = { yes: 1_234, exposure: 5 }
      assert.deepStrictEqual(yield* decided(strategy, near, held), order("sell", "yes", 1_234, 400_000))
      assert.deepStrictEqual(
        yield* decided(strategy, { ...usual, mean_reversion_signal: -0.5 }, { no: 7, exposure: 1 }),
        order("sell", "no", 7, 580_000)
      )
      assert.deepStrictEqual(yield* decided(strategy, { ...usual, mean_reversion_signal: 0.51 }, held), [])
      // it gets out of what it would not get into
      const poor = { ...near, volatility: 0, price_spread: 0.08 }
      assert.deepStrictEqual(yield* decided(strategy, poor, held), order("sell", "yes", 1_234, 370_000))
    }))

  it.effect("opens nothing on top of a position or an order, in a quiet market, or across a wide spread", () =>
    Effect.gen(function*() {
      for (
        const [values, holding] of [
          [usual, { exposure: 0.01 }],
          [{ ...usual, volatility: 0.019 }, {}],
          [{ ...usual, price_spread: 0.021 }, {}]
        ] as const
      ) {
        assert.deepStrictEqual(yield* decided(strategy, values, holding), [])
      }
    }))

  it.effect("sizes an order by shares and by what a position may cost", () =>
    Effect.gen(function*() {
      const small = meanReversion({ ...settings, maxMarketUsd: 4.2 })
      assert.deepStrictEqual(yield* decided(small, usual), order("buy", "yes", 1_000, 420_000))
      assert.deepStrictEqual(yield* decided(meanReversion({ ...settings, maxMarketUsd: 0.001 }), usual), [])
    }))

  it("has nothing to say where a feature is unknown, or the spread too wide for a mid", () => {
    for (const name of Object.keys(usual)) {
      const values = Object.fromEntries(Object.entries(usual).filter(([own]) => own !== name))
      assert.strictEqual(strategy.decide(vectorOf(strategy.features, values)), noSignals, name)
    }
    assert.strictEqual(strategy.decide(vectorOf(strategy.features, { ...usual, price_spread: 0.11 })), noSignals)
  })
})

describe("market-price", () => {
  it.effect("forecasts the price, where there is one, and never trades", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* decided(marketPrice, usual), [{ kind: "forecast", probability: 0.41 }])
      assert.strictEqual(marketPrice.decide(vectorOf(marketPrice.features, {})), noSignals)
    }))
})
