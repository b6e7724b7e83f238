import { Buffer } from "node:buffer"
import { crc32 } from "node:zlib"
import { alignment, ByteReader } from "./bytes.js"

/** format, checksum, and room up to the alignment of the body */
const headerBytes = alignment

/** Puts a format number and a checksum in front, so that a damaged or foreign chunk is told and never read as data. */
export const seal = (format: number, body: Buffer): Buffer => {
  const header = Buffer.alloc(headerBytes)
  header.writeUInt8(format, 0)
  header.writeUInt32LE(crc32(body), 1)
  return Buffer.concat([header, body])
}

/** A reader of the body, or why the bytes are not a chunk of this format. */
export const unseal = (format: number, bytes: Uint8Array): ByteReader | string => {
  if (bytes.length < headerBytes) return "it is cut short"
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, headerBytes)
  const found = header.readUInt8(0)
  if (found !== format) return `its format is ${found}, this program reads ${format}`
  const body = bytes.subarray(headerBytes)
  return crc32(body) === header.readUInt32LE(1) ? new ByteReader(body) : "its checksum does not match its content"
}
