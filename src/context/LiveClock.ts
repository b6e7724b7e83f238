import { Effect, Layer } from "effect"
import { Instant } from "../domain/Instant.js"
import { EventLog } from "../store/EventLog.js"
import type { StorageFailure } from "../store/StorageFailure.js"
import { MarketClock } from "./MarketClock.js"

/**
 * The machine's time as market time, over Effect's `Clock`. It never runs backwards: not when the machine's clock is set
 * back, and not behind what the log was given before the last restart.
 */
export const LiveClock: Layer.Layer<MarketClock, StorageFailure, EventLog> = Layer.effect(
  MarketClock,
  Effect.gen(function*() {
    const clock = yield* Effect.clock
    let newest = yield* (yield* EventLog).appendedAt
    const unsafeNow = () => {
      newest = Math.max(newest, clock.unsafeCurrentTimeMillis())
      return Instant(newest)
    }
    return { unsafeNow, now: Effect.sync(unsafeNow) }
  })
)
