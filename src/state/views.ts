import { Context, type Effect } from "effect"
import type { MarketId } from "../domain/MarketId.js"
import type { MarketState } from "./MarketState.js"

/**
 * What computers ask a context for. Each service gives a view of one market's state; the context moves that state to the
 * instant of the question before a kernel runs, so a view always shows what was known then and nothing later. A live
 * context and a historical one provide the same services, which is the whole difference between the two.
 */
interface Views<View> {
  readonly of: (market: MarketId) => Effect.Effect<View>
}

/** Whether trading goes on, and whether the feed of the market is whole. */
export type MarketStanding = Pick<MarketState, "closed" | "inGap">

/** The newest description of a market, and its volume, which quotes may report as well. */
export type SnapshotView = Readonly<Pick<MarketState, "snapshot" | "volume24h">>
export class MarketSnapshots extends Context.Tag("features/MarketSnapshots")<MarketSnapshots, Views<SnapshotView>>() {}

/** The offers of a market, its last trade, and its standing. */
export type BookView = Readonly<Pick<MarketState, "book" | "lastTrade"> & MarketStanding>
export class OrderBooks extends Context.Tag("features/OrderBooks")<OrderBooks, Views<BookView>>() {}

/** The price of a market as a step function of time, with its standing. */
export type PriceView = Readonly<Pick<MarketState, "prices"> & MarketStanding>
export class PriceHistory extends Context.Tag("features/PriceHistory")<PriceHistory, Views<PriceView>>() {}

/** The documents about a market, and the news sources that are down. */
export type NewsView = Readonly<Pick<MarketState, "news" | "sourcesDown" | "snapshot">>
export class NewsFeed extends Context.Tag("features/NewsFeed")<NewsFeed, Views<NewsView>>() {}

/** The services that every context of this project provides. */
export type MarketViews = MarketSnapshots | OrderBooks | PriceHistory | NewsFeed

/** The states themselves: what a context moves through time, and what further views are built over. */
export class MarketStates extends Context.Tag("features/MarketStates")<MarketStates, Views<MarketState>>() {}

/** All standard services over the states that `stateOf` finds: how every context provides them. */
export const marketViews = (
  stateOf: (market: MarketId) => Effect.Effect<MarketState>
): Context.Context<MarketStates | MarketViews> =>
  Context.make(MarketStates, { of: stateOf }).pipe(
    Context.add(MarketSnapshots, { of: stateOf }),
    Context.add(OrderBooks, { of: stateOf }),
    Context.add(PriceHistory, { of: stateOf }),
    Context.add(NewsFeed, { of: stateOf })
  )
