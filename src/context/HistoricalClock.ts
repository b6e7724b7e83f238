import { Context, Effect, Layer } from "effect"
import type { Instant } from "../domain/Instant.js"
import { MarketClock } from "./MarketClock.js"

/** The replay's own hand on the clock. Only a harness sees it; computers and strategies see `MarketClock`. */
export class ReplayControl extends Context.Tag("features/ReplayControl")<ReplayControl, {
  readonly seek: (to: Instant) => Effect.Effect<void>
}>() {}

/** A clock that stands where the replay puts it. */
export const HistoricalClock = (start: Instant): Layer.Layer<MarketClock | ReplayControl> =>
  Layer.effectContext(Effect.sync(() => {
    let at = start
    const unsafeNow = () => at
    return Context.make(MarketClock, { unsafeNow, now: Effect.sync(unsafeNow) }).pipe(
      Context.add(ReplayControl, {
        seek: (to) =>
          Effect.sync(() => {
            at = to
          })
      })
    )
  }))
