import { Either, Stream } from "effect"
import type { FieldProblem } from "../domain/problems.js"
import { type ColumnMapping, type ColumnPlaces, placeColumns, quoteColumns } from "./ColumnMapping.js"
import { type CsvRecords, readRecords } from "./csvRecords.js"
import { fileRejected, type ImportRejected } from "./ImportRejected.js"
import type { Block } from "./LineBlocks.js"
import { longestLine, type Parsed, type Refusal, wholeLine } from "./Parsed.js"
import { type Cells, MarketIds, readQuotes } from "./quoteCells.js"

interface Header {
  readonly cells: number
  readonly places: ColumnPlaces
}

/** Reads a CSV file of quotes, block by block: a header, then one quote a record. Other columns are ignored. */
class CsvQuotes {
  readonly #file: string
  readonly #mapping: ColumnMapping
  readonly #markets = new MarketIds()
  #header: Header | undefined
  /** a record whose quoted cell the next block may close */
  #open: { readonly line: number; readonly text: string } | undefined

  constructor(file: string, mapping: ColumnMapping) {
    this.#file = file
    this.#mapping = mapping
  }

  read(block: Block): Parsed {
    const text = this.#open === undefined ? block.text : this.#open.text + block.text
    const firstLine = this.#open?.line ?? block.firstLine
    const records = readRecords(text, firstLine)
    const { open } = records
    const isWaiting = open?.mayClose === true && open.text.length <= longestLine
    this.#open = isWaiting ? open : undefined
    const broken = open === undefined || isWaiting ? undefined : this.#unclosed(open.line)
    return this.#quotes(records, block.refused, text, firstLine, broken)
  }

  finish(): Parsed {
    const broken = this.#open !== undefined
      ? this.#unclosed(this.#open.line)
      : this.#header === undefined
      ? fileRejected(this.#file, { expected: "a header line and quotes", actual: "no header" })
      : undefined
    return { batch: readQuotes({ rows: 0, columns: {} }, this.#markets).batch, refused: [], broken }
  }

  #unclosed(line: number): ImportRejected {
    return fileRejected(this.#file, {
      line,
      field: wholeLine,
      expected: "quoted cells that end with a quote before a comma or the line's end",
      actual: "one that does not",
      hint: "what follows cannot be told apart, so --skip-invalid does not help"
    })
  }

  #quotes(
    { cells, lines, misquoted }: CsvRecords,
    unreadable: ReadonlyArray<Refusal>,
    text: string,
    firstLine: number,
    broken: ImportRejected | undefined
  ): Parsed {
    let from = 0
    const first = cells[0]
    if (this.#header === undefined && first !== undefined) {
      const places = placeColumns(first, this.#mapping)
      if (Either.isLeft(places)) {
        return { ...this.finish(), broken: fileRejected(this.#file, { line: lines[0], ...places.left }) }
      }
      this.#header = { cells: first.length, places: places.right }
      from = 1
    }
    const header = this.#header ?? { cells: 0, places: {} }
    const problems = new Map<number, FieldProblem>()
    const rows: Array<number> = []
    for (let record = from; record < cells.length; record++) {
      const actual = cells[record]?.length
      if (actual === header.cells) rows.push(record)
      else {
        const expected = `${header.cells} cells, as the header has`
        problems.set(lines[record] ?? 0, { field: wholeLine, expected, actual, hint: undefined })
      }
    }
    const columns: { [Column in typeof quoteColumns[number]]?: Cells } = {}
    for (const column of quoteColumns) {
      const place = header.places[column]
      if (place !== undefined) columns[column] = rows.map((record) => cells[record]?.[place])
    }
    const { batch, refused } = readQuotes({ rows: rows.length, columns }, this.#markets)
    for (const [row, problem] of refused) problems.set(lines[rows[row] ?? 0] ?? 0, problem)
    for (const [line, problem] of misquoted) problems.set(line, problem)
    return { batch, refused: [...unreadable, ...withText(problems, text, firstLine)].sort((a, b) => a.line - b.line), broken }
  }
}

/** Refusals with their lines as they stand in the file; of a record over several lines, the last. */
const withText = (
  problems: ReadonlyMap<number, FieldProblem>,
  text: string,
  firstLine: number
): ReadonlyArray<Refusal> => {
  if (problems.size === 0) return []
  const lines = text.split("\n")
  return [...problems].map(([line, problem]) => ({
    line,
    problem,
    text: lines[line - firstLine]?.replace(/\r$/u, "") ?? ""
  }))
}

/** The quotes of a CSV file, from its lines. */
export const csvQuotes = <E, R>(
  blocks: Stream.Stream<Block, E, R>,
  file: string,
  mapping: ColumnMapping
): Stream.Stream<Parsed, E, R> =>
  Stream.suspend(() => {
    const quotes = new CsvQuotes(file, mapping)
    return Stream.concat(Stream.map(blocks, (block) => quotes.read(block)), Stream.sync(() => quotes.finish()))
  })
