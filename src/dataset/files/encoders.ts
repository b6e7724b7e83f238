import type { Column } from "../columns.js"
import type { DatasetFormat } from "../DatasetFormat.js"
import { arrowEncoder } from "./encodeArrow.js"
import { parquetEncoder } from "./encodeParquet.js"
import type { Encoder } from "./Encoder.js"
import { csvEncoder, ndjsonEncoder } from "./encodeText.js"

/** How each format is written. */
export const encoders: Readonly<Record<DatasetFormat, (columns: ReadonlyArray<Column>) => Encoder>> = {
  parquet: parquetEncoder,
  csv: csvEncoder,
  ndjson: ndjsonEncoder,
  arrow: arrowEncoder
}
