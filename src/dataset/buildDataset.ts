import * as FileSystem from "@effect/platform/FileSystem"
import { Effect, type Layer, Option, Stream } from "effect"
import { MarketClock } from "../context/MarketClock.js"
import type { MarketSource } from "../context/MarketSource.js"
import type { Instant } from "../domain/Instant.js"
import type { FeatureRegistry } from "../features/FeatureRegistry.js"
import { makePlanner } from "../features/plan.js"
import type { WorkerPool } from "../parallel/WorkerPool.js"
import type { MarketStates } from "../state/views.js"
import { EventLog } from "../store/EventLog.js"
import { FeatureRepository } from "../store/FeatureRepository.js"
import { PinnedLog } from "../store/pinnedLog.js"
import { registerGroups } from "../store/registerGroups.js"
import { spineColumns } from "../store/spineColumns.js"
import { type AskedBlock, type BlockJob, blockTask, datasetColumns, openBlocks } from "./answerBlocks.js"
import { changesBetween } from "./changes.js"
import { blockRows } from "./columns.js"
import type { DatasetFormat } from "./DatasetFormat.js"
import { DatasetRefused } from "./DatasetRefused.js"
import { type DefinedColumn, FeatureColumns } from "./featureColumns.js"
import { datasetId, type Definition, type Manifest } from "./Manifest.js"
import { openDataset } from "./openDataset.js"
import { openSpine } from "./spine/fileSpine.js"
import { type Grid, gridSpine } from "./spine/gridSpine.js"
import { demandFree, writeDataset } from "./writeDataset.js"

/** The rows that are asked for: a file's, or a time grid of markets. */
export type SpineRequest =
  | { readonly kind: "file"; readonly file: string }
  /** without markets: all that the log knows */
  | ({ readonly kind: "grid" } & Omit<Grid, "markets"> & Partial<Pick<Grid, "markets">>)

export interface DatasetRequest {
  readonly references: ReadonlyArray<string>
  readonly spine: SpineRequest
  readonly out: string
  readonly format: DatasetFormat
  readonly keepStale: boolean
  readonly withStatus: boolean
  /** outcomes beside the features, from resolutions known by `knownBy`, inclusive; by default the market clock's now */
  readonly labels: boolean
  readonly knownBy?: Instant | undefined
  /** as the log stood then; its end by default */
  readonly logPosition?: number | undefined
  /** other threads that answer, see `featureWorkers`; this one does where absent. The file is the same, byte for byte. */
  readonly workers?: WorkerPool | undefined
  /** replaces a file of that name */
  readonly overwrite: boolean
  /** told after each block of rows */
  readonly onProgress?: ((done: number, rows: number) => Effect.Effect<void>) | undefined
}

/** What a build has done. */
export interface BuiltDataset {
  readonly manifest: Manifest
  /** whether another dataset stood in its place, and how this one differs from it; nothing: it is the same */
  readonly replaced: { readonly id: string; readonly changes: ReadonlyArray<string> } | undefined
}

/** The position at which a build begins: what comes into the log meanwhile is not part of it. */
const positionOf = (log: EventLog["Type"], asked: number | undefined) =>
  Effect.flatMap(
    log.watermark,
    (watermark) =>
      asked === undefined || asked <= watermark ? Effect.succeed(asked ?? watermark) : new DatasetRefused({
        problem: `log position ${asked} is ahead of the log, which has come to ${watermark}`,
        hint: "leave it out to build from all of the log"
      })
  )

/** Every column needs a name of its own. */
const demandDistinct = (columns: ReadonlyArray<DefinedColumn>) => {
  const names = columns.map(({ name }) => name)
  const clash = columns.find(({ name }, index) => names.indexOf(name) < index)
  return clash === undefined ? Effect.void : new DatasetRefused({
    problem: `two columns would be named ${JSON.stringify(clash.name)}: one of the spine, and a ${clash.role}`,
    hint: "rename or drop the spine's column; a feature asked for with its version is named group@version.feature"
  })
}

/** A dataset in the place of its spine could not be built again. */
const demandOther = Effect.fnUntraced(function*(spine: string, out: string) {
  const fs = yield* FileSystem.FileSystem
  const real = (file: string) => Effect.option(fs.realPath(file))
  const [from, to] = [yield* real(spine), yield* real(out)]
  if (Option.isNone(from) || Option.isNone(to) || from.value !== to.value) return
  return yield* new DatasetRefused({
    problem: `${out} is the spine itself`,
    hint: "write the dataset to another file: without its spine it cannot be built again"
  })
})

const openRows = (request: SpineRequest) =>
  Effect.gen(function*() {
    if (request.kind === "file") return yield* openSpine(request.file)
    const markets = request.markets ?? (yield* (yield* EventLog).markets).map(({ market }) => market)
    return yield* gridSpine({ ...request, markets })
  })

/** What stands in the place of a dataset already. */
const previous = (out: string) => Effect.option(Effect.scoped(Effect.map(openDataset(out), ({ manifest }) => manifest)))

/**
 * Builds a training set: the features of a registry for every row of a spine, in its order, as the log stood when the
 * build began. Memory holds a block of rows, or a few for each worker, however many there are. `history` gives the registry's services out of a
 * log, as a feature store is given them.
 */
export const buildDataset = <R>(
  registry: FeatureRegistry<R>,
  history: Layer.Layer<R | MarketSource | MarketStates, never, EventLog>,
  request: DatasetRequest
) =>
  Effect.gen(function*() {
    const { keepStale, out, withStatus } = request
    const repository = yield* FeatureRepository
    const eventLog = yield* EventLog
    const plan = yield* makePlanner(registry)(request.references)
    yield* demandFree(out, request.overwrite)
    if (request.spine.kind === "file") yield* demandOther(request.spine.file, out)
    yield* registerGroups(registry, repository)
    const position = yield* positionOf(eventLog, request.logPosition)
    const spine = yield* openRows(request.spine).pipe(Effect.provide(PinnedLog(position)))
    const job: BlockJob = {
      references: request.references,
      carried: spine.carried,
      format: request.format,
      position,
      keepStale,
      withStatus,
      labelsKnownBy: request.labels ? request.knownBy ?? (yield* (yield* MarketClock).now) : undefined
    }
    const features = new FeatureColumns(plan.columns, job)
    const columns = datasetColumns(features, job)
    yield* demandDistinct(columns)

    // a single block is answered here before another thread has begun
    const workers = spine.rows > blockRows ? request.workers : undefined
    const answer = workers === undefined
      ? yield* openBlocks(registry, history, job)
      : (asked: Pick<AskedBlock, "spine" | "carried">) => workers.run(blockTask, { ...asked, job })
    const before = yield* previous(out)
    const writer = yield* writeDataset(out, request.format, columns)
    const nulls = columns.map(() => 0)
    let done = 0
    let newestLabel: number | null = null
    yield* spine.blocks.pipe(
      Stream.mapEffect(
        ({ carried, markets, timestamps }) => answer({ spine: spineColumns(markets, timestamps), carried }),
        { concurrency: workers?.atOnce ?? 1 }
      ),
      Stream.runForEach((block) =>
        Effect.gen(function*() {
          block.nulls.forEach((count, index) => {
            nulls[index] = (nulls[index] ?? 0) + count
          })
          features.addTallies(block.tallies)
          if (block.newestLabel !== null) newestLabel = Math.max(newestLabel ?? 0, block.newestLabel)
          yield* writer.append(block.part)
          done += block.rows
          yield* request.onProgress?.(done, spine.rows) ?? Effect.void
        })
      )
    )
    const definition: Definition = {
      rows: spine.rows,
      log_position: position,
      spine: spine.digest,
      options: { keep_stale: keepStale, with_status: withStatus, labels: request.labels },
      labels_known_by: newestLabel,
      columns
    }
    const manifest: Manifest = {
      format: "feature-store-dataset/1",
      id: datasetId(definition),
      ...definition,
      first_timestamp: spine.first,
      last_timestamp: spine.last,
      columns: columns.map((column, index) => ({
        ...column,
        nulls: nulls[index] ?? 0,
        ...column.role === "feature" ? features.counts(column.name) : {}
      }))
    }
    yield* writer.finish(manifest)
    const built: BuiltDataset = {
      manifest,
      replaced: Option.match(before, {
        onNone: () => undefined,
        onSome: (old) => ({ id: old.id, changes: changesBetween(old, manifest) })
      })
    }
    return built
  }).pipe(Effect.scoped, Effect.withSpan("Dataset.build"))
