import * as FileSystem from "@effect/platform/FileSystem"
import { Effect } from "effect"
import { StorageFailure } from "../store/StorageFailure.js"

/** Takes lines, in order. */
export type Lines = (line: string) => Effect.Effect<void>

/**
 * A file that lines are added to, at its end, each with one write. A line that cannot be written is said in the log and
 * left out: decisions are in the journal before they come here.
 */
export const signalFile = (path: string) =>
  Effect.gen(function*() {
    const files = yield* FileSystem.FileSystem
    const file = yield* files.open(path, { flag: "a" }).pipe(
      Effect.mapError((cause) =>
        new StorageFailure({ operation: `open ${path}`, hint: "check the path and its permissions", cause })
      )
    )
    const encoder = new TextEncoder()
    const write: Lines = (line) =>
      file.writeAll(encoder.encode(`${line}\n`)).pipe(
        Effect.catchAll((failure) =>
          Effect.logWarning("a signal could not be written to its file").pipe(
            Effect.annotateLogs({ file: path, failure: failure.message })
          )
        )
      )
    return write
  })
