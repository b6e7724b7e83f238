import type { FeatureComputer } from "../features/FeatureComputer.js"
import type { MarketViews } from "../state/views.js"
import { Market } from "./market.js"
import { Orderbook } from "./orderbook.js"
import { PriceHistory } from "./priceHistory.js"
import { Sentiment } from "./sentiment.js"
import { Temporal } from "./temporal.js"

/** The five standard computers. */
export const standardComputers: ReadonlyArray<FeatureComputer<MarketViews>> = [
  Market,
  Orderbook,
  Sentiment,
  Temporal,
  PriceHistory
]
