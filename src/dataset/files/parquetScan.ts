import { Effect, Either } from "effect"
import { asyncBufferFromFile, type ParquetScan, parquetScan, parquetSchema, type SchemaTree } from "hyparquet"
import { compressors } from "hyparquet-compressors"
import type { ImportRejected } from "../../importer/ImportRejected.js"
import type { SourceFailure } from "../../importer/SourceFailure.js"
import { blockRows, type Cell, type ColumnType } from "../columns.js"
import { unreadable } from "../rejected.js"

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** Timestamps stay what they are in the file; bytes that are no text stay bytes. */
const parsers = {
  timestampFromMilliseconds: (value: bigint) => value,
  timestampFromMicroseconds: (value: bigint) => value,
  timestampFromNanoseconds: (value: bigint) => value,
  stringFromBytes: (bytes: Uint8Array | undefined) =>
    bytes === undefined ? undefined : Either.getOrElse(Either.try(() => utf8.decode(bytes)), () => bytes)
}

const refused = unreadable("Parquet")

/** A column of a Parquet file, with the type that it has in a dataset; `undefined` for one that none has. */
export interface ParquetColumn {
  readonly name: string
  readonly type: ColumnType | undefined
  /** what the file calls its type */
  readonly called: string
}

const plainTypes: Readonly<Record<string, ColumnType>> = {
  STRING: "string",
  ENUM: "string",
  UTF8: "string",
  INTEGER: "int",
  INT_8: "int",
  INT_16: "int",
  INT_32: "int",
  INT_64: "int",
  UINT_8: "int",
  UINT_16: "int",
  UINT_32: "int",
  INT32: "int",
  INT64: "int",
  DOUBLE: "float",
  FLOAT: "float",
  FLOAT16: "float",
  BOOLEAN: "bool",
  TIMESTAMP_MILLIS: "timestamp[ms, UTC]",
  TIMESTAMP_MICROS: "timestamp[us, UTC]"
}

const units = { MILLIS: "ms", MICROS: "us", NANOS: "ns" } as const

const columnOf = ({ children, element }: SchemaTree): ParquetColumn => {
  const { converted_type: converted, logical_type: logical, name, repetition_type: repetition, type } = element
  const called = logical?.type ?? converted ?? type ?? "unknown"
  if (children.length > 0 || repetition === "REPEATED") return { name, type: undefined, called: "nested values" }
  if (logical?.type === "TIMESTAMP") {
    const unit = units[logical.unit]
    return { name, type: logical.isAdjustedToUTC ? `timestamp[${unit}, UTC]` : `timestamp[${unit}]`, called }
  }
  const isUnsigned64 = logical?.type === "INTEGER" && logical.bitWidth === 64 && !logical.isSigned
  return { name, type: isUnsigned64 ? undefined : plainTypes[called], called: isUnsigned64 ? "UINT_64" : called }
}

/** An open Parquet file. */
export interface ParquetFile {
  readonly file: string
  readonly scan: ParquetScan
  readonly columns: ReadonlyArray<ParquetColumn>
  readonly rows: number
  /** key-value metadata of the footer */
  readonly metadata: ReadonlyMap<string, string>
}

export const openParquet = Effect.fnUntraced(function*(file: string) {
  const scan = yield* Effect.tryPromise({
    try: async () => parquetScan({ file: await asyncBufferFromFile(file), compressors, parsers, geoparquet: false }),
    catch: refused(file)
  })
  const { children } = yield* Effect.try({ try: () => parquetSchema(scan.metadata), catch: refused(file) })
  const rows = scan.ranges.reduce((sum, { rowEnd, rowStart }) => sum + rowEnd - rowStart, 0)
  if (rows !== Number(scan.metadata.num_rows)) {
    return yield* refused(file)(`its row groups hold ${rows} of ${scan.metadata.num_rows} rows`)
  }
  const metadata = new Map((scan.metadata.key_value_metadata ?? []).map(({ key, value = "" }) => [key, value]))
  const opened: ParquetFile = { file, scan, columns: children.map(columnOf), rows, metadata }
  return opened
})

/** A range of rows within one row group. */
interface Range {
  readonly rowStart: number
  readonly rowEnd: number
}

/** The rows of a file in portions of at most a block. */
export const blocksOf = ({ scan }: ParquetFile): ReadonlyArray<Range & { readonly group: Range }> =>
  scan.ranges.flatMap((group) =>
    Array.from({ length: Math.ceil((group.rowEnd - group.rowStart) / blockRows) }, (_, block) => {
      const rowStart = group.rowStart + block * blockRows
      return { rowStart, rowEnd: Math.min(group.rowEnd, rowStart + blockRows), group }
    })
  )

const isCell = (value: unknown): value is Cell => {
  switch (typeof value) {
    case "string":
    case "number":
    case "bigint":
    case "boolean":
      return true
    default:
      return value === null
  }
}

/** Integers of up to 53 bits as numbers, so that a value is the same cell from every format. */
const plain = (value: unknown): unknown =>
  typeof value === "bigint" && value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER
    ? Number(value)
    : value

/** Cells of a column of a file; a value that no dataset holds (bytes that are no text) is left as it is. */
export const readCells = (
  { file, scan }: ParquetFile,
  { name, type }: ParquetColumn,
  { group, rowEnd, rowStart }: Range & { readonly group: Range }
): Effect.Effect<ReadonlyArray<Cell | Uint8Array>, ImportRejected | SourceFailure> =>
  Effect.gen(function*() {
    const read = (range: Range) =>
      Effect.tryPromise({ try: () => scan.readColumn({ column: name, ...range }), catch: refused(file) })
    // a row group is decoded once: the scan keeps what it read last of each column
    yield* read({ rowStart: group.rowStart, rowEnd: group.rowEnd })
    const values: ArrayLike<unknown> = yield* read({ rowStart, rowEnd })
    if (values.length !== rowEnd - rowStart) {
      return yield* refused(file)(`column ${name} holds ${values.length} of ${rowEnd - rowStart} values`)
    }
    const cells: Array<Cell | Uint8Array> = []
    for (let row = 0; row < values.length; row++) {
      const value = (type === "int" ? plain(values[row]) : values[row]) ?? null
      cells.push(isCell(value) || value instanceof Uint8Array ? value : null)
    }
    return cells
  })
