import { Context, type Effect } from "effect"
import type { Instant } from "../domain/Instant.js"

/**
 * Market time: "as of when". Live it follows the machine's clock, in a replay the log. Timeouts, retries and spans stay
 * with Effect's `Clock`, which a replay must not stop.
 */
export class MarketClock extends Context.Tag("features/MarketClock")<MarketClock, {
  readonly now: Effect.Effect<Instant>
  /** The same at once, for a step in which nothing may come between the reading and its use. */
  readonly unsafeNow: () => Instant
}>() {}
