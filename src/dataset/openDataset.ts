import * as FileSystem from "@effect/platform/FileSystem"
import { Effect, Either, Stream } from "effect"
import type { ImportRejected } from "../importer/ImportRejected.js"
import { type SourceFailure, sourceFailure } from "../importer/SourceFailure.js"
import { openSource } from "../importer/SourceFile.js"
import type { Batch } from "./columns.js"
import { type DatasetFormat, formatOfFile } from "./DatasetFormat.js"
import { openArrowDataset } from "./files/readArrow.js"
import { openParquetDataset } from "./files/readParquet.js"
import { csvBatches, ndjsonBatches } from "./files/readText.js"
import { type Manifest, manifestFileOf, parseManifest } from "./Manifest.js"
import { rejectedAs } from "./rejected.js"

/** A dataset: its manifest, and its rows in order, with the columns that the manifest names. */
export interface OpenDataset {
  readonly format: DatasetFormat
  readonly manifest: Manifest
  readonly batches: Stream.Stream<Batch, ImportRejected | SourceFailure, FileSystem.FileSystem>
}

const noManifest = (file: string, place: string) =>
  rejectedAs(file, `none ${place}`, {
    expected: "the manifest of a dataset",
    hint: "`feature-store dataset build` writes one; a CSV or NDJSON file needs its .manifest.json beside it"
  })

const manifestIn = (file: string, place: string, text: string | undefined) =>
  text === undefined
    ? Either.left(noManifest(file, place))
    : Either.mapLeft(parseManifest(text), () => noManifest(file, place))

/** The manifest beside a file that has no place for it. */
const manifestBeside = Effect.fnUntraced(function*(file: string) {
  const fs = yield* FileSystem.FileSystem
  const path = manifestFileOf(file)
  const exists = yield* Effect.mapError(fs.exists(path), sourceFailure(path))
  if (!exists) return yield* noManifest(file, `in it, nor beside it in ${path}`)
  const text = yield* Effect.mapError(fs.readFileString(path), sourceFailure(path))
  return yield* manifestIn(path, "in it", text)
})

/** Fails where a file does not hold the rows of which its manifest speaks. */
const demandWhole =
  (file: string, { rows }: Manifest) =>
  <R>(batches: Stream.Stream<Batch, ImportRejected | SourceFailure, R>): OpenDataset["batches"] | typeof batches =>
    Stream.suspend(() => {
      let read = 0
      return batches.pipe(
        Stream.map((batch) => {
          read += batch.rows
          return batch
        }),
        Stream.concat(
          Stream.drain(
            Stream.fromEffect(Effect.suspend(() =>
              read === rows ? Effect.void : rejectedAs(file, `${read}`, {
                expected: `${rows} rows, as its manifest says`,
                hint: "file and manifest are not of one build: build the dataset again"
              })
            ))
          )
        )
      )
    })

/** Opens a dataset of any format. Parquet and Arrow are told by their extension, as they are written. */
export const openDataset = Effect.fn("Dataset.open")(function*(file: string) {
  const source = yield* openSource(file)
  const format = yield* Either.mapLeft(
    formatOfFile(file),
    (hint) => rejectedAs(file, "another one", { expected: "a dataset: .parquet, .csv, .ndjson or .arrow", hint })
  )
  if (format === "csv" || format === "ndjson") {
    const manifest = yield* manifestBeside(file)
    const batches = format === "csv" ? csvBatches(source, manifest.columns) : ndjsonBatches(source, manifest.columns)
    const opened: OpenDataset = { format, manifest, batches: demandWhole(file, manifest)(batches) }
    return opened
  }
  const { batches, manifest: text, names } = yield* format === "parquet"
    ? openParquetDataset(file)
    : openArrowDataset(file)
  const manifest = yield* manifestIn(file, "in its metadata", text)
  if (names.length !== manifest.columns.length || manifest.columns.some(({ name }, index) => name !== names[index])) {
    return yield* rejectedAs(file, names.join(", "), {
      expected: `the columns of its manifest: ${manifest.columns.map(({ name }) => name).join(", ")}`,
      hint: "build the dataset again"
    })
  }
  const opened: OpenDataset = { format, manifest, batches: demandWhole(file, manifest)(batches) }
  return opened
})
