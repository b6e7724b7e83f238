import { Context, Effect, Layer } from "effect"
import { bindMarket } from "../features/BoundMarket.js"
import type { FeatureRegistry } from "../features/FeatureRegistry.js"
import type { Plan } from "../features/plan.js"
import { MarketState } from "../state/MarketState.js"
import { type MarketStates, type MarketViews, marketViews } from "../state/views.js"
import type { MarketSummary } from "../store/EventLog.js"
import type { AccountTerms } from "./Account.js"
import { BacktestMarket, type BacktestMarkets } from "./BacktestMarket.js"

/** A market's state and account for each of the log's markets, with the registry's kernels bound to the state. */
export const bindMarkets = <Own>(
  registry: FeatureRegistry<MarketViews | Own>,
  own: Layer.Layer<Own, never, MarketStates>,
  plan: Plan<MarketViews | Own>,
  summaries: ReadonlyArray<MarketSummary>,
  { feeRateOf }: AccountTerms
): Effect.Effect<BacktestMarkets<MarketViews | Own>> =>
  Effect.gen(function*() {
    const markets = new Map(
      summaries.map(({ market }) => [market, new BacktestMarket<MarketViews | Own>(market, feeRateOf(market))])
    )
    const views = marketViews((market) => Effect.sync(() => markets.get(market)?.state ?? new MarketState()))
    const mine = yield* Effect.scoped(Effect.provide(Layer.build(own), views))
    const services = Context.merge(views, mine)
    for (const market of markets.values()) {
      const bound = yield* Effect.mapInputContext(
        bindMarket(registry, market.id),
        (_: Context.Context<never>) => services
      )
      market.bind(plan, bound)
    }
    return markets
  })
