import { Effect, Either, Stream } from "effect"
import { asyncBufferFromFile, type ParquetScan, parquetScan, parquetSchema } from "hyparquet"
import { compressors } from "hyparquet-compressors"
import { Buffer } from "node:buffer"
import type { ColumnMapping, QuoteColumn } from "./ColumnMapping.js"
import { fileRejected, type ImportRejected } from "./ImportRejected.js"
import { type ParquetColumn, parquetColumns } from "./parquetColumns.js"
import type { Parsed } from "./Parsed.js"
import { type Cells, MarketIds, type QuoteCells, readQuotes } from "./quoteCells.js"
import { SourceFailure } from "./SourceFailure.js"

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** Cells as quotes take them: instants in ms, digits below a millisecond cut; bytes that are no text stay bytes. */
const parsers = {
  timestampFromMilliseconds: Number,
  timestampFromMicroseconds: (micros: bigint) => Number(micros / 1_000n),
  timestampFromNanoseconds: (nanos: bigint) => Number(nanos / 1_000_000n),
  stringFromBytes: (bytes: Uint8Array | undefined) =>
    bytes === undefined ? undefined : Either.getOrElse(Either.try(() => utf8.decode(bytes)), () => bytes)
}

/** The operating system names the call that failed; what the reader throws is about the content. */
const refused = (path: string) => (cause: unknown): ImportRejected | SourceFailure =>
  cause instanceof Error && "syscall" in cause
    ? new SourceFailure({ file: path, operation: "read", reason: cause.message, hint: undefined, cause })
    : fileRejected(path, {
      expected: "a whole Parquet file",
      actual: `one that cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      hint: "write or fetch it again"
    })

/** Decimals come multiplied by a power of ten in binary; this is the number that their digits say. */
const exact = (cells: Cells, scale: number): Cells =>
  Array.from(cells, (cell) => typeof cell === "number" ? Number(cell.toFixed(Math.min(scale, 100))) : cell)

interface RowGroup {
  readonly rowStart: number
  readonly rowEnd: number
}

const readGroup = (
  path: string,
  scan: ParquetScan,
  columns: ReadonlyArray<ParquetColumn>,
  { rowEnd, rowStart }: RowGroup
) =>
  Effect.gen(function*() {
    const rows = rowEnd - rowStart
    const cells: { [Column in QuoteColumn]?: Cells } = {}
    for (const { column, name, scale } of columns) {
      const read: Cells = yield* Effect.tryPromise({
        try: () => scan.readColumn({ column: name, rowStart, rowEnd }),
        catch: refused(path)
      })
      if (read.length !== rows) {
        return yield* refused(path)(`column ${name} holds ${read.length} of ${rows} values`)
      }
      cells[column] = scale === undefined ? read : exact(read, scale)
    }
    return { rows, columns: cells }
  })

/** JSON has no NaN, no bigint and no bytes: in the text of a refused row they are strings. */
const asJson = (_: string, value: unknown): unknown =>
  typeof value === "bigint" || (typeof value === "number" && !Number.isFinite(value))
    ? String(value)
    : value instanceof Uint8Array
    ? Buffer.from(value).toString("utf8")
    : value

/** A row as text: its cells by their names in the file. */
const rowText = (columns: ReadonlyArray<ParquetColumn>, cells: QuoteCells["columns"], row: number): string =>
  JSON.stringify(Object.fromEntries(columns.map(({ column, name }) => [name, cells[column]?.[row] ?? null])), asJson)

const open = Effect.fnUntraced(function*(path: string, mapping: ColumnMapping) {
  const scan = yield* Effect.tryPromise({
    try: async () => parquetScan({ file: await asyncBufferFromFile(path), compressors, parsers, geoparquet: false }),
    catch: refused(path)
  })
  const schema = yield* Effect.try({ try: () => parquetSchema(scan.metadata), catch: refused(path) })
  const columns = yield* Either.mapLeft(parquetColumns(schema, mapping), (missing) => fileRejected(path, missing))
  const rows = scan.ranges.reduce((sum, { rowEnd, rowStart }) => sum + rowEnd - rowStart, 0)
  if (rows !== Number(scan.metadata.num_rows)) {
    return yield* refused(path)(`its row groups hold ${rows} of ${scan.metadata.num_rows} rows`)
  }
  return { scan, columns, rows }
})

/**
 * The quotes of a Parquet file, one row group at a time; `onRead` is told how many rows have been read, and of how many.
 * Columns that no quote has are not read. The reader trusts what pages say of themselves: damage inside a file that
 * is not cut short may exhaust memory instead of being refused. Nothing is kept then either.
 */
export const parquetQuotes = (
  path: string,
  mapping: ColumnMapping,
  onRead: (rows: number, total: number) => void
): Stream.Stream<Parsed, ImportRejected | SourceFailure> =>
  Stream.unwrap(Effect.map(open(path, mapping), ({ columns, rows, scan }) => {
    const markets = new MarketIds()
    return Stream.mapEffect(
      Stream.fromIterable(scan.ranges),
      (group) =>
        Effect.map(readGroup(path, scan, columns, group), (cells): Parsed => {
          onRead(group.rowEnd, rows)
          const { batch, refused: problems } = readQuotes(cells, markets)
          return {
            batch,
            refused: [...problems].sort(([a], [b]) => a - b).map(([row, problem]) => ({
              line: group.rowStart + row + 1,
              problem,
              text: rowText(columns, cells.columns, row)
            }))
          }
        })
    )
  }))
