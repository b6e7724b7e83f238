import type * as FileSystem from "@effect/platform/FileSystem"
import { Effect, Stream } from "effect"
import { encodingOf } from "../../importer/ImportFormat.js"
import type { ImportRejected } from "../../importer/ImportRejected.js"
import { MarketIds } from "../../importer/quoteCells.js"
import type { SourceFailure } from "../../importer/SourceFailure.js"
import { demandUnchanged, openSource, type SourceFile } from "../../importer/SourceFile.js"
import { RowBlocks, type RowForm } from "../blocks.js"
import type { Column } from "../columns.js"
import { rejectedAs } from "../rejected.js"
import { checkRows } from "./checkRows.js"
import { csvRows } from "./csvSpine.js"
import { ColumnTypes, ndjsonRows } from "./ndjsonSpine.js"
import { openParquetSpine } from "./parquetSpine.js"
import { type RawRows, type Spine, type SpineBlock, spineHint } from "./Spine.js"
import { SpineDigest } from "./SpineDigest.js"

const spineForm: RowForm<SpineBlock> = {
  rows: ({ markets }) => markets.length,
  slice: ({ carried, markets, timestamps }, from, to) => ({
    markets: markets.slice(from, to),
    timestamps: timestamps.slice(from, to),
    carried: carried.map((cells) => cells.slice(from, to))
  }),
  concat: (parts) => {
    const markets = parts.flatMap((part) => part.markets)
    const timestamps = new Float64Array(markets.length)
    let at = 0
    for (const part of parts) {
      timestamps.set(part.timestamps, at)
      at += part.timestamps.length
    }
    const carried = (parts[0]?.carried ?? []).map((_, index) => parts.flatMap((part) => part.carried[index] ?? []))
    return { markets, timestamps, carried }
  }
}

/** The same rows in whole blocks. */
const inBlocks = <E, R>(rows: Stream.Stream<SpineBlock, E, R>): Stream.Stream<SpineBlock, E, R> =>
  Stream.suspend(() => {
    const blocks = new RowBlocks(spineForm)
    return rows.pipe(
      Stream.mapConcat((some) => blocks.push(some)),
      Stream.concat(Stream.suspend(() => Stream.fromIterable(blocks.finish())))
    )
  })

/** A way to read a file, which can be gone over again; `carried` is complete once it has been read to the end. */
interface Reading {
  readonly rows: Stream.Stream<RawRows, ImportRejected | SourceFailure, FileSystem.FileSystem>
  readonly carried: () => ReadonlyArray<Column>
}

const readingOf = Effect.fnUntraced(function*(source: SourceFile) {
  const encoding = encodingOf(source)
  if (encoding === undefined || (encoding === "parquet" && (source.isGzip || !source.isParquet))) {
    return yield* rejectedAs(source.path, "another one", {
      expected: "a spine that ends in .csv, .ndjson or .jsonl (.gz may follow), or a Parquet file",
      hint: spineHint
    })
  }
  if (encoding === "parquet") {
    const { carried, rows } = yield* openParquetSpine(source.path)
    const reading: Reading = { rows, carried: () => carried }
    return reading
  }
  if (encoding === "ndjson") {
    const types = new ColumnTypes()
    const reading: Reading = { rows: ndjsonRows(source, types), carried: () => types.columns() }
    return reading
  }
  let names: ReadonlyArray<string> = []
  const reading: Reading = {
    rows: csvRows(source, (given) => {
      names = given
    }),
    carried: () => names.map((name) => ({ name, type: "string" }))
  }
  return reading
})

/**
 * Opens a spine in a file. It is read once here, so that every row is known to be fit before anything is computed, and
 * once more as its rows are answered; a file that changes in between is a failure.
 */
export const openSpine = Effect.fn("Dataset.openSpine")(function*(file: string) {
  const source = yield* openSource(file)
  const { carried, rows: raw } = yield* readingOf(source)
  const ids = new MarketIds()
  const digest = new SpineDigest()
  let [rows, first, last] = [0, Infinity, -Infinity]
  yield* Stream.runForEach(raw, (some) =>
    Effect.gen(function*() {
      const columns = carried()
      const block = yield* checkRows(file, some, columns, ids)
      digest.add(columns.map(({ name }) => name), block)
      rows += some.rows
      for (const at of block.timestamps) {
        if (at < first) first = at
        if (at > last) last = at
      }
    }))
  const columns = carried()
  const spine: Spine = {
    carried: columns,
    rows,
    first: rows === 0 ? null : first,
    last: rows === 0 ? null : last,
    digest: digest.finish(columns),
    blocks: raw.pipe(
      Stream.mapEffect((some) => checkRows(file, some, columns, ids)),
      inBlocks,
      Stream.concat(Stream.drain(Stream.fromEffect(demandUnchanged(source))))
    )
  }
  return spine
})
