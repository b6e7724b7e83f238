import { DataType, type RecordBatch, RecordBatchReader } from "apache-arrow"
import { Effect, Stream } from "effect"
import { open } from "node:fs/promises"
import type { Batch, Cell } from "../columns.js"
import { manifestKey } from "../Manifest.js"
import { unreadable } from "../rejected.js"

const refused = unreadable("Arrow")

const cellOf = (value: unknown): Cell => {
  switch (typeof value) {
    case "bigint":
      return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value
    case "string":
    case "number":
    case "boolean":
      return value
    default:
      return null
  }
}

const columnOf = (batch: RecordBatch, index: number): ReadonlyArray<Cell> => {
  const vector = batch.getChildAt(index)
  if (vector === null) return []
  const cells: Array<Cell> = []
  if (DataType.isTimestamp(vector.type)) {
    // by the library's own reading, timestamps would come in milliseconds
    const raw: unknown = vector.data[0]?.values
    if (!(raw instanceof BigInt64Array)) return []
    for (let row = 0; row < batch.numRows; row++) cells.push(vector.isValid(row) ? raw[row] ?? null : null)
    return cells
  }
  for (let row = 0; row < batch.numRows; row++) cells.push(cellOf(vector.get(row)))
  return cells
}

/** The manifest in an Arrow IPC file, if there is one, and its rows batch by batch. */
export const openArrowDataset = (file: string) =>
  Effect.gen(function*() {
    const handle = yield* Effect.acquireRelease(
      Effect.tryPromise({ try: () => open(file), catch: refused(file) }),
      (opened) => Effect.promise(() => opened.close())
    )
    const reader = yield* Effect.tryPromise({
      try: async () => (await RecordBatchReader.from(handle)).open(),
      catch: refused(file)
    })
    const fields = reader.schema.fields
    return {
      manifest: reader.schema.metadata.get(manifestKey),
      names: fields.map((field) => field.name),
      batches: Stream.fromAsyncIterable(reader, refused(file)).pipe(
        Stream.map((batch): Batch => ({
          rows: batch.numRows,
          columns: fields.map((_, index) => columnOf(batch, index))
        }))
      )
    }
  })
