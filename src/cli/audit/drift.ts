import { Effect, Option } from "effect"
import { auditDrift, driftedIn, type DriftReference } from "../../audit/drift.js"
import { SnapshotSource } from "../../context/SnapshotSource.js"
import { readDataset } from "../../dataset/readDataset.js"
import { databaseFile, openRegistry, storageLayer } from "../application.js"
import { exitCodes } from "../failures.js"
import { present } from "../terminal/Output.js"
import { withProgress } from "../terminal/progress.js"
import { Concluded, UsageRefused } from "../UsageRefused.js"
import { decimalOf, durationOf, instantOf, readRange, referencesOf } from "../values.js"
import { driftDefaults, type DriftGiven } from "./driftOptions.js"
import { renderDrift } from "./driftReport.js"
import { readMarkets } from "./sampling.js"

/** Reads what the period is compared with: one of the two. */
const readReference = (
  given: Pick<DriftGiven, "dataset" | "referenceFrom" | "referenceTo">
) =>
  Effect.gen(function*() {
    const ends = { from: given.referenceFrom, to: given.referenceTo }
    const { from, to } = yield* readRange(ends, ["--reference-from", "--reference-to"])
    if (Option.isSome(given.dataset) && from === undefined && to === undefined) {
      const reference: DriftReference = { kind: "dataset", dataset: yield* readDataset(given.dataset.value) }
      return reference
    }
    if (Option.isNone(given.dataset) && from !== undefined && to !== undefined) {
      const reference: DriftReference = { kind: "period", from, to }
      return reference
    }
    return yield* new UsageRefused({
      problem: "expected either --dataset, or --reference-from and --reference-to",
      hint: "the period from --from to --to is compared with one of them"
    })
  })

/** Runs the audit; loaded when it is asked for, with what reads datasets. */
export const drift = (given: DriftGiven) =>
  Effect.gen(function*() {
    const from = yield* instantOf("--from", given.from)
    const to = yield* instantOf("--to", given.to)
    yield* readRange({ from: Option.some(given.from), to: Option.some(given.to) })
    const everyMillis = yield* durationOf("--every", given.every)
    const psi = yield* decimalOf("--psi", Option.getOrElse(given.psi, () => driftDefaults.psi), 0, 100)
    const nullRate = yield* decimalOf(
      "--null-rate",
      Option.getOrElse(given.nullRate, () => driftDefaults.nullRate),
      0,
      1
    )
    const { config, registry } = yield* openRegistry(given)
    const references = given.features.length === 0 ? undefined : yield* referencesOf(given.features, registry)
    const reference = yield* readReference(given)
    const report = yield* Effect.gen(function*() {
      const wanted = yield* readMarkets(given)
      return yield* withProgress({ label: "drift", unit: "rows" }, (onProgress) =>
        auditDrift(registry, SnapshotSource, {
          reference,
          from,
          to,
          everyMillis,
          markets: wanted,
          features: references,
          psi,
          nullRate,
          onProgress
        }))
    }).pipe(
      Effect.provide(storageLayer(databaseFile(config))),
      Effect.catchTag("DriftRefused", (refused) =>
        new UsageRefused({
          problem: refused.message,
          hint: refused.problem === "no numbers"
            ? "name features that the dataset holds, by the version it holds"
            : "build the dataset again, or serve the version that it was built by"
        }))
    )
    yield* present(report, renderDrift(report))
    if (driftedIn(report).length > 0) return yield* new Concluded({ exitCode: exitCodes.finding })
  })
