import type { EncodedChunk, MaterialisedChunk } from "../FeatureRepository.js"
import { format } from "./answers.js"
import { readCodes, writeCodes } from "./codes.js"
import { readNumbers, writeNumbers } from "./numbers.js"
import { seal, unseal } from "./seal.js"

/** A chunk of materialised answers as it is stored: columns of numbers, those of reasons in few bytes and little time. */
export const encodeChunk = ({ newestAt, reasons, values, ...place }: MaterialisedChunk): EncodedChunk => ({
  ...place,
  data: seal(format, (writer) => {
    writer.u32(place.rows)
    writer.u32(1 + values.length + reasons.length)
    writeNumbers(writer, newestAt)
    for (const column of values) writeNumbers(writer, column)
    for (const column of reasons) writeCodes(writer, column)
  })
})

/** The answers of a stored chunk, bit for bit; or why its bytes cannot be read. */
export const decodeChunk = (
  bytes: Uint8Array
): Pick<MaterialisedChunk, "newestAt" | "values" | "reasons"> | string =>
  unseal(format, bytes, (reader) => {
    const rows = reader.u32()
    const width = (reader.u32() - 1) / 2
    const newestAt = readNumbers(reader, rows)
    const values = Array.from({ length: width }, () => readNumbers(reader, rows))
    return { newestAt, values, reasons: Array.from({ length: width }, () => readCodes(reader, rows)) }
  })
