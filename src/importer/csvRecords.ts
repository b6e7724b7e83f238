import { CsvError, parse } from "csv-parse/sync"
import { Either } from "effect"
import type { FieldProblem } from "../domain/problems.js"
import { wholeLine } from "./Parsed.js"

/** Lines of a CSV file as records; blank lines are none. */
export interface CsvRecords {
  readonly cells: ReadonlyArray<ReadonlyArray<string>>
  /** the line on which each record ends */
  readonly lines: ReadonlyArray<number>
  /** lines that are no record, by number */
  readonly misquoted: ReadonlyMap<number, FieldProblem>
  /** where no record could be read on, because a quoted cell does not end as it should */
  readonly open: OpenQuote | undefined
}

export interface OpenQuote {
  readonly line: number
  /** the text from that line on */
  readonly text: string
  /** whether text that follows may close the cell */
  readonly mayClose: boolean
}

/** Without quotes a line is a record and a comma ends a cell: 5 times faster than a parser. */
const plainRecords = (text: string, firstLine: number): CsvRecords => {
  const cells: Array<ReadonlyArray<string>> = []
  const lines: Array<number> = []
  text.split("\n").forEach((line, index) => {
    if (line === "") return
    cells.push(line.split(","))
    lines.push(firstLine + index)
  })
  return { cells, lines, misquoted: new Map(), open: undefined }
}

/** Where line `line` of `text` begins, counted from 0. */
const startOfLine = (text: string, line: number): number => {
  let at = 0
  for (let i = 0; i < line; i++) at = text.indexOf("\n", at) + 1
  return at
}

const quotedRecords = (text: string, firstLine: number): CsvRecords => {
  const cells: Array<ReadonlyArray<string>> = []
  const lines: Array<number> = []
  const misquoted = new Map<number, FieldProblem>()
  let rest = text
  /** the number of the line before `rest` */
  let before = firstLine - 1
  for (;;) {
    let done = 0
    const outcome = Either.try({
      try: () =>
        parse(rest, {
          record_delimiter: "\n",
          relax_column_count: true,
          skip_empty_lines: true,
          on_record: (record: ReadonlyArray<string>, context) => {
            done = context.lines
            cells.push(record)
            lines.push(before + done)
            return null
          }
        }),
      catch: (error) => error instanceof CsvError ? error : undefined
    })
    if (Either.isRight(outcome)) return { cells, lines, misquoted, open: undefined }
    const error = outcome.left
    if (error?.code !== "INVALID_OPENING_QUOTE" || typeof error.lines !== "number") {
      const from = startOfLine(rest, done)
      const blank = /^\n*/u.exec(rest.slice(from))?.[0].length ?? 0
      const mayClose = error?.code === "CSV_QUOTE_NOT_CLOSED"
      return {
        cells,
        lines,
        misquoted,
        open: { line: before + done + blank + 1, text: rest.slice(from + blank), mayClose }
      }
    }
    // a stray quote spoils its line alone
    const next = startOfLine(rest, error.lines)
    const actual = rest.slice(startOfLine(rest, error.lines - 1), next - 1)
    before += error.lines
    misquoted.set(before, { field: wholeLine, expected: "quotes around whole cells only", actual, hint: undefined })
    rest = rest.slice(next)
  }
}

/** Reads whole lines, of which the first has the number `firstLine`. A line may end in CRLF. */
export const readRecords = (text: string, firstLine: number): CsvRecords => {
  const lines = text.includes("\r") ? text.replaceAll("\r\n", "\n") : text
  return lines.includes("\"") ? quotedRecords(lines, firstLine) : plainRecords(lines, firstLine)
}
