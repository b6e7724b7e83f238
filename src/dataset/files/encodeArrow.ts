import {
  AsyncByteQueue,
  Bool,
  type Data,
  type DataType,
  Field,
  Float64,
  Int64,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  RecordBatchReader,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  Timestamp,
  TimeUnit,
  Utf8
} from "apache-arrow"
import { type Cell, type Column, type ColumnType, isTimestampType, keyColumns, timestampOf } from "../columns.js"
import { manifestKey, manifestText } from "../Manifest.js"
import type { Encoder } from "./Encoder.js"

const units = { ms: TimeUnit.MILLISECOND, us: TimeUnit.MICROSECOND, ns: TimeUnit.NANOSECOND } as const

const typeOf = (type: ColumnType): DataType => {
  if (isTimestampType(type)) {
    const { isUtc, unit } = timestampOf(type)
    return new Timestamp(units[unit], isUtc ? "UTC" : null)
  }
  switch (type) {
    case "float":
      return new Float64()
    case "int":
      return new Int64()
    case "bool":
      return new Bool()
    case "string":
      return new Utf8()
  }
}

/** One bit a row, the lowest first. */
const bits = (cells: ReadonlyArray<Cell>, isSet: (cell: Cell) => boolean): Uint8Array => {
  const out = new Uint8Array(Math.ceil(cells.length / 8))
  for (const [row, cell] of cells.entries()) {
    if (isSet(cell)) out[row >> 3] = (out[row >> 3] ?? 0) | (1 << (row & 7))
  }
  return out
}

const texts = (cells: ReadonlyArray<Cell>) => {
  const encoder = new TextEncoder()
  const parts = cells.map((cell) => encoder.encode(typeof cell === "string" ? cell : ""))
  const valueOffsets = new Int32Array(cells.length + 1)
  for (const [row, part] of parts.entries()) valueOffsets[row + 1] = (valueOffsets[row] ?? 0) + part.length
  const data = new Uint8Array(valueOffsets[cells.length] ?? 0)
  for (const [row, part] of parts.entries()) data.set(part, valueOffsets[row] ?? 0)
  return { valueOffsets, data }
}

const dataOf = (type: ColumnType, cells: ReadonlyArray<Cell>): Data => {
  const length = cells.length
  const nullCount = cells.reduce<number>((sum, cell) => cell === null ? sum + 1 : sum, 0)
  const rows = { length, nullCount, nullBitmap: nullCount === 0 ? undefined : bits(cells, (cell) => cell !== null) }
  if (type === "string") return makeData({ type: new Utf8(), ...rows, ...texts(cells) })
  if (type === "bool") return makeData({ type: new Bool(), ...rows, data: bits(cells, (cell) => cell === true) })
  if (type === "float") {
    const data = new Float64Array(length)
    for (const [row, cell] of cells.entries()) if (typeof cell === "number") data[row] = cell
    return makeData({ type: new Float64(), ...rows, data })
  }
  const data = new BigInt64Array(length)
  for (const [row, cell] of cells.entries()) {
    if (typeof cell === "number" || typeof cell === "bigint") data[row] = BigInt(cell)
  }
  if (!isTimestampType(type)) return makeData({ type: new Int64(), ...rows, data })
  const { isUtc, unit } = timestampOf(type)
  return makeData({ type: new Timestamp(units[unit], isUtc ? "UTC" : null), ...rows, data })
}

/** Gathers what a writer writes, until it is taken. */
class Gathered extends AsyncByteQueue {
  #chunks: Array<Uint8Array> = []

  override write(bytes: Uint8Array): void {
    this.#chunks.push(bytes)
  }

  take(): ReadonlyArray<Uint8Array> {
    const chunks = this.#chunks
    this.#chunks = []
    return chunks
  }
}

/** Readers of the file format take the schema, and its metadata, from the footer: by then the manifest is complete. */
class DatasetWriter extends RecordBatchFileWriter {
  manifest = ""

  protected override _writeFooter(schema: Schema): this {
    return super._writeFooter(new Schema(schema.fields, new Map([[manifestKey, this.manifest]])))
  }
}

/** The Arrow IPC file format (Feather v2), a record batch a batch, not compressed. */
export const arrowEncoder = (columns: ReadonlyArray<Column>): Encoder => {
  const fields = columns.map(({ name, type }, index) => new Field(name, typeOf(type), index >= keyColumns.length))
  const schema = new Schema(fields)
  const sink = new Gathered()
  const writer = new DatasetWriter()
  writer.reset(sink, schema)
  return {
    encode: ({ columns: cells, rows }) => {
      const children = columns.map(({ type }, index) => dataOf(type, cells[index] ?? []))
      const batch = new RecordBatch(
        schema,
        makeData({ type: new Struct(fields), length: rows, nullCount: 0, children })
      )
      return { bytes: new Uint8Array(RecordBatchStreamWriter.writeAll([batch]).toUint8Array(true)) }
    },
    append: ({ bytes }) => {
      for (const batch of RecordBatchReader.from(bytes)) writer.write(batch)
      return sink.take()
    },
    finish: (manifest) => {
      writer.manifest = manifestText(manifest)
      writer.finish()
      return sink.take()
    }
  }
}
