import { Effect, Either, Layer } from "effect"
import type { OwnServices } from "../audit/recompute.js"
import { SnapshotSource } from "../context/SnapshotSource.js"
import { answeredBlockOutcome, type BlockJob, blockTask, openBlocks } from "../dataset/answerBlocks.js"
import type { FeatureComputer } from "../features/FeatureComputer.js"
import * as FeatureRegistry from "../features/FeatureRegistry.js"
import { makePlanner } from "../features/plan.js"
import type { MarketViews } from "../state/views.js"
import { makeEvaluator } from "../store/Evaluator.js"
import { EventLog } from "../store/EventLog.js"
import { FeatureRepository } from "../store/FeatureRepository.js"
import { computedPartOutcome, materialisePart, materialiseTask } from "../store/materialisePart.js"
import * as SqliteStorage from "../store/sqlite/SqliteStorage.js"
import type { FeatureStart } from "./featureWorkers.js"
import { latest } from "./latest.js"
import { handler, serveTasks } from "./serveTasks.js"
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

/**
 * The program of a thread that computes features: the entry that `featureWorkers` names ends in it. `own` builds the services
 * that computers of the user's own ask for, `Layer.empty` where there are none.
 */
export const featureWorker = <Own>(
  computers: ReadonlyArray<FeatureComputer<MarketViews | Own>>,
  own: OwnServices<Own>
) =>
  serveTasks((start: FeatureStart) =>
    Effect.gen(function*() {
      const registry = yield* Effect.mapError(
        FeatureRegistry.make(computers, start.settings),
        (rejected) => new WorkerFailure({ problem: rejected.message })
      )
      yield* demandSame(registry, start.fingerprints)
      const planOf = makePlanner(registry)
      const storage = yield* Layer.build(SqliteStorage.readerLayer(start.database))
      return yield* Effect.gen(function*() {
        const log = yield* EventLog
        const repository = yield* FeatureRepository
        const history = Layer.provideMerge(Layer.fresh(own), SnapshotSource)
        const past = yield* Effect.provide(makeEvaluator(registry), yield* Layer.build(history))
        const blocksOf = yield* latest((job: BlockJob) => Effect.provide(openBlocks(registry, history, job), storage))
        return [
          handler(materialiseTask, (part) =>
            planOf(part.references).pipe(
              Either.mapLeft((unknown) => new WorkerFailure({ problem: unknown.message })),
              Effect.flatMap((plan) => materialisePart({ log, past, repository }, plan, part)),
              Effect.map(computedPartOutcome)
            )),
          handler(blockTask, (asked) =>
            blocksOf(asked.job).pipe(
              Effect.flatMap((answer) => answer(asked)),
              Effect.catchTag("UnknownReference", (unknown) => new WorkerFailure({ problem: unknown.message })),
              Effect.map(answeredBlockOutcome)
            ))
        ]
      }).pipe(Effect.provide(storage))
    })
  )
