import { Effect } from "effect"
import { type MarketHandle, MarketSource } from "../context/MarketSource.js"
import type { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import { answerOf } from "../features/answer.js"
import { bindMarket, type BoundMarket } from "../features/BoundMarket.js"
import type { FeatureRegistry } from "../features/FeatureRegistry.js"
import type { GroupAnswer } from "../features/FeatureVector.js"
import type { Plan } from "../features/plan.js"
import type { MarketStates } from "../state/views.js"
import type { StorageFailure } from "./StorageFailure.js"

/** A market whose state can be moved and whose kernels are bound to it. */
export interface Prepared<R> {
  readonly handle: MarketHandle
  readonly bound: BoundMarket<R>
}

/** Binds a registry to the services of one context: the live one, or the historical one. */
export interface Evaluator<R> {
  readonly prepare: (market: MarketId) => Effect.Effect<Prepared<R>, StorageFailure>
}

/** Markets with bound kernels; binding again costs some microseconds. */
const mostBound = 20_000

export const makeEvaluator = <R>(
  registry: FeatureRegistry<R>
): Effect.Effect<Evaluator<R>, never, R | MarketSource | MarketStates> =>
  Effect.gen(function*() {
    const source = yield* MarketSource
    const services = yield* Effect.context<R | MarketStates>()
    const prepared = new Map<MarketId, Prepared<R>>()
    const bind = (market: MarketId, handle: MarketHandle) =>
      Effect.map(Effect.provide(bindMarket(registry, market), services), (bound) => {
        if (prepared.size >= mostBound) prepared.clear()
        const fresh = { handle, bound }
        prepared.set(market, fresh)
        return fresh
      })
    return {
      prepare: (market) =>
        Effect.flatMap(source.load(market), (handle) => {
          const known = prepared.get(market)
          return known?.handle === handle ? Effect.succeed(known) : bind(market, handle)
        })
    }
  })

/** Evaluates a plan at `at`: in one step, so that no event can slip between the state and the answers. */
export const evaluate = <R>({ bound, handle }: Prepared<R>, plan: Plan<R>, at: Instant): Map<string, GroupAnswer> => {
  handle.moveTo(at)
  for (const index of plan.needed) bound.groups[index]?.evaluate(at)
  const answers = new Map<string, GroupAnswer>()
  for (const index of plan.asked) {
    const group = bound.groups[index]
    if (group !== undefined) answers.set(group.group.id, answerOf(group, at))
  }
  return answers
}
