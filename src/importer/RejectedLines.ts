import * as FileSystem from "@effect/platform/FileSystem"
import { Effect } from "effect"
import { showProblem, showValue } from "../domain/problems.js"
import type { Refusal } from "./Parsed.js"
import { sourceFailure } from "./SourceFailure.js"

/** Where the refused lines of a file go. */
const rejectedFileOf = (path: string): string => `${path}.rejected.ndjson`

/** A value as JSON keeps it: a finite number, or text. */
const plain = (value: unknown): string | number =>
  typeof value === "string" || (typeof value === "number" && Number.isFinite(value)) ? value : showValue(value)

const lineOf = ({ line, problem, text }: Refusal): string =>
  JSON.stringify({
    line,
    field: problem.field,
    expected: problem.expected,
    actual: plain(problem.actual),
    problem: showProblem(problem),
    text
  })

/** The refused lines of one file, written beside it as they come; `remove` takes away what is there. */
export const makeRejectedLines = Effect.fnUntraced(function*(path: string) {
  const fs = yield* FileSystem.FileSystem
  const file = rejectedFileOf(path)
  const remove = Effect.mapError(fs.remove(file, { force: true }), sourceFailure(file, "write"))
  let count = 0
  return {
    file,
    remove,
    count: () => count,
    write: (refused: ReadonlyArray<Refusal>) => {
      count += refused.length
      return fs.writeFileString(file, refused.map((each) => `${lineOf(each)}\n`).join(""), { flag: "a" }).pipe(
        Effect.mapError(sourceFailure(file, "write"))
      )
    }
  }
})
