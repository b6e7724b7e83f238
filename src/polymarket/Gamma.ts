import { Context, type Effect, type Option, type Stream } from "effect"
import type { VenueFailure } from "./VenueFailure.js"
import type { TokenId, VenueMarket } from "./VenueMarket.js"

/** Which markets to list; all that is given must hold. */
export interface MarketFilter {
  /** a tag's id or slug */
  readonly tag?: string | undefined
  /** a text that question, slug or event contains, whatever its case */
  readonly text?: string | undefined
  /** USD */
  readonly minLiquidity?: number | undefined
}

/** The venue's catalogue. A row that is no binary market, or cannot be read, is left out of lists, counted and logged. */
export class Gamma extends Context.Tag("polymarket/Gamma")<Gamma, {
  /** Open markets with an order book, page by page. */
  readonly list: (filter: MarketFilter) => Stream.Stream<VenueMarket, VenueFailure>
  /** By condition id, by Gamma's number or by slug; none where there is no such market. */
  readonly find: (id: string) => Effect.Effect<Option.Option<VenueMarket>, VenueFailure>
  readonly findByToken: (token: TokenId) => Effect.Effect<Option.Option<VenueMarket>, VenueFailure>
  /** The rows as they are now, closed ones too, by condition ids; those unknown to the venue are missing. */
  readonly describe: (ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<VenueMarket>, VenueFailure>
}>() {}
