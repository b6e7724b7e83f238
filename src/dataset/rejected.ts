import { showValue } from "../domain/problems.js"
import { ImportRejected, type LineUnit } from "../importer/ImportRejected.js"

interface Refused {
  /** counted from 1; absent where the file as a whole is refused */
  readonly line?: number | undefined
  readonly unit?: LineUnit | undefined
  readonly field?: string | undefined
  readonly expected: string
  /** shown as a message shows values */
  readonly actual: unknown
  readonly hint: string
}

/** A file of a training set, or a spine, that is refused: nothing was written. */
export const rejected = (file: string, { actual, expected, field, hint, line, unit = "line" }: Refused) =>
  new ImportRejected({ file, line, unit, field, expected, actual: showValue(actual), hint })

/** The same where what was there is said in words. */
export const rejectedAs = (file: string, actual: string, refused: Omit<Refused, "actual">) => {
  const { expected, field, hint, line, unit = "line" } = refused
  return new ImportRejected({ file, line, unit, field, expected, actual, hint })
}
