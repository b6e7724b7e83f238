import { Effect, Either, Stream } from "effect"
import type { FieldProblem } from "../../domain/problems.js"
import type { Block } from "../../importer/LineBlocks.js"
import { wholeLine } from "../../importer/Parsed.js"
import type { SourceFile } from "../../importer/SourceFile.js"
import type { Cell, ColumnType } from "../columns.js"
import { objectIn } from "../files/readText.js"
import { blocksOfText } from "../files/textBlocks.js"
import { rejected } from "../rejected.js"
import { type RawRows, spineHint } from "./Spine.js"

/** Above this, and up to where JSON writes exponents, an integer may have lost digits when it was parsed. */
const mayBeRounded = (value: number): boolean =>
  Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e21

const scalar = (field: string, value: unknown): Either.Either<Cell, FieldProblem> => {
  const refuse = (expected: string) => Either.left({ field, expected, actual: value, hint: undefined })
  switch (typeof value) {
    case "string":
    case "boolean":
      return Either.right(value)
    case "number":
      return mayBeRounded(value)
        ? refuse("an integer of at most 53 bits, or the same as text")
        : Number.isFinite(value)
        ? Either.right(value)
        : refuse("a finite number")
    default:
      return value === null ? Either.right(null) : refuse("text, a number, true, false or null")
  }
}

const typeOf = (cell: Cell): ColumnType | undefined =>
  cell === null
    ? undefined
    : typeof cell === "string"
    ? "string"
    : typeof cell === "boolean"
    ? "bool"
    : Number.isInteger(cell)
    ? "int"
    : "float"

const isNumeric = (type: ColumnType) => type === "int" || type === "float"

const called = { string: "text", bool: "true or false", int: "a number", float: "a number" } as const

/** What the columns of a file hold, learned row by row: integers and other numbers are floats together. */
export class ColumnTypes {
  readonly #types = new Map<string, ColumnType | undefined>()

  /** By first appearance; a column of nothing but nulls is text. */
  columns() {
    return [...this.#types].map(([name, type]) => ({ name, type: type ?? "string" as const }))
  }

  /** Takes note of a cell; or says what it should have been, by the rows before it. */
  note(name: string, cell: Cell): string | undefined {
    const known = this.#types.get(name)
    const type = typeOf(cell)
    if (type === undefined || known === undefined || known === type) {
      this.#types.set(name, known ?? type)
      return undefined
    }
    if (isNumeric(known) && isNumeric(type)) {
      this.#types.set(name, "float")
      return undefined
    }
    const word = known === "string" || known === "bool" || known === "int" || known === "float" ? called[known] : known
    return `${word}, as on the lines before`
  }
}

const readBlock = (file: string, types: ColumnTypes, { firstLine, text }: Block) =>
  Effect.gen(function*() {
    const lines: Array<number> = []
    const market: Array<unknown> = []
    const timestamp: Array<unknown> = []
    const carried = new Map<string, Array<Cell>>()
    for (const [index, json] of text.split("\n").entries()) {
      if (json.trim() === "") continue
      const line = firstLine + index
      const refuse = ({ actual, expected, field }: Omit<FieldProblem, "hint">) =>
        rejected(file, { line, field, expected, actual, hint: spineHint })
      const object = objectIn(json)
      if (object === undefined) {
        return yield* refuse({ field: wholeLine, expected: "one JSON object a line", actual: json })
      }
      const row = lines.push(line) - 1
      market.push(object.market)
      timestamp.push(object.timestamp)
      for (const [name, value] of Object.entries(object)) {
        if (name === "market" || name === "timestamp") continue
        const cell = yield* Either.mapLeft(scalar(name, value), refuse)
        const expected = types.note(name, cell)
        if (expected !== undefined) return yield* refuse({ field: name, expected, actual: value })
        const cells = carried.get(name) ?? []
        carried.set(name, cells)
        while (cells.length < row) cells.push(null)
        cells.push(cell)
      }
    }
    for (const cells of carried.values()) while (cells.length < lines.length) cells.push(null)
    const rows: RawRows = {
      rows: lines.length,
      market,
      timestamp,
      carried,
      unit: "line",
      lineOf: (row) => lines[row] ?? 0
    }
    return rows
  })

/** The rows of an NDJSON file; `types` learns what its columns are. */
export const ndjsonRows = (source: SourceFile, types: ColumnTypes) =>
  Stream.mapEffect(blocksOfText(source, spineHint), (block) => readBlock(source.path, types, block))
