import { Effect, Layer } from "effect"
import type { MarketSource } from "../context/MarketSource.js"
import type { Instant } from "../domain/Instant.js"
import type { FeatureRegistry } from "../features/FeatureRegistry.js"
import { makePlanner } from "../features/plan.js"
import type { Outcome, Task } from "../parallel/Task.js"
import type { MarketStates } from "../state/views.js"
import { answerBlock } from "../store/answerBlock.js"
import { makeEvaluator } from "../store/Evaluator.js"
import { EventLog } from "../store/EventLog.js"
import { FeatureRepository } from "../store/FeatureRepository.js"
import { PinnedLog } from "../store/pinnedLog.js"
import type { SpineColumns } from "../store/spineColumns.js"
import { type Cell, type Column, keyColumns } from "./columns.js"
import type { DatasetFormat } from "./DatasetFormat.js"
import { type DefinedColumn, FeatureColumns, type FeatureOptions, type Tallies } from "./featureColumns.js"
import type { Part } from "./files/Encoder.js"
import { encoders } from "./files/encoders.js"
import { makeLabels } from "./labels.js"

/** What all blocks of a build have in common. */
export interface BlockJob extends FeatureOptions {
  readonly references: ReadonlyArray<string>
  /** columns of the spine behind its key */
  readonly carried: ReadonlyArray<Column>
  readonly format: DatasetFormat
  /** as the log stood then */
  readonly position: number
  /** outcomes from resolutions known by then; none where absent */
  readonly labelsKnownBy: Instant | undefined
}

/** Rows of a spine to be answered. */
export interface AskedBlock {
  readonly job: BlockJob
  readonly spine: SpineColumns
  readonly carried: ReadonlyArray<ReadonlyArray<Cell>>
}

/** Rows of a dataset, as they will stand in its file, and what is counted of them. */
export interface AnsweredBlock {
  readonly rows: number
  readonly part: Part
  /** by column */
  readonly nulls: ReadonlyArray<number>
  readonly tallies: Tallies
  /** when the newest of the resolutions became known that labels were taken from so far */
  readonly newestLabel: number | null
}

/** Answers a block on another thread. */
export const blockTask: Task<AskedBlock, AnsweredBlock> = { name: "dataset block" }

/** What is handed over of an answered block. */
export const answeredBlockOutcome = (value: AnsweredBlock): Outcome<AnsweredBlock> => ({
  value,
  moved: [value.part.bytes.buffer]
})

const labelColumns: ReadonlyArray<DefinedColumn> = [
  { name: "label", type: "float", role: "label" },
  { name: "label_available_at", type: "int", role: "label" }
]

/** The columns of the dataset that a build makes. */
export const datasetColumns = <R>(
  features: FeatureColumns<R>,
  { carried, labelsKnownBy }: Pick<BlockJob, "carried" | "labelsKnownBy">
): ReadonlyArray<DefinedColumn> => [
  ...keyColumns.map((column) => ({ ...column, role: "key" as const })),
  ...carried.map((column) => ({ ...column, role: "spine" as const })),
  ...features.defined,
  ...labelsKnownBy === undefined ? [] : labelColumns
]

const nullsIn = (cells: ReadonlyArray<Cell>): number => {
  let nulls = 0
  for (let row = 0; row < cells.length; row++) if (cells[row] === null) nulls++
  return nulls
}

/**
 * Makes ready to answer the blocks of a build, in any order: each is answered from the log as the build began and encoded
 * for the file. Of a build on several threads each thread does this. `history` is what `buildDataset` is given.
 */
export const openBlocks = <R>(
  registry: FeatureRegistry<R>,
  history: Layer.Layer<R | MarketSource | MarketStates, never, EventLog>,
  job: BlockJob
) =>
  Effect.gen(function*() {
    const repository = yield* FeatureRepository
    const plan = yield* makePlanner(registry)(job.references)
    const pinned = yield* Layer.build(Layer.provideMerge(history, PinnedLog(job.position)))
    const past = yield* Effect.provide(makeEvaluator(registry), pinned)
    const labels = job.labelsKnownBy === undefined
      ? undefined
      : makeLabels(yield* Effect.provide(EventLog, pinned), job.labelsKnownBy)
    const features = new FeatureColumns(plan.columns, job)
    const encoder = encoders[job.format](datasetColumns(features, job))

    return ({ carried, spine }: Pick<AskedBlock, "spine" | "carried">) =>
      Effect.gen(function*() {
        const { market, markets, timestamp } = spine
        const answers = yield* answerBlock(past, repository, plan, spine, job.position)
        const known = labels === undefined ? undefined : yield* labels.of(markets)
        return yield* Effect.sync((): AnsweredBlock => {
          const names = Array.from(market, (number) => markets[number] ?? "")
          const outcomes = known === undefined ? [] : markets.map((name) => known.get(name))
          const labelCells = (cell: "outcome" | "availableAt") =>
            Array.from(market, (number) => outcomes[number]?.[cell] ?? null)
          const columns: ReadonlyArray<ReadonlyArray<Cell>> = [
            names,
            Array.from(timestamp),
            ...carried,
            ...features.cells(answers, timestamp),
            ...known === undefined ? [] : [labelCells("outcome"), labelCells("availableAt")]
          ]
          return {
            rows: timestamp.length,
            part: encoder.encode({ rows: timestamp.length, columns }),
            nulls: columns.map(nullsIn),
            tallies: features.takeTallies(),
            newestLabel: labels?.newest() ?? null
          }
        })
      })
  })
