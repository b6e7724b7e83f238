import * as Command from "@effect/cli/Command"
import { Effect, Layer } from "effect"
import { auditLookahead } from "../../../audit/lookahead.js"
import { databaseFile, openRegistry, storageLayer } from "../../application.js"
import { renderLookahead } from "../../audit/lookaheadReport.js"
import { readMarkets, readSampling, samplingOptions, worthThreads } from "../../audit/sampling.js"
import { exitCodes } from "../../failures.js"
import { features, globals } from "../../options.js"
import { present } from "../../terminal/Output.js"
import { withProgress } from "../../terminal/progress.js"
import { Concluded } from "../../UsageRefused.js"
import { referencesOf } from "../../values.js"
import { computingThreads, readWorkers, workers } from "../../workers.js"

export const lookahead = Command.make(
  "lookahead",
  { features, ...samplingOptions, workers, ...globals },
  (given) =>
    Effect.gen(function*() {
      const sampling = yield* readSampling(given)
      const { config, registry } = yield* openRegistry(given)
      const threads = yield* readWorkers(given.workers, config)
      const references = yield* referencesOf(given.features, registry)
      const report = yield* Effect.gen(function*() {
        const markets = yield* readMarkets(given)
        const pool = yield* computingThreads(threads, sampling.samples >= worthThreads, config, registry)
        return yield* withProgress(
          { label: "lookahead", unit: "samples" },
          (onProgress) =>
            auditLookahead(registry, Layer.empty, {
              ...sampling,
              features: references,
              markets,
              workers: pool,
              onProgress
            })
        )
      }).pipe(Effect.scoped, Effect.provide(storageLayer(databaseFile(config))))
      yield* present(report, renderLookahead(report))
      if (report.findings.length > 0) return yield* new Concluded({ exitCode: exitCodes.finding })
    })
).pipe(
  Command.withDescription(
    "Prove that nothing known only later moves a feature: cut, change and add events; exit 1 if it does."
  )
)
