import { Effect, Stream } from "effect"
import type { Instant } from "../domain/Instant.js"
import { batchForm, RowBlocks } from "./blocks.js"
import type { Batch, Cell } from "./columns.js"
import type { DatasetFormat } from "./DatasetFormat.js"
import { DatasetRefused } from "./DatasetRefused.js"
import { datasetId, type Definition, type Manifest, type ManifestColumn } from "./Manifest.js"
import { openDataset } from "./openDataset.js"
import { demandFree, writeDataset } from "./writeDataset.js"

/** Where a part of a dataset goes. */
export interface PartFile {
  /** `train`, `validation`, `test` */
  readonly name: string
  readonly file: string
  readonly format: DatasetFormat
}

export interface SplitRequest {
  readonly file: string
  /** by instants at which a later part begins; or by the shares of rows that parts get, in the order of time */
  readonly by:
    | { readonly kind: "cuts"; readonly cuts: ReadonlyArray<Instant> }
    | { readonly kind: "fractions"; readonly fractions: ReadonlyArray<number> }
  /** rows this long before a cut belong to no part, so that no label or window reaches over it; ms */
  readonly embargoMillis: number
  /** in the order of time: one more than cuts, as many as fractions */
  readonly parts: ReadonlyArray<PartFile>
  readonly overwrite: boolean
}

export interface SplitReport {
  readonly parent: Manifest["id"]
  readonly rows: number
  readonly cuts: ReadonlyArray<number>
  readonly parts: ReadonlyArray<{ readonly name: string; readonly file: string; readonly manifest: Manifest }>
  /** rows before a cut that no part has */
  readonly embargoed: number
}

/** Where cuts lie that leave these shares of the rows before them: rows of one instant stay together, behind the cut. */
const cutsAt = (timestamps: Float64Array, fractions: ReadonlyArray<number>): ReadonlyArray<number> => {
  const sorted = timestamps.toSorted()
  let share = 0
  return fractions.slice(0, -1).map((fraction) => {
    share += fraction
    return sorted[Math.min(sorted.length - 1, Math.round(share * sorted.length))] ?? 0
  })
}

const timestampsIn = ({ columns }: Batch): ReadonlyArray<number> => (columns[1] ?? []).map(Number)

/** Counts what columns of a part hold. Why values are null is known where their reasons stand beside them. */
class PartCounts {
  readonly #columns: ReadonlyArray<ManifestColumn>
  readonly #nulls: Float64Array
  readonly #texts: ReadonlyArray<Map<string, number>>
  rows = 0
  first = Infinity
  last = -Infinity

  constructor(columns: ReadonlyArray<ManifestColumn>) {
    this.#columns = columns
    this.#nulls = new Float64Array(columns.length)
    this.#texts = columns.map(() => new Map())
  }

  add(batch: Batch): void {
    this.rows += batch.rows
    for (const at of timestampsIn(batch)) {
      this.first = Math.min(this.first, at)
      this.last = Math.max(this.last, at)
    }
    for (const [index, { role }] of this.#columns.entries()) {
      const texts = role === "status" || role === "reason" ? this.#texts[index] : undefined
      for (const cell of batch.columns[index] ?? []) {
        if (cell === null) this.#nulls[index] = (this.#nulls[index] ?? 0) + 1
        else if (typeof cell === "string") texts?.set(cell, (texts.get(cell) ?? 0) + 1)
      }
    }
  }

  #textsOf(name: string): ReadonlyMap<string, number> | undefined {
    return this.#texts[this.#columns.findIndex((column) => column.name === name)]
  }

  columns(): ReadonlyArray<ManifestColumn> {
    return this.#columns.map(({ reasons: _reasons, stale: _stale, ...column }, index) => {
      const counted = { ...column, nulls: this.#nulls[index] ?? 0 }
      const reasons = this.#textsOf(`${column.name}.reason`)
      return column.role !== "feature" || reasons === undefined ? counted : {
        ...counted,
        reasons: Object.fromEntries(reasons),
        stale: this.#textsOf(`${column.name}.status`)?.get("STALE") ?? 0
      }
    })
  }
}

/** A part that is being written. */
const openPart = (parent: Manifest, part: PartFile, from: number | null, before: number | null, embargo: number) =>
  Effect.map(writeDataset(part.file, part.format, parent.columns), (writer) => {
    const counts = new PartCounts(parent.columns)
    const blocks = new RowBlocks(batchForm)
    const write = (batches: ReadonlyArray<Batch>) => Effect.forEach(batches, writer.write, { discard: true })
    const end = before === null ? Infinity : before - embargo
    return {
      has: (at: number) => at >= (from ?? -Infinity) && at < end,
      add: (batch: Batch) =>
        Effect.suspend(() => {
          counts.add(batch)
          return write(blocks.push(batch))
        }),
      finish: Effect.gen(function*() {
        yield* write(blocks.finish())
        const columns = counts.columns()
        const definition: Definition = {
          ...parent,
          columns,
          rows: counts.rows,
          part: { parent: parent.id, part: part.name, from, before, embargo_ms: embargo }
        }
        const manifest: Manifest = {
          ...parent,
          ...definition,
          columns,
          id: datasetId(definition),
          first_timestamp: counts.rows === 0 ? null : counts.first,
          last_timestamp: counts.rows === 0 ? null : counts.last
        }
        yield* writer.finish(manifest)
        return { name: part.name, file: part.file, manifest }
      })
    }
  })

const rowsWhere = (batch: Batch, isIn: (at: number) => boolean): Batch => {
  const rows = timestampsIn(batch).flatMap((at, row) => isIn(at) ? [row] : [])
  if (rows.length === batch.rows) return batch
  const pick = (cells: ReadonlyArray<Cell>) => rows.map((row) => cells[row] ?? null)
  return { rows: rows.length, columns: batch.columns.map(pick) }
}

const readTimestamps = (batches: Effect.Effect.Success<ReturnType<typeof openDataset>>["batches"], rows: number) =>
  Effect.gen(function*() {
    const timestamps = new Float64Array(rows)
    let row = 0
    yield* Stream.runForEach(batches, (batch) =>
      Effect.sync(() => {
        for (const at of timestampsIn(batch)) timestamps[row++] = at
      }))
    return timestamps
  })

/**
 * Cuts a dataset by time: never at random, since rows of one market near each other say the same. A part has the rows from
 * its cut on, inclusive, up to the next cut less the embargo, exclusive, in the order of the dataset.
 */
export const splitDataset = Effect.fn("Dataset.split")(function*(request: SplitRequest) {
  const { by, embargoMillis, file, overwrite, parts } = request
  for (const part of parts) yield* demandFree(part.file, overwrite)
  const opened = yield* openDataset(file)
  const { manifest: parent } = opened
  if (parent.rows === 0) {
    return yield* new DatasetRefused({ problem: `${file} has no rows to split`, hint: "build it from another spine" })
  }
  const cuts: ReadonlyArray<number> = by.kind === "cuts"
    ? by.cuts
    : cutsAt(yield* readTimestamps(opened.batches, parent.rows), by.fractions)
  const { batches } = by.kind === "cuts" ? opened : yield* openDataset(file)
  const writing = yield* Effect.forEach(
    parts,
    (part, index) => openPart(parent, part, cuts[index - 1] ?? null, cuts[index] ?? null, embargoMillis)
  )
  yield* Stream.runForEach(
    batches,
    (batch) => Effect.forEach(writing, ({ add, has }) => add(rowsWhere(batch, has)), { discard: true })
  )
  const written = yield* Effect.forEach(writing, ({ finish }) => finish)
  const kept = written.reduce((sum, { manifest }) => sum + manifest.rows, 0)
  const report: SplitReport = {
    parent: parent.id,
    rows: parent.rows,
    cuts,
    parts: written,
    embargoed: parent.rows - kept
  }
  return report
}, Effect.scoped)
