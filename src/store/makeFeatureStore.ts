import { Chunk, Effect, Either, Layer, Stream } from "effect"
import { MarketClock } from "../context/MarketClock.js"
import type { MarketSource } from "../context/MarketSource.js"
import type { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import { answerInBlock, answerOf } from "../features/answer.js"
import type { FeatureRegistry } from "../features/FeatureRegistry.js"
import { FeatureVector, type GroupAnswer } from "../features/FeatureVector.js"
import { makePlanner, type Plan } from "../features/plan.js"
import type { MarketStates } from "../state/views.js"
import { answerBlock } from "./answerBlock.js"
import { evaluate, makeEvaluator, type Prepared } from "./Evaluator.js"
import { EventLog } from "./EventLog.js"
import { checkExternal, readExternal } from "./externalGroups.js"
import { FeatureRepository } from "./FeatureRepository.js"
import { FeatureStore } from "./FeatureStore.js"
import { materialize } from "./materialize.js"
import { registerGroups } from "./registerGroups.js"
import { makeServedLog } from "./ServedLog.js"
import { spineColumns, type SpineRow } from "./spineColumns.js"
import { VectorCache } from "./VectorCache.js"

/** Rows of a spine answered before others may run. */
const spineRows = 512

const make = <R, E, RIn>(
  registry: FeatureRegistry<R>,
  history: Layer.Layer<R | MarketSource | MarketStates, E, RIn>
) =>
  Effect.gen(function*() {
    const repository = yield* FeatureRepository
    const log = yield* EventLog
    yield* registerGroups(registry, repository)
    const marketClock = yield* MarketClock
    const machineClock = yield* Effect.clock
    // counted from here, nanoseconds are exact as a number for 100 days
    const machineStart = machineClock.unsafeCurrentTimeNanos()
    const past = yield* Effect.provide(makeEvaluator(registry), yield* Layer.build(history))
    const present = yield* makeEvaluator(registry)
    const planOf = makePlanner(registry)
    const cache = new VectorCache()
    const servedLog = yield* makeServedLog(repository, log)
    const external = registry.groups.flatMap((group) => group.kind === "external" ? [group] : [])

    /** The vector of computed answers, with what external groups hold as of the same instant. */
    const vectorOf = (
      plan: Plan<R>,
      { bound }: Prepared<R>,
      at: Instant,
      answers: ReadonlyMap<string, GroupAnswer>
    ) => {
      const { market, state: { sequence } } = bound
      if (plan.external.length === 0) {
        return Effect.succeed(new FeatureVector<unknown>(market, at, sequence, plan.columns, answers))
      }
      return Effect.map(
        Effect.forEach(plan.external, (group) =>
          Effect.map(readExternal(repository, group, market, at), (answer) => [group.id, answer] as const)),
        (read) =>
          new FeatureVector<unknown>(market, at, sequence, plan.columns, new Map([...answers, ...read]))
      )
    }

    const vectorAt = (plan: Plan<R>, market: MarketId, at: Instant) =>
      Effect.flatMap(past.prepare(market), (prepared) =>
        Effect.flatMap(past.demand(prepared, at), () =>
          vectorOf(plan, prepared, at, evaluate(prepared, plan, at))))

    /** The answers now: kept ones where they may be given again, computed ones elsewhere, in one step. */
    const answersNow = ({ bound, handle }: Prepared<R>, plan: Plan<R>) => {
      const at = marketClock.unsafeNow()
      const now = { market: at, machine: Number(machineClock.unsafeCurrentTimeNanos() - machineStart) / 1e6 }
      handle.moveTo(at)
      const answers = new Map<string, GroupAnswer>()
      for (const index of plan.asked) {
        const group = bound.groups[index]
        if (group === undefined) {
          continue
        }
        const { id, ttlMillis } = group.group
        const kept = cache.get(bound.market, id, ttlMillis, bound.state, group.newestSequence(), now)
        if (kept !== undefined) {
          answers.set(id, kept)
        }
      }
      if (answers.size === plan.asked.length) {
        return { at, answers }
      }
      for (const index of plan.needed) {
        bound.groups[index]?.evaluate(at)
      }
      for (const index of plan.asked) {
        const group = bound.groups[index]
        if (group === undefined || answers.has(group.group.id)) {
          continue
        }
        const answer = answerOf(group, at)
        answers.set(group.group.id, answer)
        // anybody may ask for any name: of markets that nothing is known of nothing is kept
        if (bound.state.known) {
          cache.put(bound.market, group.group.id, answer, bound.state, group.newestSequence(), now)
        }
        servedLog.note({
          group: group.group,
          market: bound.market,
          at,
          sequence: bound.state.sequence,
          values: answer.values,
          reasons: answer.reasons
        }, bound.state.known)
      }
      return { at, answers }
    }

    /** The market, once what was served leaves room for more. */
    const ready = (market: MarketId) =>
      Effect.suspend(() =>
        servedLog.isFull() ? Effect.zipRight(servedLog.flush, present.prepare(market)) : present.prepare(market)
      )

    const getCurrentFeatures: FeatureStore["Type"]["getCurrentFeatures"] = (market, references) => {
      const plan = planOf(references)
      if (Either.isLeft(plan)) {
        return Effect.fail(plan.left)
      }
      return Effect.flatMap(ready(market), (prepared) => {
        // in one step: no event comes between the answers and what they are of
        const { answers, at } = answersNow(prepared, plan.right)
        return vectorOf(plan.right, prepared, at, answers)
      })
    }

    const getFeaturesAt: FeatureStore["Type"]["getFeaturesAt"] = (market, at, references) =>
      Effect.flatMap(planOf(references), (plan) =>
        vectorAt(plan, market, at))

    const answerRows = (plan: Plan<R>, rows: ReadonlyArray<SpineRow>) => {
      const spine = spineColumns(
        rows.map(({ market }) =>
          market
        ),
        Float64Array.from(rows, ({ timestamp }) => timestamp)
      )
      const widths = new Map(plan.columns.map(({ group }) => [group.id, group.features.length]))
      return Effect.map(answerBlock(past, repository, plan, spine), ({ groups, sequence }) =>
        rows.map(({ market, timestamp }, row) => {
          const answers = new Map(
            [...groups].map(([id, block]) => [id, answerInBlock(block, widths.get(id) ?? 0, row, timestamp)])
          )
          return new FeatureVector<unknown>(market, timestamp, sequence[row] ?? 0, plan.columns, answers)
        }))
    }

    const getHistoricalFeatures: FeatureStore["Type"]["getHistoricalFeatures"] = (spine, references) =>
      Stream.unwrap(Effect.map(planOf(references), (plan) =>
        spine.pipe(
          Stream.rechunk(spineRows),
          Stream.mapChunksEffect((rows) =>
            Effect.map(answerRows(plan, Chunk.toReadonlyArray(rows)), Chunk.unsafeFromArray)
          )
        )))

    const storeFeatures: FeatureStore["Type"]["storeFeatures"] = (market, features) =>
      Effect.flatMap(marketClock.now, (now) =>
        Effect.flatMap(
          Effect.forEach(features, (feature) =>
            checkExternal(external, market, feature, now)),
          repository.storeExternal
        ))

    return FeatureStore.of({
      getCurrentFeatures,
      getFeaturesAt,
      getHistoricalFeatures,
      storeFeatures,
      materialize: (request) =>
        Effect.flatMap(planOf(request.references), (plan) =>
          materialize({ log, repository, past }, plan, request)),
      invalidate: (market) =>
        Effect.sync(() => {
          cache.invalidate(market)
        }),
      cacheUse: Effect.sync(() => ({ hits: cache.hits, misses: cache.misses })),
      flush: servedLog.flush
    })
  })

/**
 * The feature store of a registry, in the context around it. `history` gives the same services out of the log, for every
 * instant but now.
 *
 * @example
 * ```ts
 * import * as NodeContext from "@effect/platform-node/NodeContext"
 * import * as Features from "@polysniper/feature-store"
 * import { Console, Effect, Layer } from "effect"
 *
 * const program = Effect.gen(function*() {
 *   const settings = { cacheTtlSecs: 60, features: {}, external: {} }
 *   const registry = yield* Features.FeatureRegistry.make(Features.standardComputers, settings)
 *   const live = Features.featureStoreLayer(registry, Features.SnapshotSource).pipe(
 *     Layer.provideMerge(Features.LiveContext(registry.historyMillis))
 *   )
 *   yield* Effect.gen(function*() {
 *     const market = Features.MarketId.make("m1")
 *     const body = { kind: "quote", bestBid: 400_000, bestAsk: 450_000, volume24h: undefined } as const
 *     yield* (yield* Features.Ingest).publish([{ market, source: undefined, eventTime: undefined, body }])
 *     const vector = yield* (yield* Features.FeatureStore).getCurrentFeatures(market, ["market.current_price"])
 *     yield* Console.log(vector.get("market.current_price")?.value) // 0.425
 *   }).pipe(Effect.provide(live))
 * })
 *
 * const storage = Features.SqliteStorage.layer(Features.SqliteStorage.inMemory)
 * await Effect.runPromise(Effect.provide(program, Layer.provide(storage, NodeContext.layer)))
 * ```
 */
export const layer = <R, E, RIn>(
  registry: FeatureRegistry<R>,
  history: Layer.Layer<R | MarketSource | MarketStates, E, RIn>
) => Layer.scoped(FeatureStore, make(registry, history))
