import type * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import { Effect, Option, type Scope } from "effect"
import { availableParallelism } from "node:os"
import { pathToFileURL } from "node:url"
import type { FeatureStoreConfig } from "../config/FeatureStoreConfig.js"
import { mostWorkers } from "../config/settings.js"
import { featureWorkers } from "../parallel/featureWorkers.js"
import { WorkerFailure } from "../parallel/WorkerFailure.js"
import type { WorkerPool } from "../parallel/WorkerPool.js"
import type { Registry } from "./application.js"
import { optionalText } from "./options.js"
import { packageInfo } from "./packageInfo.js"
import { integerOf } from "./values.js"

/** Beyond so many, what one thread reads and writes is what takes the time. */
const mostByDefault = 8

/** One processor is left to the thread that reads and writes: on two, threads that compute would only be in its way. */
const byDefault = (): number => Math.max(1, Math.min(mostByDefault, availableParallelism() - 1))

/** `--workers` */
export const workers = optionalText(
  "workers",
  "N",
  "threads that compute; the result is the same (default: one for every processor but one, up to 8, where there is enough to do)"
)

/** How many threads were asked for; `undefined` where nobody has said. */
export const readWorkers = (given: Option.Option<string>, config: Pick<FeatureStoreConfig, "workers">) =>
  Option.isNone(given) ? Effect.succeed(config.workers) : integerOf("--workers", given.value, 1, mostWorkers)

const entry = Effect.gen(function*() {
  const info = yield* packageInfo
  if (Option.isNone(info)) {
    return yield* new WorkerFailure({
      problem: "this package was not found on disk",
      hint: "`npm run bundle` builds dist/worker.mjs; --workers 1 does without it"
    })
  }
  return pathToFileURL((yield* Path.Path).join(info.value.root, "dist", "worker.mjs"))
})

/**
 * The threads that compute for a command: as many as were asked for, else one for every processor but one where there is
 * `much` to do. None where this one does it alone: asked for 1, or over a database in memory, which cannot be shared.
 */
export const computingThreads = (
  asked: number | undefined,
  much: boolean,
  config: FeatureStoreConfig,
  registry: Registry
): Effect.Effect<WorkerPool | undefined, WorkerFailure, FileSystem.FileSystem | Path.Path | Scope.Scope> =>
  Effect.gen(function*() {
    const size = asked ?? (much ? byDefault() : 1)
    if (size === 1 || !config.persistenceEnabled) return undefined
    return yield* featureWorkers({ entry: yield* entry, size, database: config.dbPath, registry, settings: config })
  })
