import type { Buffer } from "node:buffer"
import { readNumbers, writeNumbers } from "./numbers.js"
import { seal, unseal } from "./seal.js"

/** Columns of numbers of one length. */
export const format = 2

/** How served answers are stored; materialised ones: see `chunks.ts`. */
export const encodeColumns = (rows: number, columns: ReadonlyArray<Float64Array>): Buffer =>
  seal(format, (writer) => {
    writer.u32(rows)
    writer.u32(columns.length)
    for (const column of columns) writeNumbers(writer, column)
  })

/** The columns bit for bit, or why the bytes cannot be read. */
export const decodeColumns = (bytes: Uint8Array): ReadonlyArray<Float64Array> | string =>
  unseal(format, bytes, (reader) => {
    const rows = reader.u32()
    return Array.from({ length: reader.u32() }, () => readNumbers(reader, rows))
  })
