import type { OffsetIndex, RowGroup } from "hyparquet"
import type { Batch } from "../columns.js"
import type { Manifest } from "../Manifest.js"

/** Rows as they will stand in a file, wherever in it: in memory of its own, which may go to another thread. */
export interface Part {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** of a Parquet file, what its footer says of them, with places in `bytes` */
  readonly rowGroup?: {
    readonly group: RowGroup
    readonly pages: ReadonlyArray<OffsetIndex | undefined>
  }
}

/** Turns batches into the bytes of a file: rows by themselves first, then, in their order, in their place. */
export interface Encoder {
  /** Depends on nothing but the batch, so that any thread may do it, and in any order. */
  readonly encode: (batch: Batch) => Part
  /** What of the file comes next. It is valid until the next call. */
  readonly append: (part: Part) => ReadonlyArray<Uint8Array>
  /** The end of the file, and with it the manifest where the format has a place for it. */
  readonly finish: (manifest: Manifest) => ReadonlyArray<Uint8Array>
}
