import { Context, type Effect } from "effect"
import type { MarketId } from "../domain/MarketId.js"
import type { VenueMarket } from "./VenueMarket.js"

/** How one followed market is doing. */
export interface ChannelStatus {
  readonly market: MarketId
  /** whether its book is known at present: a fresh book has come since the last gap */
  readonly synced: boolean
}

/**
 * The venue's live feed of order books: connections, kept open and checked, whose messages become events of the YES book,
 * handed to `Intake`. It lives as long as the scope it was made in.
 */
export class MarketChannel extends Context.Tag("polymarket/MarketChannel")<MarketChannel, {
  /** Follows further markets; those followed already stay as they are. */
  readonly follow: (markets: ReadonlyArray<VenueMarket>) => Effect.Effect<void>
  /** Lets markets go, with a gap: their books age from here on. */
  readonly unfollow: (markets: ReadonlyArray<MarketId>) => Effect.Effect<void>
  readonly status: Effect.Effect<ReadonlyArray<ChannelStatus>>
  /** Condition ids of markets that the venue has announced since this was asked last. */
  readonly announced: Effect.Effect<ReadonlyArray<string>>
}>() {}
