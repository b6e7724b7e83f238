import type * as FileSystem from "@effect/platform/FileSystem"
import { Effect, Stream } from "effect"
import { EventLog } from "../store/EventLog.js"
import type { StorageFailure } from "../store/StorageFailure.js"
import { canonicalMapping, type ColumnMapping } from "./ColumnMapping.js"
import { csvQuotes } from "./csvQuotes.js"
import { readEvents } from "./eventLines.js"
import { type Encoding, type ImportFormat, resolveFormat } from "./ImportFormat.js"
import { type ImportRejected, lineRejected } from "./ImportRejected.js"
import { LineBlocks } from "./LineBlocks.js"
import { parquetQuotes } from "./parquetQuotes.js"
import type { Parsed } from "./Parsed.js"
import { makeRejectedLines } from "./RejectedLines.js"
import type { SourceFailure } from "./SourceFailure.js"
import { contentOf, demandUnchanged, digestOf, openSource, type SourceFile } from "./SourceFile.js"

/** How far an import has come in a file. */
export interface ImportProgress {
  readonly file: string
  /** bytes on disk, or rows of a Parquet file */
  readonly unit: "bytes" | "rows"
  readonly done: number
  readonly total: number
  /** events handed to the log so far; not yet durable */
  readonly events: number
}

export interface ImportOptions {
  /** told by content or name where absent */
  readonly format?: ImportFormat | undefined
  /** what a quotes file calls its columns; events files have none */
  readonly columns?: ColumnMapping | undefined
  /** leaves bad lines out and writes them to `FILE.rejected.ndjson`, instead of refusing the file */
  readonly skipInvalid?: boolean | undefined
  /** called after each batch: some thousand lines, or a row group of Parquet */
  readonly onProgress?: ((progress: ImportProgress) => Effect.Effect<void>) | undefined
  /** called after each file, when it is durable */
  readonly onImported?: ((report: ImportReport) => Effect.Effect<void>) | undefined
}

/** What the import of one file has done. */
export interface ImportReport {
  readonly file: string
  readonly format: ImportFormat
  /** `known`: the same content was imported before, under any name, and nothing was appended */
  readonly outcome: "appended" | "known"
  /** those appended; of a known file, when it was */
  readonly events: number
  /** news that the log had already */
  readonly duplicates: number
  /** lines left out; 0 for a known file, which is not read again */
  readonly rejected: number
  /** where they are, if there are any */
  readonly rejectedFile: string | undefined
  /** the log position after the file */
  readonly sequence: number
}

/** Why a file was not imported. Nothing of it is kept. */
export type ImportFailure = ImportRejected | SourceFailure | StorageFailure

type Count = { done: number; total: number }

const blocksOf = (source: SourceFile, count: Count) =>
  Stream.suspend(() => {
    const lines = new LineBlocks()
    return contentOf(source, (bytes) => void (count.done += bytes)).pipe(
      Stream.mapConcat((bytes) => lines.push(bytes)),
      Stream.concat(Stream.suspend(() => Stream.fromIterable(lines.finish())))
    )
  })

const parse = (
  source: SourceFile,
  encoding: Encoding,
  columns: ColumnMapping,
  count: Count
): Stream.Stream<Parsed, ImportRejected | SourceFailure, FileSystem.FileSystem> => {
  switch (encoding) {
    case "ndjson":
      return Stream.map(blocksOf(source, count), readEvents)
    case "csv":
      return csvQuotes(blocksOf(source, count), source.path, columns)
    case "parquet":
      return parquetQuotes(source.path, columns, (rows, total) => {
        count.done = rows
        count.total = total
      })
  }
}

/**
 * Imports one file as a whole, or nothing of it. The file is read twice, first for its digest: content that the log has
 * already, gzip or not, is not appended again. Memory does not grow with the file, except with the row groups of a Parquet
 * file.
 */
export const importFile = Effect.fn("Importer.importFile")(function*(path: string, options: ImportOptions = {}) {
  const log = yield* EventLog
  const source = yield* openSource(path)
  const { encoding, format } = yield* resolveFormat(source, options.format)
  const columns = options.columns ?? {}
  const digest = yield* digestOf(source, format === "quotes" ? [format, canonicalMapping(columns)] : [format])
  const rejected = yield* makeRejectedLines(path)
  const unit = encoding === "parquet" ? "row" : "line"
  const count: Count = { done: 0, total: source.size }
  let events = 0

  /** Deals with what was refused, and lets the rest pass. */
  const settle = ({ batch, broken, refused }: Parsed) =>
    Effect.gen(function*() {
      const [first] = refused
      if (first !== undefined) {
        if (options.skipInvalid !== true) return yield* lineRejected(path, unit, first.line, first.problem)
        yield* rejected.write(refused)
      }
      if (broken !== undefined) return yield* broken
      events += batch.kind === "quotes" ? batch.market.length : batch.events.length
      yield* options.onProgress?.({ file: path, unit: unit === "row" ? "rows" : "bytes", ...count, events }) ??
        Effect.void
      return batch
    })

  const batches = parse(source, encoding, columns, count).pipe(
    Stream.mapEffect(settle),
    Stream.concat(Stream.drain(Stream.fromEffect(demandUnchanged(source))))
  )
  const start = options.skipInvalid === true ? rejected.remove : Effect.void
  const result = yield* log.importFile({ digest, name: path }, Stream.unwrap(Effect.as(start, batches))).pipe(
    Effect.onError(() => rejected.count() > 0 ? Effect.ignore(rejected.remove) : Effect.void)
  )
  const report: ImportReport = {
    file: path,
    format,
    outcome: result.outcome,
    events: result.events,
    duplicates: result.duplicates,
    rejected: rejected.count(),
    rejectedFile: rejected.count() > 0 ? rejected.file : undefined,
    sequence: result.sequence
  }
  yield* options.onImported?.(report) ?? Effect.void
  return report
})

/** Imports files in the order given, each as a whole. A failure stops; the files before it stay imported. */
export const importFiles = (
  paths: ReadonlyArray<string>,
  options: ImportOptions = {}
): Effect.Effect<ReadonlyArray<ImportReport>, ImportFailure, EventLog | FileSystem.FileSystem> =>
  Effect.forEach(paths, (path) => importFile(path, options))
