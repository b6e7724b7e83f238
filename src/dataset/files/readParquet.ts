import { Effect, Stream } from "effect"
import type { ImportRejected } from "../../importer/ImportRejected.js"
import type { SourceFailure } from "../../importer/SourceFailure.js"
import type { Batch, Cell } from "../columns.js"
import { manifestKey } from "../Manifest.js"
import { blocksOf, openParquet, type ParquetFile, readCells } from "./parquetScan.js"

const asCells = (cells: ReadonlyArray<Cell | Uint8Array>): ReadonlyArray<Cell> =>
  cells.map((cell) => cell instanceof Uint8Array ? null : cell)

const readBlock = (opened: ParquetFile, range: ReturnType<typeof blocksOf>[number]) =>
  Effect.map(
    Effect.forEach(opened.columns, (column) => Effect.map(readCells(opened, column, range), asCells)),
    (columns): Batch => ({ rows: range.rowEnd - range.rowStart, columns })
  )

/** The manifest in a Parquet file, if there is one, and its rows block by block. */
export const openParquetDataset = (file: string) =>
  Effect.map(openParquet(file), (opened) => ({
    manifest: opened.metadata.get(manifestKey),
    names: opened.columns.map((column) => column.name),
    batches: Stream.mapEffect(
      Stream.fromIterable(blocksOf(opened)),
      (range): Effect.Effect<Batch, ImportRejected | SourceFailure> => readBlock(opened, range)
    )
  }))
