import { Effect, Stream } from "effect"
import { type Cell, type Column, isTimestampType, timestampOf } from "../columns.js"
import { blocksOf, openParquet, type ParquetColumn, type ParquetFile, readCells } from "../files/parquetScan.js"
import { rejected, rejectedAs } from "../rejected.js"
import { carriedNames } from "./checkRows.js"
import { type RawRows, spineHint } from "./Spine.js"

const millisPer = { ms: 1n, us: 1_000n, ns: 1_000_000n } as const

/** Cells of the timestamp column as instants are read: digits below a millisecond are cut. */
const asMillis = ({ type }: ParquetColumn, cells: ReadonlyArray<unknown>): ReadonlyArray<unknown> =>
  type === undefined || !isTimestampType(type)
    ? cells
    : cells.map((cell) => typeof cell === "bigint" ? cell / millisPer[timestampOf(type).unit] : cell)

const expectedTypes = {
  market: "text",
  timestamp: "integers in ms, TIMESTAMP adjusted to UTC, or text"
} as const

const isFit = ({ name, type }: ParquetColumn): boolean =>
  name === "market"
    ? type === "string"
    : name === "timestamp"
    ? type === "int" || type === "float" || type === "string" || (type?.endsWith("UTC]") ?? false)
    : type !== undefined

/** Opens a spine of Parquet: its columns are typed, and its types are kept. */
export const openParquetSpine = (file: string) =>
  Effect.gen(function*() {
    const opened = yield* openParquet(file)
    const names = yield* carriedNames(file, opened.columns.map(({ name }) => name), undefined)
    for (const column of opened.columns) {
      if (isFit(column)) continue
      const { called, name } = column
      const expected = name === "market" || name === "timestamp"
        ? `a column of ${expectedTypes[name]}`
        : "a column of text, integers, floats, booleans or timestamps"
      return yield* rejectedAs(file, called, {
        field: name,
        expected,
        hint: `cast or drop ${name}; nothing was written`
      })
    }
    const carried = opened.columns.flatMap(({ name, type }): ReadonlyArray<Column> =>
      type !== undefined && names.includes(name) ? [{ name, type }] : []
    )
    return { carried, rows: rowsOf(opened, carried) }
  })

const rowsOf = (opened: ParquetFile, carried: ReadonlyArray<Column>) =>
  Stream.mapEffect(Stream.fromIterable(blocksOf(opened)), (range) =>
    Effect.gen(function*() {
      const cells = new Map<string, ReadonlyArray<Cell | Uint8Array>>()
      for (const column of opened.columns) cells.set(column.name, yield* readCells(opened, column, range))
      const checked = new Map<string, ReadonlyArray<Cell>>()
      for (const { name } of carried) {
        const own: Array<Cell> = []
        for (const [row, cell] of (cells.get(name) ?? []).entries()) {
          if (cell instanceof Uint8Array) {
            const line = range.rowStart + row + 1
            const refused = { line, unit: "row", field: name, expected: "UTF-8 text", hint: spineHint } as const
            return yield* rejected(opened.file, { ...refused, actual: "bytes that are none" })
          }
          own.push(cell)
        }
        checked.set(name, own)
      }
      const timestamp = opened.columns.find(({ name }) => name === "timestamp")
      const times = cells.get("timestamp") ?? []
      const rows: RawRows = {
        rows: range.rowEnd - range.rowStart,
        market: cells.get("market") ?? [],
        timestamp: timestamp === undefined ? times : asMillis(timestamp, times),
        carried: checked,
        unit: "row",
        lineOf: (row) => range.rowStart + row + 1
      }
      return rows
    }))
