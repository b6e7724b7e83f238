import type * as FileSystem from "@effect/platform/FileSystem"
import type { Stream } from "effect"
import type { MarketId } from "../../domain/MarketId.js"
import type { ImportRejected, LineUnit } from "../../importer/ImportRejected.js"
import type { SourceFailure } from "../../importer/SourceFailure.js"
import type { Cell, Column } from "../columns.js"
import type { Manifest } from "../Manifest.js"

/** Rows of a spine: what is asked, and the columns that are carried through, each of as many cells. */
export interface SpineBlock {
  readonly markets: ReadonlyArray<MarketId>
  /** instants */
  readonly timestamps: Float64Array
  readonly carried: ReadonlyArray<ReadonlyArray<Cell>>
}

/** What is known of a spine before its rows are answered: it has been read once, and every row of it is fit. */
export interface Spine {
  /** the columns behind `market` and `timestamp` */
  readonly carried: ReadonlyArray<Column>
  readonly rows: number
  /** null of a spine without rows */
  readonly first: number | null
  readonly last: number | null
  readonly digest: Manifest["spine"]
  /** the rows in order, `blockRows` at a time */
  readonly blocks: Stream.Stream<SpineBlock, ImportRejected | SourceFailure, FileSystem.FileSystem>
}

/** Some rows as a file has them, not yet checked. Cells of carried columns are by name; a missing column is all nulls. */
export interface RawRows {
  readonly rows: number
  readonly market: ArrayLike<unknown>
  /** as `instantOf` reads them */
  readonly timestamp: ArrayLike<unknown>
  readonly carried: ReadonlyMap<string, ReadonlyArray<Cell>>
  readonly unit: LineUnit
  /** the line or row of the file, from 1 */
  readonly lineOf: (row: number) => number
}

export const spineHint = "correct the spine and build again; nothing was written"
