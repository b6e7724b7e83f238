import type { Batch } from "../columns.js"
import type { Manifest } from "../Manifest.js"

/** Turns batches into the bytes of a file, in order. What a call returns is valid until the next one. */
export interface Encoder {
  readonly write: (batch: Batch) => ReadonlyArray<Uint8Array>
  /** The end of the file, and with it the manifest where the format has a place for it. */
  readonly finish: (manifest: Manifest) => ReadonlyArray<Uint8Array>
}
