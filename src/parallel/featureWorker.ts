import { Context, Effect, Layer } from "effect"
import { auditMarket, lookaheadTask } from "../audit/lookahead.js"
import type { OwnServices } from "../audit/recompute.js"
import { recomputeServed, servedTask } from "../audit/servedParity.js"
import { subjectOf } from "../audit/subject.js"
import { measureAt, warmupTask } from "../audit/warmup.js"
import { SnapshotSource } from "../context/SnapshotSource.js"
import { answeredBlockOutcome, type BlockJob, blockTask, openBlocks } from "../dataset/answerBlocks.js"
import type { FeatureComputer } from "../features/FeatureComputer.js"
import * as FeatureRegistry from "../features/FeatureRegistry.js"
import { makePlanner } from "../features/plan.js"
import type { MarketViews } from "../state/views.js"
import { RunMemory } from "../store/evaluateRuns.js"
import { makeEvaluator } from "../store/Evaluator.js"
import { EventLog } from "../store/EventLog.js"
import { FeatureRepository } from "../store/FeatureRepository.js"
import { computedPartOutcome, materialisePart, materialiseTask } from "../store/materialisePart.js"
import * as SqliteStorage from "../store/sqlite/SqliteStorage.js"
import type { FeatureStart } from "./featureWorkers.js"
import { latest } from "./latest.js"
import { handler, serveTasks } from "./serveTasks.js"
import { copied } from "./Task.js"
import { WorkerFailure } from "./WorkerFailure.js"

/** Fails unless every group behaves here as it does for those who ask. */
const demandSame = <R>(registry: FeatureRegistry.FeatureRegistry<R>, asked: FeatureStart["fingerprints"]) => {
  const own = new Map(registry.computed.map(({ fingerprint, id }) => [id, fingerprint]))
  const [strange] = asked.filter(([id, fingerprint]) => own.get(id) !== fingerprint)
  return strange === undefined ? Effect.void : new WorkerFailure({
    problem: `it computes ${strange[0]} ${own.has(strange[0]) ? "otherwise" : "not at all"}`,
    hint: "give `featureWorkers` the entry of a worker that is made with the same computers"
  })
}

/** Makes a thread ready to compute the features of these computers: how it does each task. */
const open = <Own>(
  computers: ReadonlyArray<FeatureComputer<MarketViews | Own>>,
  own: OwnServices<Own>,
  { database, fingerprints, settings }: FeatureStart
) =>
  Effect.gen(function*() {
    const registry = yield* Effect.mapError(
      FeatureRegistry.make(computers, settings),
      (rejected) => new WorkerFailure({ problem: rejected.message })
    )
    yield* demandSame(registry, fingerprints)
    const storage = yield* Layer.build(SqliteStorage.readerLayer(database))
    const log = Context.get(storage, EventLog)
    const repository = Context.get(storage, FeatureRepository)
    const history = Layer.provideMerge(Layer.fresh(own), SnapshotSource)
    const past = yield* Effect.provide(
      makeEvaluator(registry),
      yield* Layer.build(Layer.provide(history, Layer.succeedContext(storage)))
    )
    const planOf = makePlanner(registry)
    const blocksOf = yield* latest((job: BlockJob) => Effect.provide(openBlocks(registry, history, job), storage))
    const memory = new RunMemory()
    const quiet = () => Effect.void

    return [
      handler(materialiseTask, (part) =>
        planOf(part.references).pipe(
          Effect.flatMap((plan) => materialisePart({ log, memory, past, repository }, plan, part)),
          Effect.map(computedPartOutcome)
        )),
      handler(blockTask, (asked) =>
        blocksOf(asked.job).pipe(
          Effect.flatMap((answer) => answer(asked)),
          Effect.map(answeredBlockOutcome)
        )),
      handler(lookaheadTask, ({ features, ...unit }) =>
        subjectOf(registry, own, features).pipe(
          Effect.flatMap((subject) => auditMarket(subject, unit, quiet)),
          Effect.map(copied),
          Effect.provide(storage)
        )),
      handler(warmupTask, ({ features, ...unit }) =>
        subjectOf(registry, own, features).pipe(
          Effect.flatMap((subject) => measureAt(subject, unit, quiet)),
          Effect.map(copied),
          Effect.provide(storage)
        )),
      handler(servedTask, (unit) =>
        recomputeServed(registry, own, unit).pipe(
          Effect.map(copied),
          Effect.provide(storage)
        ))
    ]
  })

/**
 * The program of a thread that computes features: the entry that `featureWorkers` names ends in it. `own` builds the services
 * that computers of the user's own ask for, `Layer.empty` where there are none.
 */
export const featureWorker = <Own>(
  computers: ReadonlyArray<FeatureComputer<MarketViews | Own>>,
  own: OwnServices<Own>
) => serveTasks((start: FeatureStart) => open(computers, own, start))
