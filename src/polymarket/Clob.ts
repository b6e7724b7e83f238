import { Context, type Effect, type Option } from "effect"
import type { Instant } from "../domain/Instant.js"
import type { VenueFailure } from "./VenueFailure.js"
import type { TokenId, VenueBook } from "./VenueMarket.js"

/** One point of a token's price history. */
export interface PricePoint {
  readonly at: Instant
  /** in [0, 1] */
  readonly price: number
}

export interface PriceHistoryRequest {
  readonly token: TokenId
  readonly from: Instant
  readonly to: Instant
  /** minutes between points */
  readonly fidelityMinutes: number
}

/** The order books of the venue, by REST. */
export class Clob extends Context.Tag("polymarket/Clob")<Clob, {
  /** None where the venue has no book of the token: it is closed, or too fresh. */
  readonly book: (token: TokenId) => Effect.Effect<Option.Option<VenueBook>, VenueFailure>
  /** The books of many tokens; those without one are missing. */
  readonly books: (tokens: ReadonlyArray<TokenId>) => Effect.Effect<ReadonlyArray<VenueBook>, VenueFailure>
  readonly pricesHistory: (
    request: PriceHistoryRequest
  ) => Effect.Effect<ReadonlyArray<PricePoint>, VenueFailure>
}>() {}
