import * as FileSystem from "@effect/platform/FileSystem"
import { Effect, Exit } from "effect"
import { type SourceFailure, sourceFailure } from "../importer/SourceFailure.js"
import type { Batch, Column } from "./columns.js"
import { type DatasetFormat, embedsManifest } from "./DatasetFormat.js"
import { DatasetRefused } from "./DatasetRefused.js"
import type { Part } from "./files/Encoder.js"
import { encoders } from "./files/encoders.js"
import { type Manifest, manifestFileOf, manifestText } from "./Manifest.js"

/** A dataset that is being written. */
export interface DatasetWriter {
  readonly write: (batch: Batch) => Effect.Effect<void, SourceFailure>
  /** Writes rows that were encoded before, for a dataset of this format and columns. */
  readonly append: (part: Part) => Effect.Effect<void, SourceFailure>
  /** Ends the file and puts it in its place, whole and durable. */
  readonly finish: (manifest: Manifest) => Effect.Effect<void, SourceFailure>
}

/** Fails where a file of the name is there and may not be replaced. */
export const demandFree = Effect.fnUntraced(function*(file: string, overwrite: boolean) {
  const fs = yield* FileSystem.FileSystem
  const exists = yield* Effect.mapError(fs.exists(file), sourceFailure(file, "write"))
  if (!exists || overwrite) return
  return yield* new DatasetRefused({
    problem: `${file} is there already`,
    hint: "--overwrite replaces it and says what has changed; or write to another file"
  })
})

/** Where a file is written until it is whole. */
const unfinished = (file: string): string => `${file}.unfinished`

/** Writes bytes to a new file; gone with the scope unless it was moved away. */
const openTemporary = Effect.fnUntraced(function*(file: string) {
  const fs = yield* FileSystem.FileSystem
  const path = unfinished(file)
  const failed = sourceFailure(file, "write")
  const opened = yield* Effect.mapError(fs.open(path, { flag: "w" }), failed)
  yield* Effect.addFinalizer((exit) => Exit.isSuccess(exit) ? Effect.void : Effect.ignore(fs.remove(path)))
  return {
    write: (bytes: Uint8Array) => bytes.length === 0 ? Effect.void : Effect.mapError(opened.writeAll(bytes), failed),
    /** Makes it durable under its own name, in the place of what was there. */
    settle: Effect.mapError(Effect.zipRight(opened.sync, fs.rename(path, file)), failed)
  }
})

/** The folder's own entry: without it a renamed file may be gone after a power loss. */
const syncFolder = Effect.fnUntraced(function*(file: string) {
  const fs = yield* FileSystem.FileSystem
  const folder = file.replace(/[^/\\]*$/u, "") || "."
  // not every system lets a folder be opened
  yield* Effect.ignore(Effect.scoped(Effect.flatMap(fs.open(folder), (opened) => opened.sync)))
})

/**
 * Writes a dataset beside its place and puts it there when it is whole: on any failure nothing is left behind, and a
 * file of that name stays as it was.
 */
export const writeDataset = Effect.fnUntraced(function*(
  file: string,
  format: DatasetFormat,
  columns: ReadonlyArray<Column>
) {
  const fs = yield* FileSystem.FileSystem
  const encoder = encoders[format](columns)
  const data = yield* openTemporary(file)
  const beside = manifestFileOf(file)
  const writeAll = (chunks: ReadonlyArray<Uint8Array>) => Effect.forEach(chunks, data.write, { discard: true })
  const append = (part: Part) => Effect.suspend(() => writeAll(encoder.append(part)))
  const writer: DatasetWriter = {
    write: (batch) => Effect.suspend(() => append(encoder.encode(batch))),
    append,
    finish: (manifest) =>
      Effect.gen(function*() {
        yield* writeAll(encoder.finish(manifest))
        if (embedsManifest(format)) return yield* data.settle
        const text = yield* openTemporary(beside)
        yield* text.write(new TextEncoder().encode(`${manifestText(manifest)}\n`))
        // between the two renames there is no manifest, rather than one of other data
        yield* Effect.mapError(fs.remove(beside, { force: true }), sourceFailure(beside, "write"))
        yield* data.settle
        yield* text.settle
      }).pipe(
        Effect.scoped,
        Effect.zipRight(syncFolder(file)),
        Effect.provideService(FileSystem.FileSystem, fs),
        Effect.uninterruptible
      )
  }
  return writer
})
