import type { SchemaElement } from "hyparquet"
import { ByteWriter, ParquetWriter } from "hyparquet-writer"
import { type Cell, type Column, type ColumnType, isTimestampType, keyColumns, timestampOf } from "../columns.js"
import { manifestKey, manifestText } from "../Manifest.js"
import type { Encoder } from "./Encoder.js"

const units = { ms: "MILLIS", us: "MICROS", ns: "NANOS" } as const

const physical = (type: ColumnType): Omit<SchemaElement, "name"> => {
  if (isTimestampType(type)) {
    const { isUtc, unit } = timestampOf(type)
    return { type: "INT64", logical_type: { type: "TIMESTAMP", isAdjustedToUTC: isUtc, unit: units[unit] } }
  }
  switch (type) {
    case "float":
      return { type: "DOUBLE" }
    case "int":
      return { type: "INT64" }
    case "bool":
      return { type: "BOOLEAN" }
    case "string":
      return { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } }
  }
}

const elementOf = ({ name, type }: Column, index: number): SchemaElement => ({
  name,
  ...physical(type),
  repetition_type: index < keyColumns.length ? "REQUIRED" : "OPTIONAL"
})

const integers = (cells: ReadonlyArray<Cell>): Array<bigint | null> =>
  cells.map((cell) => typeof cell === "number" || typeof cell === "bigint" ? BigInt(cell) : null)

/** Parquet: a row group a batch, compressed with Snappy, dictionaries where they pay. */
export const parquetEncoder = (columns: ReadonlyArray<Column>): Encoder => {
  const sink = new ByteWriter()
  const writer = new ParquetWriter({
    writer: sink,
    schema: [{ name: "root", num_children: columns.length }, ...columns.map(elementOf)]
  })
  const take = () => {
    const bytes = sink.getBytes()
    sink.index = 0
    return [bytes]
  }
  return {
    write: (batch) => {
      // the writer is asynchronous only over a sink that is
      void writer.write({
        rowGroupSize: Math.max(1, batch.rows),
        columnData: columns.map(({ name, type }, index) => {
          const cells = batch.columns[index] ?? []
          return { name, data: type === "int" || isTimestampType(type) ? integers(cells) : [...cells] }
        })
      })
      return take()
    },
    finish: (manifest) => {
      writer.kvMetadata = [{ key: manifestKey, value: manifestText(manifest) }]
      void writer.finish()
      return take()
    }
  }
}
