import { Schema } from "effect"
import { type FieldProblem, showValue } from "../domain/problems.js"

/** What lines of text and rows of a Parquet file are called in messages. */
export type LineUnit = "line" | "row"

/**
 * A file holds something that is refused; nothing of it was kept. `message` names the place, the expectation and what
 * was there, and says on a second line what to do.
 */
export class ImportRejected extends Schema.TaggedError<ImportRejected>()("ImportRejected", {
  file: Schema.String,
  /** counted from 1; absent where the file as a whole is refused */
  line: Schema.UndefinedOr(Schema.Int),
  unit: Schema.Literal("line", "row"),
  /** `bids[3][0]`; the name in this project, also where `--columns` maps another to it */
  field: Schema.UndefinedOr(Schema.String),
  expected: Schema.String,
  /** what was there, as shown to a person */
  actual: Schema.String,
  hint: Schema.String
}) {
  override get message(): string {
    const place = this.line === undefined ? "" : this.unit === "row" ? ` row ${this.line}:` : `${this.line}:`
    const field = this.field === undefined ? "" : ` ${this.field}:`
    return `${this.file}:${place}${field} expected ${this.expected}, got ${this.actual}\n${this.hint}`
  }
}

const nothingKept = "nothing of this file was kept"

/** One bad line, which `--skip-invalid` would leave out. */
export const lineRejected = (file: string, unit: LineUnit, line: number, problem: FieldProblem): ImportRejected =>
  new ImportRejected({
    file,
    line,
    unit,
    field: problem.field,
    expected: problem.expected,
    actual: showValue(problem.actual) + (problem.hint === undefined ? "" : ` (${problem.hint})`),
    hint: `${nothingKept}; --skip-invalid imports the other ${unit}s`
  })

interface WholeFile {
  readonly line?: number | undefined
  readonly field?: string | undefined
  readonly expected: string
  readonly actual: string
  readonly hint?: string | undefined
}

/** What no skipping of lines can mend. */
export const fileRejected = (file: string, { actual, expected, field, hint, line }: WholeFile): ImportRejected =>
  new ImportRejected({
    file,
    line,
    unit: "line",
    field,
    expected,
    actual,
    hint: hint === undefined ? nothingKept : `${nothingKept}; ${hint}`
  })
