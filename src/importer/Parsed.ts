import type { FieldProblem } from "../domain/problems.js"
import type { EventBatch, QuoteBatch } from "../store/EventLog.js"
import type { ImportRejected } from "./ImportRejected.js"

/** A line that was refused; of a Parquet file, a row. */
export interface Refusal {
  /** counted from 1 */
  readonly line: number
  readonly problem: FieldProblem
  /** the line as it stands in the file; of a Parquet row, its cells as JSON */
  readonly text: string
}

/** A part of a file, read: what is good of it and what is not. */
export interface Parsed {
  readonly batch: QuoteBatch | EventBatch
  /** in the order of lines */
  readonly refused: ReadonlyArray<Refusal>
  /** why the file cannot be read beyond this part, where it cannot */
  readonly broken?: ImportRejected | undefined
}

/** The most bytes of one line, and about the most of one record of a CSV file. */
export const longestLine = 16 * 1024 * 1024

/** Stands for the field in problems of a line as a whole. */
export const wholeLine = "(line)"
