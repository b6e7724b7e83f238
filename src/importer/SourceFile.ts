import * as NodeStream from "@effect/platform-node/NodeStream"
import * as FileSystem from "@effect/platform/FileSystem"
import { Effect, Option, Stream } from "effect"
import { createHash } from "node:crypto"
import { createGunzip } from "node:zlib"
import { fileRejected, type ImportRejected } from "./ImportRejected.js"
import { SourceFailure, sourceFailure } from "./SourceFailure.js"

/** Bytes read or unpacked at a time. */
const chunkBytes = 262_144

/** A regular file as it was when the import began. */
export interface SourceFile {
  readonly path: string
  /** bytes on disk */
  readonly size: number
  /** ms since the epoch by the file system; only compared with itself */
  readonly modified: number | undefined
  readonly isGzip: boolean
  readonly isParquet: boolean
}

const startsWith = (bytes: Uint8Array, magic: ReadonlyArray<number>): boolean =>
  magic.every((byte, index) => bytes[index] === byte)

const failed = (file: string, reason: string, hint: string) =>
  new SourceFailure({ file, operation: "read", reason, hint, cause: reason })

const state = Effect.fnUntraced(function*(path: string) {
  const fs = yield* FileSystem.FileSystem
  const { mtime, size, type } = yield* Effect.mapError(fs.stat(path), sourceFailure(path))
  if (type === "Directory") return yield* failed(path, "it is a directory", "name the files in it")
  if (type !== "File") {
    return yield* failed(path, `it is a ${type}`, "write it to a file first: an import reads it twice")
  }
  return { size: Number(size), modified: Option.getOrUndefined(mtime)?.getTime() }
})

/** Looks at a file before it is read. Compression and Parquet are told by the first bytes, not by the name. */
export const openSource = Effect.fnUntraced(function*(path: string) {
  const fs = yield* FileSystem.FileSystem
  const { modified, size } = yield* state(path)
  const start = yield* fs.stream(path, { bytesToRead: 4 }).pipe(
    Stream.runHead,
    Effect.mapBoth({ onFailure: sourceFailure(path), onSuccess: Option.getOrElse(() => new Uint8Array()) })
  )
  const source: SourceFile = {
    path,
    size,
    modified,
    isGzip: startsWith(start, [0x1f, 0x8b]),
    isParquet: startsWith(start, [0x50, 0x41, 0x52, 0x31])
  }
  return source
})

/** Fails where the file has changed since it was opened: its digest would not be that of what was imported. */
export const demandUnchanged = (source: SourceFile) =>
  Effect.flatMap(state(source.path), ({ modified, size }) =>
    size === source.size && modified === source.modified
      ? Effect.void
      : failed(source.path, "it changed while it was read", "import it when it is complete"))

/** The file's bytes as they are on disk; `onRead` is told how many, chunk by chunk. */
const rawContent = (source: SourceFile, onRead: (bytes: number) => void) =>
  Stream.unwrap(
    Effect.map(FileSystem.FileSystem, (fs) =>
      fs.stream(source.path, { chunkSize: chunkBytes }).pipe(
        Stream.mapError(sourceFailure(source.path)),
        Stream.map((bytes) => {
          onRead(bytes.length)
          return bytes
        })
      ))
  )

/** The file's content, unpacked where it is gzip. */
export const contentOf = (
  source: SourceFile,
  onRead: (bytes: number) => void = () => undefined
): Stream.Stream<Uint8Array, ImportRejected | SourceFailure, FileSystem.FileSystem> =>
  source.isGzip
    ? NodeStream.pipeThroughDuplex(
      rawContent(source, onRead),
      () => createGunzip({ chunkSize: chunkBytes }),
      (cause) =>
        fileRejected(source.path, {
          expected: "a whole gzip file",
          actual: `a damaged one: ${cause instanceof Error ? cause.message : String(cause)}`,
          hint: "fetch it again"
        })
    )
    : rawContent(source, onRead)

/** sha256 over the unpacked content and what decides how it is read: a file and its gzip are one. */
export const digestOf = Effect.fnUntraced(function*(source: SourceFile, reading: ReadonlyArray<string>) {
  const hash = createHash("sha256")
  yield* Stream.runForEach(contentOf(source), (bytes) => Effect.sync(() => hash.update(bytes)))
  return hash.update(JSON.stringify(reading)).digest("hex")
})
