import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, TestClock } from "effect"
import { type OrderResult, orderResult } from "../../src/backtest/orderResult.js"
import { Intake } from "../../src/context/Intake.js"
import type { EventBody } from "../../src/domain/Event.js"
import { Instant } from "../../src/domain/Instant.js"
import { MarketId } from "../../src/domain/MarketId.js"
import * as PaperAccountLayer from "../../src/live/PaperAccount.js"
import { PaperAccount } from "../../src/live/PaperAccount.js"
import * as Recorder from "../../src/live/Recorder.js"
import { Portfolio } from "../../src/strategy/Portfolio.js"
import type { Order } from "../../src/strategy/Signal.js"
import * as Telemetry from "../../src/telemetry/Telemetry.js"
import { termsOf } from "../backtest/terms.js"
import { liveApp } from "../support/apps.js"
import { standardRegistry } from "../support/evaluate.js"
import { sqliteInMemory } from "../support/storages.js"

const start = Date.UTC(2026, 6, 13)
const market = MarketId.make("m")

const book = (bid: number, ask: number, shares: number): EventBody => ({
  kind: "book",
  bids: [[bid * 1_000_000, shares * 1_000_000]],
  asks: [[ask * 1_000_000, shares * 1_000_000]]
})

const buy = (shares: number, limit: number): Order => ({
  kind: "order",
  action: "buy",
  outcome: "yes",
  size: shares * 100,
  limit: limit * 1_000_000
})

/** Runs a script on an account with 1,000 dollars and orders that take half a second; what was executed comes with it. */
const trading = <A, E>(
  script: (tools: {
    readonly observe: (body: EventBody) => Effect.Effect<void>
    readonly decide: (...orders: ReadonlyArray<Order>) => Effect.Effect<void>
    readonly executed: ReadonlyArray<OrderResult>
  }) => Effect.Effect<A, E, PaperAccount | Portfolio>
) => {
  const executed: Array<OrderResult> = []
  const account = PaperAccountLayer.layer(
    termsOf(),
    (execution) => Effect.sync(() => void executed.push(orderResult(execution)))
  )
  const app = account.pipe(
    Layer.provideMerge(Recorder.layer),
    Layer.provideMerge(Layer.merge(Telemetry.layer, Layer.provideMerge(liveApp(standardRegistry), sqliteInMemory)))
  )
  const program = Effect.gen(function*() {
    const intake = yield* Intake
    const { submit } = yield* PaperAccount
    let now = start
    return yield* script({
      observe: (body) =>
        Effect.gen(function*() {
          intake.offer([{ market, source: "venue", eventTime: undefined, body }])
          yield* TestClock.setTime(now += 100)
          yield* intake.settled
          yield* TestClock.setTime(now += 100)
        }),
      decide: (...signals) =>
        Effect.zipRight(
          submit({ strategy: "s", version: "1", market, at: Instant(now), sequence: 1, features: {}, signals }),
          // both the decision and the arrival
          Effect.zipRight(TestClock.setTime(now += 499), Effect.yieldNow())
        ),
      executed
    })
  })
  return Effect.zipRight(TestClock.setTime(start), Effect.provide(program, app))
}

const arrive = TestClock.adjust("5 millis")

describe("PaperAccount", () => {
  it.effect("fills against the book that the order finds when it arrives, not the one it was decided on", () =>
    trading(({ decide, executed, observe }) =>
      Effect.gen(function*() {
        yield* observe(book(0.4, 0.42, 100))
        yield* decide(buy(10, 0.5))
        assert.lengthOf(executed, 0)
        yield* observe(book(0.44, 0.46, 100))
        assert.deepInclude(executed[0], { filled: 10, price: 0.46, unfilled: null })
        const { cash, filled, orders } = yield* (yield* PaperAccount).status
        assert.deepStrictEqual({ cash, filled, orders }, { cash: 1_000 - 4.6, filled: 1, orders: 1 })
        const { exposure, yes } = yield* (yield* Portfolio).holding(market)
        assert.deepStrictEqual({ exposure, yes }, { exposure: 4.6, yes: 1_000 })
      })
    ))

  it.effect("takes each share that the book shows once, until the book shows others", () =>
    trading(({ decide, executed, observe }) =>
      Effect.gen(function*() {
        yield* observe(book(0.4, 0.42, 15))
        yield* decide(buy(10, 0.5), buy(10, 0.5))
        yield* arrive
        yield* observe(book(0.4, 0.42, 20))
        yield* decide(buy(10, 0.5))
        yield* arrive
        assert.deepStrictEqual(
          executed.map(({ filled, unfilled }) => [filled, unfilled]),
          [[10, null], [5, "no_depth"], [10, null]]
        )
      })
    ))

  it.effect("fills nothing in a gap or a closed market, and nothing that cannot be meant", () =>
    trading(({ decide, executed, observe }) =>
      Effect.gen(function*() {
        yield* decide(buy(10, 0.5))
        yield* arrive
        yield* observe(book(0.4, 0.42, 100))
        yield* observe({ kind: "gap", interruption: { scope: "market", reason: "disconnected" } })
        yield* decide(buy(10, 0.5), buy(0, 0.5), buy(1, 2), buy(0.001, 0.5))
        yield* arrive
        yield* observe({ kind: "market_closed" })
        yield* decide(buy(10, 0.5))
        yield* arrive
        assert.deepStrictEqual(executed.map(({ unfilled }) => unfilled), ["no_data", "feed_gap", "closed"])
        assert.strictEqual((yield* (yield* PaperAccount).status).cash, 1_000)
      })
    ))

  it.effect("is paid what a resolution says, once", () =>
    trading(({ decide, observe }) =>
      Effect.gen(function*() {
        yield* observe(book(0.4, 0.5, 100))
        yield* decide(buy(10, 0.5))
        yield* arrive
        assert.strictEqual((yield* (yield* PaperAccount).status).openMarkets, 1)
        yield* observe({ kind: "resolution", outcome: 1 })
        yield* observe({ kind: "resolution", outcome: 1 })
        const { cash, equity, openMarkets } = yield* (yield* PaperAccount).status
        assert.deepStrictEqual({ cash, equity, openMarkets }, { cash: 1_005, equity: 1_005, openMarkets: 0 })
      })
    ))
})
