import type { Buffer } from "node:buffer"
import { ByteWriter } from "./bytes.js"
import { readNumbers, writeNumbers } from "./numbers.js"
import { seal, unseal } from "./seal.js"

const format = 2

/** Columns of numbers of one length: how materialised and served answers are stored. */
export const encodeColumns = (rows: number, columns: ReadonlyArray<Float64Array>): Buffer => {
  const writer = new ByteWriter()
  writer.u32(rows)
  writer.u32(columns.length)
  for (const column of columns) writeNumbers(writer, column)
  return seal(format, writer.finish())
}

/** The columns bit for bit, or why the bytes cannot be read. */
export const decodeColumns = (bytes: Uint8Array): ReadonlyArray<Float64Array> | string =>
  unseal(format, bytes, (reader) => {
    const rows = reader.u32()
    return Array.from({ length: reader.u32() }, () => readNumbers(reader, rows))
  })
