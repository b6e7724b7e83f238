import { Context, type Effect } from "effect"
import type { Instant } from "../domain/Instant.js"
import type { VenueFailure } from "./VenueFailure.js"
import type { TokenId } from "./VenueMarket.js"

/** One fill of a taker's order. A transaction may hold several, alike in every field. */
export interface VenueTrade {
  /** the condition id */
  readonly market: string
  readonly token: TokenId
  /** the taker's */
  readonly side: "buy" | "sell"
  /** millionths */
  readonly price: number
  /** millionths of a share */
  readonly size: number
  /** of its block, in whole seconds */
  readonly at: Instant
  readonly transaction: string | undefined
}

export interface TradeHistory {
  /** newest first */
  readonly trades: ReadonlyArray<VenueTrade>
  /** whether these are all there were: the venue gives no more than the newest 20,000 or so */
  readonly isWhole: boolean
}

/** What was traded, by REST. */
export class DataApi extends Context.Tag("polymarket/DataApi")<DataApi, {
  /** The fills of a market, both tokens. @param market condition id */
  readonly trades: (market: string) => Effect.Effect<TradeHistory, VenueFailure>
}>() {}
