import { CsvError, parse } from "csv-parse/sync"
import { Either } from "effect"
import type { Block } from "./LineBlocks.js"
import { longestLine, type Refusal, wholeLine } from "./Parsed.js"

/** A record of a CSV file: its cells and the number of its first line. */
export interface CsvRecord {
  readonly line: number
  readonly cells: ReadonlyArray<string>
}

/** What some lines of a CSV file hold; blank lines hold nothing. */
export interface CsvRecords {
  readonly records: ReadonlyArray<CsvRecord>
  /** lines that are no record */
  readonly refused: ReadonlyArray<Refusal>
  /** the line of a quoted cell that does not end as it should: no record can be told from there on */
  readonly unclosed: number | undefined
  /** a record as it stands in the file */
  readonly textOf: (record: CsvRecord) => string
}

/** Text that begins on a certain line. */
interface Lines {
  readonly text: string
  readonly firstLine: number
}

const newlinesIn = (text: string): number => text.split("\n").length - 1

const heightOf = (cells: ReadonlyArray<string>): number => cells.reduce((sum, cell) => sum + newlinesIn(cell), 0)

const textIn = ({ firstLine, text }: Lines) => {
  let lines: ReadonlyArray<string> | undefined
  return ({ cells, line }: CsvRecord): string => {
    lines ??= text.split("\n")
    return lines.slice(line - firstLine, line - firstLine + heightOf(cells) + 1).join("\n")
  }
}

/** Without quotes a line is a record and a comma ends a cell, and five times faster than with a parser. */
const plainRecords = ({ firstLine, text }: Lines): ReadonlyArray<CsvRecord> => {
  const records: Array<CsvRecord> = []
  text.split("\n").forEach((line, index) => {
    if (line !== "") records.push({ line: firstLine + index, cells: line.split(",") })
  })
  return records
}

/** Where line `line` of `text` begins, both counted from 0: its end where it has no such line. */
const startOfLine = (text: string, line: number): number => {
  let at = 0
  for (let i = 0; i < line; i++) {
    const newline = text.indexOf("\n", at)
    if (newline < 0) return text.length
    at = newline + 1
  }
  return at
}

/** The whole lines in which a text begins: at least so many characters, where it has them. */
const beginning = (text: string, characters: number): string => {
  const newline = text.indexOf("\n", characters)
  return newline < 0 ? text : text.slice(0, newline + 1)
}

/** Characters that are parsed next after a stray quote: all of the rest each time would take quadratic time. */
const afterStray = 1_024

interface Quoted {
  readonly records: ReadonlyArray<CsvRecord>
  /** lines with a quote in the middle of a cell */
  readonly stray: ReadonlyArray<CsvRecord>
  /** from the record on that has no end here; `mayClose` where more text may end it */
  readonly open: (Lines & { readonly mayClose: boolean }) | undefined
}

const quotedRecords = ({ firstLine, text }: Lines): Quoted => {
  const records: Array<CsvRecord> = []
  const stray: Array<CsvRecord> = []
  let rest: Lines = { text, firstLine }
  for (let reach = text.length;; reach *= 2) {
    const part = beginning(rest.text, reach)
    const isRest = part.length === rest.text.length
    let done = 0
    const outcome = Either.try({
      try: () =>
        parse(part, {
          record_delimiter: "\n",
          relax_column_count: true,
          skip_empty_lines: true,
          on_record: (cells: ReadonlyArray<string>, { lines }) => {
            done = lines
            records.push({ line: rest.firstLine + lines - 1 - heightOf(cells), cells })
            return null
          }
        }),
      catch: (error) => error instanceof CsvError ? error : undefined
    })
    if (Either.isRight(outcome)) {
      if (isRest) return { records, stray, open: undefined }
      rest = { text: rest.text.slice(part.length), firstLine: rest.firstLine + newlinesIn(part) }
      continue
    }
    const error = outcome.left
    if (error?.code !== "INVALID_OPENING_QUOTE" || typeof error.lines !== "number") {
      const from = rest.text.slice(startOfLine(rest.text, done))
      const blank = from.search(/[^\n]/u)
      const open = { text: from.slice(blank), firstLine: rest.firstLine + done + blank }
      const mayClose = error?.code === "CSV_QUOTE_NOT_CLOSED"
      if (isRest || !mayClose) return { records, stray, open: { ...open, mayClose } }
      rest = open
      continue
    }
    // such a quote spoils its line alone
    stray.push({ line: rest.firstLine + error.lines - 1, cells: [] })
    rest = { text: rest.text.slice(startOfLine(rest.text, error.lines)), firstLine: rest.firstLine + error.lines }
    reach = afterStray / 2
  }
}

/** Reads a CSV file block by block. It holds one record that is not complete. */
export class CsvReader {
  #open: Lines | undefined

  read(block: Block): CsvRecords {
    const text = block.text.includes("\r") ? block.text.replaceAll("\r\n", "\n") : block.text
    const isQuoted = text.includes("\"")
    const lines = this.#open === undefined
      ? { text, firstLine: block.firstLine }
      : { text: this.#open.text + text, firstLine: this.#open.firstLine }
    const isOpen = this.#open !== undefined
    const { open, records, stray } = isQuoted
      ? quotedRecords(lines)
      : isOpen
      ? { records: [], stray: [], open: { ...lines, mayClose: true } }
      : { records: plainRecords(lines), stray: [], open: undefined }
    const isWaiting = open?.mayClose === true && open.text.length <= longestLine
    this.#open = isWaiting ? open : undefined
    const textOf = textIn(lines)
    const expected = "quotes around whole cells only"
    return {
      records,
      refused: [
        ...block.refused,
        ...stray.map((record): Refusal => {
          const actual = textOf(record)
          return { line: record.line, problem: { field: wholeLine, expected, actual, hint: undefined }, text: actual }
        })
      ],
      unclosed: isWaiting ? undefined : open?.firstLine,
      textOf
    }
  }

  /** At the end of the file: the line of a quoted cell that never ended. */
  unclosed(): number | undefined {
    return this.#open?.firstLine
  }
}
