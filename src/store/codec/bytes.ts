import { Buffer } from "node:buffer"

/** Bytes that grow as they are written; little-endian throughout. */
export class ByteWriter {
  #buffer = Buffer.allocUnsafe(1024)
  #length = 0

  #room(bytes: number): number {
    const at = this.#length
    this.#length += bytes
    if (this.#length > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#length, this.#buffer.length * 2))
      this.#buffer.copy(larger, 0, 0, at)
      this.#buffer = larger
    }
    return at
  }

  u8(value: number): void {
    const at = this.#room(1)
    this.#buffer[at] = value
  }

  u32(value: number): void {
    const at = this.#room(4)
    this.#buffer.writeUInt32LE(value, at)
  }

  f64(value: number): void {
    const at = this.#room(8)
    this.#buffer.writeDoubleLE(value, at)
  }

  /** The raw bytes of a typed array, in the machine's order, which is little-endian on every supported platform. */
  bytes(values: ArrayBufferView): void {
    const at = this.#room(values.byteLength)
    this.#buffer.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at)
  }

  finish(): Buffer {
    return Buffer.from(this.#buffer.subarray(0, this.#length))
  }
}

/** Reads back what `ByteWriter` wrote, in the same order; reading past the end gives a RangeError. */
export class ByteReader {
  readonly #buffer: Buffer
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  u8(): number {
    return this.#buffer.readUInt8(this.#at++)
  }

  u32(): number {
    const value = this.#buffer.readUInt32LE(this.#at)
    this.#at += 4
    return value
  }

  f64(): number {
    const value = this.#buffer.readDoubleLE(this.#at)
    this.#at += 8
    return value
  }

  /** A copy of the next `length` bytes, aligned for any typed array. */
  bytes(length: number): ArrayBuffer {
    const copy = new Uint8Array(length)
    copy.set(this.#buffer.subarray(this.#at, this.#at + length))
    this.#at += length
    return copy.buffer
  }
}
