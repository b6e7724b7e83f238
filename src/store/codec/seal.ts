import { Buffer } from "node:buffer"
import { crc32 } from "node:zlib"
import { alignment, ByteReader, ByteWriter } from "./bytes.js"

/** format and checksum, four bytes each: the body stays aligned */
const headerBytes = alignment

/** Memory for what is being written: as large as the largest chunk so far, which is copied out of it. */
const memory = new ByteWriter()

/**
 * What `write` writes, behind a format number and a checksum, so that a damaged or foreign chunk is told and never read as
 * data. Nothing else is sealed meanwhile.
 */
export const seal = (format: number, write: (writer: ByteWriter) => void): Buffer => {
  memory.clear()
  memory.u32(format)
  memory.u32(0)
  write(memory)
  const sealed = Buffer.from(memory.written())
  sealed.writeUInt32LE(crc32(sealed.subarray(headerBytes)), 4)
  return sealed
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
