import * as Command from "@effect/cli/Command"
import { Effect, Layer } from "effect"
import { auditWarmup } from "../../../audit/warmup.js"
import { databaseFile, openRegistry, storageLayer } from "../../application.js"
import { readMarkets, readSampling, samplingOptions, worthThreads } from "../../audit/sampling.js"
import { renderWarmup } from "../../audit/warmupReport.js"
import { exitCodes } from "../../failures.js"
import { features, flag, globals } from "../../options.js"
import { present } from "../../terminal/Output.js"
import { withProgress } from "../../terminal/progress.js"
import { Concluded } from "../../UsageRefused.js"
import { referencesOf } from "../../values.js"
import { computingThreads, readWorkers, workers } from "../../workers.js"

const strict = flag("strict", "count a value as a finding too that a window which has just begun gives differently")

export const warmup = Command.make(
  "warmup",
  { features, ...samplingOptions, strict, workers, ...globals },
  (given) =>
    Effect.gen(function*() {
      const sampling = yield* readSampling(given)
      const { config, registry } = yield* openRegistry(given)
      const threads = yield* readWorkers(given.workers, config)
      const references = yield* referencesOf(given.features, registry)
      const report = yield* Effect.gen(function*() {
        const markets = yield* readMarkets(given)
        const pool = yield* computingThreads(threads, sampling.samples >= worthThreads, config, registry)
        return yield* withProgress({ label: "warmup", unit: "samples" }, (onProgress) =>
          auditWarmup(registry, Layer.empty, {
            ...sampling,
            features: references,
            markets,
            strict: given.strict,
            workers: pool,
            onProgress
          }))
      }).pipe(Effect.scoped, Effect.provide(storageLayer(databaseFile(config))))
      yield* present(report, renderWarmup(report))
      if (report.findings.length > 0) {
        return yield* new Concluded({ exitCode: exitCodes.finding })
      }
    })
).pipe(
  Command.withDescription("Measure how much of the past each feature needs, against what it declares; exit 1 if more.")
)
