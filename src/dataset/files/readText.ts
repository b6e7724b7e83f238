import { Effect, Either, Schema, Stream } from "effect"
import { CsvReader, type CsvRecord } from "../../importer/csvRecords.js"
import type { ImportRejected } from "../../importer/ImportRejected.js"
import type { Block } from "../../importer/LineBlocks.js"
import { wholeLine } from "../../importer/Parsed.js"
import type { SourceFile } from "../../importer/SourceFile.js"
import { type Batch, type Cell, type Column, type ColumnType, isTimestampType, timestampFrom } from "../columns.js"
import type { ManifestColumn } from "../Manifest.js"
import { rejected } from "../rejected.js"
import { blocksOfText } from "./textBlocks.js"

const hint = "build the dataset again"

const integerOf = (text: string): Cell | undefined => {
  if (!/^-?\d{1,19}$/u.test(text)) return undefined
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : BigInt(text)
}

const truths: ReadonlyMap<string, boolean> = new Map([["true", true], ["false", false]])

/** A cell of a CSV file; `undefined` for one that its type does not have. Only text may be empty and yet no null. */
const cellOfText = (type: ColumnType, text: string, isCarried: boolean): Cell | undefined => {
  if (text === "") return type === "string" && isCarried ? "" : null
  if (type === "string") return text
  if (isTimestampType(type)) return timestampFrom(type, text)
  if (type === "bool") return truths.get(text)
  if (type === "int") return integerOf(text)
  const number = Number(text)
  return Number.isFinite(number) ? number : undefined
}

/** A cell of an NDJSON file. */
const cellOfJson = (type: ColumnType, value: unknown): Cell | undefined => {
  if (value === null || value === undefined) return null
  if (isTimestampType(type) || type === "int") {
    if (typeof value === "number") return Number.isSafeInteger(value) ? value : undefined
    return typeof value === "string" ? type === "int" ? integerOf(value) : timestampFrom(type, value) : undefined
  }
  if (type === "float") return typeof value === "number" && Number.isFinite(value) ? value : undefined
  if (type === "bool") return typeof value === "boolean" ? value : undefined
  return typeof value === "string" ? value : undefined
}

type Columns = ReadonlyArray<ManifestColumn>

/** Reads rows cell by cell into columns, or says which cell does not fit. */
const batchOf = (
  file: string,
  columns: ReadonlyArray<Column>,
  lines: ReadonlyArray<number>,
  cell: (row: number, column: number) => readonly [read: Cell | undefined, raw: unknown]
): Either.Either<Batch, ImportRejected> => {
  const out = columns.map((): Array<Cell> => [])
  for (let row = 0; row < lines.length; row++) {
    for (let index = 0; index < columns.length; index++) {
      const [read, raw] = cell(row, index)
      if (read === undefined) {
        const { name = "", type = "" } = columns[index] ?? {}
        return Either.left(
          rejected(file, { line: lines[row], field: name, expected: `a value of type ${type}`, actual: raw, hint })
        )
      }
      out[index]?.push(read)
    }
  }
  return Either.right({ rows: lines.length, columns: out })
}

/** The rows of a CSV dataset, typed by its manifest. */
export const csvBatches = (source: SourceFile, columns: Columns) =>
  Stream.suspend(() => {
    const reader = new CsvReader()
    let header = true
    const read = (block: Block) =>
      Effect.gen(function*() {
        const { records: all, refused: [bad], unclosed } = reader.read(block)
        if (bad !== undefined || unclosed !== undefined) {
          const line = bad?.line ?? unclosed
          return yield* rejected(source.path, { line, expected: "a CSV record", actual: bad?.text, hint })
        }
        const records: ReadonlyArray<CsvRecord> = header ? all.slice(1) : all
        const [first] = all
        if (header && first !== undefined) {
          header = false
          const names = columns.map((column) => column.name)
          if (first.cells.length !== names.length || first.cells.some((cell, index) => cell !== names[index])) {
            const expected = `the columns of its manifest: ${names.join(", ")}`
            return yield* rejected(source.path, { line: first.line, expected, actual: first.cells.join(","), hint })
          }
        }
        const torn = records.find(({ cells }) => cells.length !== columns.length)
        if (torn !== undefined) {
          const expected = `${columns.length} cells`
          return yield* rejected(source.path, { line: torn.line, expected, actual: torn.cells.length, hint })
        }
        const types = columns.map(({ role, type }) => ({ type, isCarried: role === "spine" }))
        return yield* batchOf(source.path, columns, records.map(({ line }) => line), (row, index) => {
          const text = records[row]?.cells[index] ?? ""
          const { isCarried = false, type = "string" } = types[index] ?? {}
          return [cellOfText(type, text, isCarried), text]
        })
      })
    const unclosed = Effect.suspend(() =>
      reader.unclosed() === undefined
        ? Effect.void
        : rejected(source.path, {
          line: reader.unclosed(),
          expected: "a quoted cell that ends",
          actual: undefined,
          hint
        })
    )
    return blocksOfText(source, hint).pipe(
      Stream.mapEffect(read),
      Stream.concat(Stream.drain(Stream.fromEffect(unclosed)))
    )
  })

const isRecord = Schema.is(Schema.Record({ key: Schema.String, value: Schema.Unknown }))

/** One JSON object; `undefined` where the text is none. */
export const objectIn = (text: string): Readonly<Record<string, unknown>> | undefined => {
  const parsed = Either.getOrUndefined(Either.try((): unknown => JSON.parse(text)))
  return isRecord(parsed) && !Array.isArray(parsed) ? parsed : undefined
}

/** The rows of an NDJSON dataset, typed by its manifest. */
export const ndjsonBatches = (source: SourceFile, columns: Columns) =>
  Stream.mapEffect(blocksOfText(source, hint), ({ firstLine, text }) =>
    Effect.gen(function*() {
      const objects: Array<Readonly<Record<string, unknown>>> = []
      const lines: Array<number> = []
      for (const [index, line] of text.split("\n").entries()) {
        if (line.trim() === "") continue
        const object = objectIn(line)
        if (object === undefined) {
          const expected = "one JSON object a line"
          return yield* rejected(source.path, {
            line: firstLine + index,
            field: wholeLine,
            expected,
            actual: line,
            hint
          })
        }
        objects.push(object)
        lines.push(firstLine + index)
      }
      return yield* batchOf(source.path, columns, lines, (row, index) => {
        const { name = "", type = "string" } = columns[index] ?? {}
        const raw = objects[row]?.[name]
        return [cellOfJson(type, raw), raw]
      })
    }))
