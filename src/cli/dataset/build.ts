import { Effect, Either, Layer, Option } from "effect"
import { LiveClock } from "../../context/LiveClock.js"
import { SnapshotSource } from "../../context/SnapshotSource.js"
import { buildDataset, type BuiltDataset, type SpineRequest } from "../../dataset/buildDataset.js"
import { formatInstant, Instant } from "../../domain/Instant.js"
import { EventLog } from "../../store/EventLog.js"
import { databaseFile, openRegistry, storageLayer } from "../application.js"
import { Output, present } from "../terminal/Output.js"
import { withProgress } from "../terminal/progress.js"
import { count, counted, visible } from "../terminal/text.js"
import { UsageRefused } from "../UsageRefused.js"
import { durationOf, instantOf, integerOf, marketsMatching, optionalInstant, referencesOf } from "../values.js"
import { computingThreads, readWorkers } from "../workers.js"
import type { BuildGiven } from "./options.js"
import { outputFormat } from "./outputFormat.js"

const refuse = (problem: string, hint: string) => Either.left(new UsageRefused({ problem, hint }))

/** The rows that are asked for, without the markets of a grid, which the log tells. */
const spineOf = (
  { every, from, markets, spine, to }: BuildGiven
): Either.Either<SpineRequest, UsageRefused> =>
  Either.gen(function*() {
    const grid = { "--every": every, "--from": from, "--to": to }
    const given = Object.entries({ ...grid, "--markets": markets }).filter(([, value]) => Option.isSome(value))
    if (Option.isSome(spine)) {
      const [surplus] = given
      return surplus === undefined
        ? { kind: "file" as const, file: spine.value }
        : yield* refuse(`${surplus[0]} goes with --every, not with --spine`, "a spine says itself what is asked")
    }
    const missing = Object.entries(grid).filter(([, value]) => Option.isNone(value)).map(([name]) => name)
    if (Option.isNone(every) || Option.isNone(from) || Option.isNone(to)) {
      return yield* refuse(
        given.length === 0 ? "--spine is missing" : `${missing.join(" and ")} missing: a grid needs all three`,
        "give --spine FILE, or --every 5m --from TIME --to TIME"
      )
    }
    const everyMillis = yield* durationOf("--every", every.value)
    const first = yield* instantOf("--from", from.value)
    const last = yield* instantOf("--to", to.value)
    if (first > last) return yield* refuse("--from is after --to", "swap them")
    return { kind: "grid" as const, everyMillis, from: first, to: last }
  })

const mostShown = 20

const replacedText = ({ manifest, replaced }: BuiltDataset): ReadonlyArray<string> => {
  if (replaced === undefined) return []
  if (replaced.id === manifest.id) return ["the same dataset as the one it replaces"]
  return [
    `replaces another dataset, ${replaced.id}:`,
    ...replaced.changes.slice(0, mostShown).map((change) => `  ${visible(change)}`),
    ...replaced.changes.length > mostShown ? [`  and ${count(replaced.changes.length - mostShown)} more changes`] : []
  ]
}

const render = (file: string, built: BuiltDataset): string => {
  const { columns, id, labels_known_by, log_position, options, rows } = built.manifest
  const features = columns.filter(({ role }) => role === "feature")
  const nulls = features.reduce((sum, column) => sum + column.nulls, 0)
  const values = rows * features.length
  const known = labels_known_by === null ? "none" : formatInstant(Instant(labels_known_by))
  return [
    `${visible(file)}: ${counted(rows, "row")}, ${counted(features.length, "feature")}` +
    (values === 0 ? "" : `, ${(nulls / values * 100).toFixed(1)} % of values null`),
    `dataset id ${id}`,
    `log position ${log_position}` +
    (options.labels ? `, labels known by ${known}` : ""),
    ...replacedText(built)
  ].join("\n")
}

const documentOf = (file: string, { manifest, replaced }: BuiltDataset) => ({
  file,
  ...manifest,
  replaced: replaced ?? null
})

/** Builds a training set as the command line asks for it. */
export const build = (given: BuildGiven) =>
  Effect.gen(function*() {
    const format = yield* outputFormat("--out", given.out)
    const spine = yield* spineOf(given)
    const knownBy = yield* optionalInstant("--known-by", given.knownBy)
    if (knownBy !== undefined && !given.labels) {
      return yield* refuse("--known-by goes with --labels", "add --labels, or leave --known-by out")
    }
    const logPosition = Option.isNone(given.logPosition)
      ? undefined
      : yield* integerOf("--log-position", given.logPosition.value, 0, Number.MAX_SAFE_INTEGER)
    const { config, registry } = yield* openRegistry(given)
    const references = yield* referencesOf(given.features, registry)
    const threads = yield* readWorkers(given.workers, config)
    const built = yield* Effect.gen(function*() {
      const markets = spine.kind === "grid" ? yield* marketsMatching(yield* EventLog, given.markets) : undefined
      const pool = yield* computingThreads(threads, true, config, registry)
      return yield* withProgress({ label: "dataset", unit: "rows" }, (onProgress) =>
        buildDataset(registry, SnapshotSource, {
          references,
          spine: markets === undefined || spine.kind === "file" ? spine : { ...spine, markets },
          out: given.out,
          format,
          keepStale: given.keepStale,
          withStatus: given.withStatus,
          labels: given.labels,
          knownBy,
          logPosition,
          workers: pool,
          overwrite: given.overwrite,
          onProgress
        }))
    }).pipe(Effect.scoped, Effect.provide(Layer.provideMerge(LiveClock, storageLayer(databaseFile(config)))))
    yield* present(documentOf(given.out, built), () =>
      render(given.out, built))
    const { json, note } = yield* Output
    if (built.manifest.rows === 0 && !json) {
      yield* note("the spine has no rows: the dataset has its columns alone")
    }
  })
