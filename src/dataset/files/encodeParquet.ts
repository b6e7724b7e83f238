import type { OffsetIndex, RowGroup, SchemaElement } from "hyparquet"
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

/** A row group that was written somewhere, where it stands `by` bytes further on. */
const moveGroup = (group: RowGroup, by: bigint): RowGroup => ({
  ...group,
  columns: group.columns.map((chunk) => ({
    ...chunk,
    file_offset: chunk.file_offset + by,
    ...chunk.meta_data === undefined ? {} : {
      meta_data: {
        ...chunk.meta_data,
        data_page_offset: chunk.meta_data.data_page_offset + by,
        ...chunk.meta_data.dictionary_page_offset === undefined
          ? {}
          : { dictionary_page_offset: chunk.meta_data.dictionary_page_offset + by }
      }
    }
  }))
})

const movePages = ({ page_locations, ...index }: OffsetIndex, by: bigint): OffsetIndex => ({
  ...index,
  page_locations: page_locations.map((location) => ({ ...location, offset: location.offset + by }))
})

/** Parquet: a row group a batch, compressed with Snappy, dictionaries where they pay. */
export const parquetEncoder = (columns: ReadonlyArray<Column>): Encoder => {
  const schema = [{ name: "root", num_children: columns.length }, ...columns.map(elementOf)]
  const sink = new ByteWriter()
  const writer = new ParquetWriter({ writer: sink, schema })
  const take = () => {
    const bytes = sink.getBytes()
    sink.index = 0
    return [bytes]
  }
  let usualBytes = 1_024
  return {
    encode: (batch) => {
      const own = new ByteWriter(usualBytes)
      const alone = new ParquetWriter({ writer: own, schema })
      const head = own.offset
      // the writer is asynchronous only over a sink that is
      void alone.write({
        rowGroupSize: Math.max(1, batch.rows),
        columnData: columns.map(({ name, type }, index) => {
          const cells = batch.columns[index] ?? []
          return { name, data: type === "int" || isTimestampType(type) ? integers(cells) : [...cells] }
        })
      })
      usualBytes = Math.max(usualBytes, own.offset)
      const bytes = new Uint8Array(own.buffer, head, own.offset - head)
      const [group] = alone.row_groups
      return group === undefined ? { bytes } : {
        bytes,
        rowGroup: {
          group: moveGroup(group, -BigInt(head)),
          pages: alone.pendingIndexes.map(({ offsetIndex }) =>
            offsetIndex === undefined ? undefined : movePages(offsetIndex, -BigInt(head))
          )
        }
      }
    },
    append: ({ bytes, rowGroup }) => {
      if (rowGroup === undefined) return []
      const here = BigInt(sink.offset)
      const group = moveGroup(rowGroup.group, here)
      writer.row_groups.push(group)
      writer.num_rows += group.num_rows
      group.columns.forEach((chunk, index) => {
        const pages = rowGroup.pages[index]
        writer.pendingIndexes.push(pages === undefined ? { chunk } : { chunk, offsetIndex: movePages(pages, here) })
      })
      sink.appendBytes(bytes)
      return take()
    },
    finish: (manifest) => {
      writer.kvMetadata = [{ key: manifestKey, value: manifestText(manifest) }]
      void writer.finish()
      return take()
    }
  }
}
