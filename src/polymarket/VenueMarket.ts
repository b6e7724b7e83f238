import { Schema } from "effect"
import type { MarketSnapshot, RawLevels } from "../domain/Event.js"
import type { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"

/** The venue's id of one outcome of a market (asset_id): up to 78 decimal digits, never a number. */
export const TokenId = Schema.String.pipe(
  Schema.pattern(/^\d{1,78}$/u, { message: () => "a token id of 1 to 78 decimal digits" }),
  Schema.brand("TokenId")
)
export type TokenId = typeof TokenId.Type

/** A binary market as Gamma describes it now. */
export interface VenueMarket {
  /** the condition id */
  readonly id: MarketId
  /** Gamma's own number of it */
  readonly gammaId: string
  readonly slug: string | undefined
  /** the outcomes' tokens: YES is the outcome that is named so, else the first */
  readonly yes: TokenId
  readonly no: TokenId
  /** what features may know of it; nothing of its outcome */
  readonly snapshot: MarketSnapshot
  /** taker fee: shares * rate * p * (1 - p); `undefined` where not reported */
  readonly feeRate: number | undefined
  readonly closed: boolean
  /** what a YES share pays, in [0, 1], once the venue says that the market is resolved; hindsight: for `resolution` events only */
  readonly outcome: number | undefined
}

/** The book of one token, as `/book` and `/books` give it; levels in any order, in millionths. */
export interface VenueBook {
  /** the condition id */
  readonly market: string
  readonly token: TokenId
  /** the venue's time of it */
  readonly timestamp: Instant
  readonly bids: RawLevels
  readonly asks: RawLevels
  /** millionths */
  readonly tickSize: number | undefined
  /** opaque: it names this state of the book */
  readonly hash: string | undefined
}
