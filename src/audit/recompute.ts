import { Context, Effect, Layer } from "effect"
import type { EventColumns } from "../domain/EventColumns.js"
import type { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import { answerOf } from "../features/answer.js"
import { bindMarket, type BoundMarket } from "../features/BoundMarket.js"
import type { FeatureRegistry } from "../features/FeatureRegistry.js"
import type { ComputedAnswer } from "../features/FeatureVector.js"
import { Replay } from "../state/Replay.js"
import { type MarketStates, type MarketViews, marketViews } from "../state/views.js"
import { EventLog } from "../store/EventLog.js"

/**
 * The services of computers of the user's own, as an audit builds them: over the states and over the log that it shows, in
 * place of the real ones. A layer that asks for neither, or for states alone, is one too; `Layer.empty` where there are none.
 */
export type OwnServices<Own> = Layer.Layer<Own, never, MarketStates | EventLog>

/** These services over a log. */
export const overLog = <Own>(own: OwnServices<Own>, log: EventLog["Type"]): Layer.Layer<Own, never, MarketStates> =>
  Layer.provide(own, Layer.succeed(EventLog, log))

/** Binds a registry's kernels over a replay; `own` builds the services that computers of the user's own ask for. */
export const bindReplay = <Own>(
  registry: FeatureRegistry<MarketViews | Own>,
  own: Layer.Layer<Own, never, MarketStates>,
  market: MarketId,
  replay: Pick<Replay, "state">
): Effect.Effect<BoundMarket<MarketViews | Own>> => {
  const views = marketViews(() => Effect.succeed(replay.state))
  return Effect.flatMap(Effect.scoped(Effect.provide(Layer.build(own), views)), (mine) => {
    const services = Context.merge(views, mine)
    return Effect.mapInputContext(bindMarket(registry, market), (_: Context.Context<never>) => services)
  })
}

/** All groups of a market at any instant and log position, computed anew from its events. */
export interface Recomputation<R> {
  readonly market: BoundMarket<R>
  /** Answers at `at` having seen the log up to `sequence`; `undefined` where the log never stood so. */
  readonly at: (at: Instant, sequence: number, group: number) => Effect.Effect<ComputedAnswer | undefined>
}

/**
 * Recomputes answers of one market. Most were given when all events of their instant had been seen, and one replay that
 * seeks serves them; for one given in the midst of an instant a replay of its own stops at its log position.
 */
export const recompute = <Own>(
  registry: FeatureRegistry<MarketViews | Own>,
  own: Layer.Layer<Own, never, MarketStates>,
  market: MarketId,
  columns: ReadonlyArray<EventColumns>
): Effect.Effect<Recomputation<MarketViews | Own>> =>
  Effect.gen(function*() {
    const whole = new Replay(columns)
    const bound = yield* bindReplay(registry, own, market, whole)
    const answer = (from: BoundMarket<MarketViews | Own>, at: Instant, index: number) => {
      for (const group of from.groups.slice(0, index + 1)) group.evaluate(at)
      const group = from.groups[index]
      return group === undefined ? undefined : answerOf(group, at)
    }
    return {
      market: bound,
      at: (at, sequence, index) =>
        Effect.suspend(() => {
          whole.seek(at)
          if (whole.state.sequence === sequence) return Effect.succeed(answer(bound, at, index))
          const partial = new Replay(columns, Infinity)
          return Effect.map(bindReplay(registry, own, market, partial), (rebound) => {
            partial.advance(at, sequence)
            return partial.state.sequence === sequence ? answer(rebound, at, index) : undefined
          })
        })
    }
  })
