import * as Command from "@effect/cli/Command"
import { Effect } from "effect"
import { auditParity } from "../../../audit/parity.js"
import { databaseFile, openRegistry, scratchLayer, storageLayer } from "../../application.js"
import { differencesIn, parityDocument, renderParity } from "../../audit/parityReport.js"
import { readMarkets, readSampling, samplingOptions, worthThreads } from "../../audit/sampling.js"
import { exitCodes } from "../../failures.js"
import { globals } from "../../options.js"
import { present } from "../../terminal/Output.js"
import { withProgress } from "../../terminal/progress.js"
import { Concluded } from "../../UsageRefused.js"
import { computingThreads, readWorkers, workers } from "../../workers.js"

export const parity = Command.make(
  "parity",
  { ...samplingOptions, workers, ...globals },
  (given) =>
    Effect.gen(function*() {
      const sampling = yield* readSampling(given)
      const { config, registry } = yield* openRegistry(given)
      const threads = yield* readWorkers(given.workers, config)
      const scratch = yield* scratchLayer
      const report = yield* Effect.gen(function*() {
        const markets = yield* readMarkets(given)
        const pool = yield* computingThreads(threads, sampling.samples >= worthThreads, config, registry)
        return yield* withProgress(
          { label: "parity", unit: "events" },
          (onProgress) => auditParity(registry, scratch, { ...sampling, markets, workers: pool, onProgress })
        )
      }).pipe(Effect.scoped, Effect.provide(storageLayer(databaseFile(config))))
      yield* present(parityDocument(report), renderParity(report))
      if (differencesIn(report) > 0) {
        return yield* new Concluded({ exitCode: exitCodes.finding })
      }
    })
).pipe(
  Command.withDescription("Prove that live answers and history agree, bit for bit, on this log; exit 1 if not.")
)
