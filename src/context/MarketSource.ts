import { Context, type Effect } from "effect"
import type { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import type { MarketState } from "../state/MarketState.js"
import type { StorageFailure } from "../store/StorageFailure.js"

/** One market's state in a context, ready to be moved through time. */
export interface MarketHandle {
  readonly state: MarketState
  /** the instant since when the log held every event of the market as it was read; 0 where none was ever dropped */
  readonly completeSince: number
  /** Moves the state to what was known at `at`, inclusive: at once, so that nothing can come before the reading. */
  readonly moveTo: (at: Instant) => void
}

/**
 * Where a context's states come from: the live feed or recorded snapshots. A handle is loaded once and then moved; the
 * views that computers are bound to show the same state.
 */
export class MarketSource extends Context.Tag("features/MarketSource")<MarketSource, {
  readonly load: (market: MarketId) => Effect.Effect<MarketHandle, StorageFailure>
}>() {}
