import type { ByteReader, ByteWriter } from "./bytes.js"
import { Encoding, readNumbers } from "./numbers.js"

/**
 * Writes a column of codes below 256, such as reasons, as `writeNumbers` might write it: a frame of whole numbers, no byte
 * wide where all are the same, which is most.
 */
export const writeCodes = (writer: ByteWriter, codes: Uint8Array): void => {
  const [first = 0] = codes
  let others = 0
  for (let i = 0; i < codes.length; i++) others |= (codes[i] ?? 0) ^ first
  const width = others === 0 ? 0 : 1
  // nothing is absent
  writer.u8(0)
  writer.u8(Encoding.values)
  writer.u8(width)
  writer.f64(width === 0 ? first : 0)
  writer.f64(1)
  if (width === 1) writer.bytes(codes)
}

/** Reads a column of `length` codes, however `writeCodes` or `writeNumbers` wrote them. */
export const readCodes = (reader: ByteReader, length: number): Uint8Array => {
  const isFrame = reader.ahead(0) === 0 && reader.ahead(1) === Encoding.values && reader.ahead(2) <= 1
  if (!isFrame) return Uint8Array.from(readNumbers(reader, length))
  reader.u8()
  reader.u8()
  const width = reader.u8()
  const base = reader.f64()
  const unit = reader.f64()
  if (width === 0) return base === 0 ? new Uint8Array(length) : new Uint8Array(length).fill(base)
  const { buffer, offset } = reader.bytes(length)
  const packed = new Uint8Array(buffer, offset, length)
  return base === 0 && unit === 1 ? packed : packed.map((above) => base + above * unit)
}
