import { Buffer } from "node:buffer"
import { crc32 } from "node:zlib"
import { alignment, ByteReader } from "./bytes.js"

/** format and checksum, four bytes each: the body stays aligned */
const headerBytes = alignment

/** Puts a format number and a checksum in front, so that a damaged or foreign chunk is told and never read as data. */
export const seal = (format: number, body: Buffer): Buffer => {
  const header = Buffer.allocUnsafe(headerBytes)
  header.writeUInt32LE(format, 0)
  header.writeUInt32LE(crc32(body), 4)
  return Buffer.concat([header, body])
}

/** What `read` makes of the body, all of it; or why the bytes are not a chunk of this format. */
export const unseal = <A>(format: number, bytes: Uint8Array, read: (reader: ByteReader) => A): A | string => {
  if (bytes.length < headerBytes) return "it is cut short"
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, headerBytes)
  const found = header.readUInt32LE(0)
  if (found !== format) return `its format is ${found}, this program reads ${format}`
  const body = bytes.subarray(headerBytes)
  if (crc32(body) !== header.readUInt32LE(4)) return "its checksum does not match its content"
  const reader = new ByteReader(body)
  try {
    const content = read(reader)
    return reader.isAtEnd() ? content : "its content goes on where it should end"
  } catch {
    return "its content is not what its format says"
  }
}
