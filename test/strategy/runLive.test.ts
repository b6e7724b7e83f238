import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Schema, TestClock } from "effect"
import { seeded } from "../../src/audit/random.js"
import { backtest } from "../../src/backtest/backtest.js"
import { type OrderResult, orderResult } from "../../src/backtest/orderResult.js"
import { Ingest } from "../../src/context/Ingest.js"
import { Intake } from "../../src/context/Intake.js"
import type { EventBody } from "../../src/domain/Event.js"
import { MarketId } from "../../src/domain/MarketId.js"
import * as LiveSink from "../../src/live/liveSink.js"
import * as PaperAccountLayer from "../../src/live/PaperAccount.js"
import * as Recorder from "../../src/live/Recorder.js"
import { FeatureStore } from "../../src/store/FeatureStore.js"
import { meanReversion, MeanReversionSettings } from "../../src/strategy/meanReversion.js"
import { type LiveRound, runLive } from "../../src/strategy/runLive.js"
import type { Decision } from "../../src/strategy/Signal.js"
import { SignalSink } from "../../src/strategy/SignalSink.js"
import type { Strategy } from "../../src/strategy/Strategy.js"
import * as Telemetry from "../../src/telemetry/Telemetry.js"
import { termsOf } from "../backtest/terms.js"
import { liveApp } from "../support/apps.js"
import { standardRegistry } from "../support/evaluate.js"
import { plainJournal } from "../support/plainJournal.js"
import { sqliteInMemory } from "../support/storages.js"

const start = Date.UTC(2026, 6, 13)
const minute = 60_000
const latency = 500
const names = ["a", "b", "c"].map((name) => MarketId.make(name))

interface Fed {
  readonly at: number
  readonly market: MarketId
  readonly body: EventBody
}

/** Three hours of quotes that walk and jump, with a gap, a book and a close; none at an instant of decision or arrival. */
const feed: ReadonlyArray<Fed> = (() => {
  const random = seeded(11)
  const middle = names.map(() => 500_000)
  const fed: Array<Fed> = []
  for (let tick = 0; tick < 180; tick++) {
    for (const [index, market] of names.entries()) {
      const jump = random() < 0.08 ? (random() < 0.5 ? -80_000 : 80_000) : 0
      const price = Math.min(900_000, Math.max(100_000, (middle[index] ?? 0) + jump))
      middle[index] = price
      const at = start + tick * minute + 7_000 + index * 11_000
      const body: EventBody = tick === 40 && index === 1
        ? { kind: "gap", interruption: { scope: "market", reason: "lost" } }
        : tick === 150 && index === 2
        ? { kind: "market_closed" }
        : tick % 5 === 3
        ? { kind: "book", bids: [[price - 5_000, 15_000_000]], asks: [[price + 5_000, 8_000_000]] }
        : { kind: "quote", bestBid: price - 5_000, bestAsk: price + 5_000, volume24h: undefined }
      fed.push({ at, market, body })
    }
  }
  return fed
})()

const strategy = meanReversion(Schema.decodeSync(MeanReversionSettings)({ min_volatility: 0, entry_z: 1.5 }))
const end = start + 181 * minute

/** The way into the log, recorder and all, and an account that trades on paper; what is executed goes to `executed`. */
const recording = (executed: Array<OrderResult>) =>
  Layer.provideMerge(
    PaperAccountLayer.layer(termsOf({ latencyMillis: latency }), (execution) =>
      Effect.sync(() => void executed.push(orderResult(execution)))),
    Layer.provideMerge(Recorder.layer, Telemetry.layer)
  )

describe("a strategy in the present", () => {
  it.effect("decides as in the backtest of what was recorded, byte for byte", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(start - 1_000)
      const live = plainJournal()
      const rounds: Array<LiveRound> = []
      const executed: Array<OrderResult> = []
      yield* Effect.gen(function*() {
        const intake = yield* Intake
        const publish = (market: MarketId, body: EventBody) =>
          Effect.suspend(() => {
            assert.isTrue(intake.offer([{ market, source: undefined, eventTime: undefined, body }]))
            return intake.settled
          })
        // a first event each, so that the states are there
        for (const market of names) {
          yield* publish(market, { kind: "quote", bestBid: 495_000, bestAsk: 505_000, volume24h: undefined })
          yield* TestClock.adjust(10)
        }
        const { getCurrentFeatures } = yield* FeatureStore
        for (const market of names) yield* getCurrentFeatures(market, ["market"])
        const running = yield* runLive(strategy, {
          markets: Effect.succeed(names),
          onRound: (round) => Effect.sync(() => void rounds.push(round))
        }).pipe(
          Effect.provide(Layer.merge(LiveSink.layer([]), live.layer)),
          Effect.fork
        )
        const instants = new Set(feed.map(({ at }) => at))
        for (let at = start; at <= end; at += minute) instants.add(at).add(at + latency)
        for (const at of [...instants].sort((a, b) => a - b)) {
          yield* TestClock.setTime(at)
          yield* Effect.yieldNow()
          for (const { body, market } of feed.filter((fed) => fed.at === at)) yield* publish(market, body)
        }
        yield* Fiber.interrupt(running)

        const recorded = plainJournal()
        const report = yield* backtest(standardRegistry, Layer.empty, strategy, {
          terms: termsOf({ latencyMillis: latency })
        }).pipe(Effect.provide(recorded.layer))
        const bytes = (decisions: ReadonlyMap<string, Decision>) =>
          [...decisions.values()].map((decision) => JSON.stringify(decision)).join("\n")
        assert.isAbove(recorded.decisions.size, 20)
        // the recording ends with its last event, the live run a little later
        const upTo = report.period.to
        const liveOnes = new Map([...live.decisions].filter(([, { at }]) => at <= upTo))
        assert.strictEqual(bytes(liveOnes), bytes(recorded.decisions))
        // the same orders, filled alike
        const { first, omitted } = report.orders
        assert.isAbove(first.length, 20)
        assert.strictEqual(omitted, 0)
        assert.deepStrictEqual(
          executed.filter(({ at }) => at <= upTo),
          first.filter(({ unfilled }) => unfilled !== "recording_ended")
        )
        assert.isAbove(Object.keys(report.execution.unfilled).length, 0)
        assert.strictEqual(
          rounds.filter(({ at }) => at <= upTo).reduce((sum, round) => sum + round.decisions, 0),
          report.decisions
        )
      }).pipe(
        Effect.provide(
          recording(executed).pipe(Layer.provideMerge(liveApp(standardRegistry)), Layer.provideMerge(sqliteInMemory))
        )
      )
    }))

  it.effect("goes on where one market fails, and counts it; a late round leaves out the ones it missed", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(start + 1)
      const rounds: Array<LiveRound> = []
      const heard: Array<string> = []
      const slowAt = start + 3 * minute
      const failing: Strategy<string> = {
        name: "failing",
        version: "1",
        features: ["market@1.0"],
        intervalMillis: minute,
        decide: ({ asOf, market }) =>
          market === "a"
            ? Effect.fail("no")
            : Effect.as(asOf === slowAt && market === "b" ? Effect.sleep(2.5 * minute) : Effect.void, [
              { kind: "pass", reason: "none", evidence: { market } }
            ])
      }
      yield* Effect.gen(function*() {
        const ingest = yield* Ingest
        for (const market of ["a", "b", "closed"]) {
          yield* ingest.publish([{
            market: MarketId.make(market),
            source: undefined,
            eventTime: undefined,
            body: market === "closed"
              ? { kind: "market_closed" }
              : { kind: "quote", bestBid: 495_000, bestAsk: 505_000, volume24h: undefined }
          }])
        }
        const running = yield* runLive(failing, {
          markets: Effect.succeed(["a", "b", "closed", "unknown"].map((name) => MarketId.make(name))),
          onRound: (round) => Effect.sync(() => void rounds.push(round))
        }).pipe(
          Effect.provideService(SignalSink, {
            accept: ({ at, market }) => Effect.sync(() => void heard.push(`${(at - start) / minute} ${market}`))
          }),
          Effect.provide(plainJournal().layer),
          Effect.fork
        )
        for (let i = 0; i < 14; i++) yield* TestClock.adjust(minute / 2)
        yield* Fiber.interrupt(running)
      }).pipe(Effect.provide(Layer.provideMerge(liveApp(standardRegistry), sqliteInMemory)))
      assert.deepStrictEqual(heard, ["1 b", "2 b", "3 b", "6 b", "7 b"])
      assert.deepStrictEqual(
        rounds.map(({ at, decisions, failures, skipped }) => [(at - start) / minute, decisions, failures, skipped]),
        [[1, 1, 1, 0], [2, 1, 1, 0], [3, 1, 1, 0], [6, 1, 1, 2], [7, 1, 1, 0]]
      )
    }))
})
