import { Context, type Effect } from "effect"
import type { MarketId } from "../domain/MarketId.js"

/** What is held of one market, and what there is to trade with. Money is in dollars, shares in hundredths. */
export interface Holding {
  readonly yes: number
  readonly no: number
  readonly cash: number
  /** cash and positions, these marked to the bid */
  readonly equity: number
  /** cost of what is held of this market, and of orders under way */
  readonly exposure: number
  /** the same over all markets */
  readonly totalExposure: number
}

/** The account that a strategy trades for: a simulated one in backtests and paper trading. */
export class Portfolio extends Context.Tag("strategy/Portfolio")<Portfolio, {
  readonly holding: (market: MarketId) => Effect.Effect<Holding>
}>() {}
