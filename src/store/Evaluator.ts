import { Context, Effect } from "effect"
import { type MarketHandle, MarketSource } from "../context/MarketSource.js"
import type { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import { answerOf } from "../features/answer.js"
import { bindMarket, type BoundMarket } from "../features/BoundMarket.js"
import type { FeatureRegistry } from "../features/FeatureRegistry.js"
import type { GroupAnswer } from "../features/FeatureVector.js"
import type { Plan } from "../features/plan.js"
import { MarketStates } from "../state/views.js"
import { demandRetained } from "./earliest.js"
import type { StorageFailure } from "./StorageFailure.js"

/** A market whose state can be moved and whose kernels are bound to it. */
export interface Prepared<R> {
  readonly handle: MarketHandle
  readonly bound: BoundMarket<R>
}

/** Binds a registry to the services of one context: the live one, or the historical one. */
export interface Evaluator<R> {
  readonly prepare: (market: MarketId) => Effect.Effect<Prepared<R>, StorageFailure>
  /** Fails where answers from an instant on would need events that were dropped from the log. */
  readonly demand: (prepared: Prepared<R>, from: Instant) => Effect.Effect<void, StorageFailure>
}

export const makeEvaluator = <R>(
  registry: FeatureRegistry<R>
): Effect.Effect<Evaluator<R>, never, R | MarketSource | MarketStates> =>
  Effect.gen(function*() {
    const source = yield* MarketSource
    const services = yield* Effect.context<R | MarketStates>()
    const states = Context.get(services, MarketStates)
    // a handle that its source has let go takes its kernels with it
    const prepared = new WeakMap<MarketHandle, Prepared<R>>()
    const bind = (market: MarketId, handle: MarketHandle): Effect.Effect<Prepared<R>, StorageFailure> =>
      Effect.gen(function*() {
        const bound = yield* Effect.provide(bindMarket(registry, market), services)
        const state = yield* states.of(market)
        // where the source has replaced the state meanwhile, kernels may be bound to another one than the handle moves
        if (bound.state !== handle.state || state !== handle.state) return yield* prepare(market)
        const fresh = { handle, bound }
        prepared.set(handle, fresh)
        return fresh
      })
    const prepare = (market: MarketId) =>
      Effect.flatMap(source.load(market), (handle) => {
        const known = prepared.get(handle)
        return known === undefined ? bind(market, handle) : Effect.succeed(known)
      })
    return {
      prepare,
      demand: ({ handle }, from) => demandRetained(from, handle.completeSince, registry.historyMillis)
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
