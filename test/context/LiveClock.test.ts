import { assert, describe, it } from "@effect/vitest"
import { Effect, TestClock } from "effect"
import { LiveClock } from "../../src/context/LiveClock.js"
import { MarketClock } from "../../src/context/MarketClock.js"
import type { MarketEvent } from "../../src/domain/Event.js"
import { Instant } from "../../src/domain/Instant.js"
import { MarketId } from "../../src/domain/MarketId.js"
import { EventLog } from "../../src/store/EventLog.js"
import { plainStorage } from "../support/storages.js"

const start = 1_780_000_000_000

const closed: MarketEvent = {
  market: MarketId.make("m"),
  source: undefined,
  eventTime: undefined,
  body: { kind: "market_closed" }
}

const now = Effect.flatMap(MarketClock, (clock) => clock.now)

describe("the live clock", () => {
  it.effect("goes with the machine's clock and never runs backwards", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(start)
      yield* Effect.gen(function*() {
        assert.strictEqual(yield* now, start)
        yield* TestClock.setTime(start - 60_000)
        assert.strictEqual(yield* now, start)
        yield* TestClock.setTime(start + 1)
        assert.strictEqual(yield* now, start + 1)
      }).pipe(Effect.provide(LiveClock))
    }).pipe(Effect.provide(plainStorage)))

  it.effect("does not start behind what was appended before, though the machine's clock was set back meanwhile", () =>
    Effect.gen(function*() {
      yield* (yield* EventLog).append([closed], Instant(start + 5_000))
      yield* TestClock.setTime(start)
      yield* Effect.gen(function*() {
        assert.strictEqual(yield* now, start + 5_000)
        yield* TestClock.setTime(start + 5_001)
        assert.strictEqual(yield* now, start + 5_001)
      }).pipe(Effect.provide(LiveClock))
    }).pipe(Effect.provide(plainStorage)))
})
