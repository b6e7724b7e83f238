import { showValue } from "../domain/problems.js"
import { ImportRejected, type LineUnit } from "../importer/ImportRejected.js"
import { SourceFailure } from "../importer/SourceFailure.js"

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

/**
 * A file that a reader gave up on. The operating system names the call that failed; what the reader throws is about the
 * content.
 */
export const unreadable =
  (format: "Parquet" | "Arrow") => (file: string) => (cause: unknown): ImportRejected | SourceFailure =>
    cause instanceof Error && "syscall" in cause
      ? new SourceFailure({ file, operation: "read", reason: cause.message, hint: undefined, cause })
      : rejectedAs(file, `one that cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, {
        expected: `a whole ${format} file`,
        hint: "write or fetch it again"
      })
