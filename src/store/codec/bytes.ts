import { Buffer } from "node:buffer"

/** Typed arrays start at multiples of this, in the bytes as a whole as well as within them. */
export const alignment = 8

const aligned = (at: number): number => Math.ceil(at / alignment) * alignment

/** Some bytes of a buffer, from `offset` on. */
export interface Span {
  readonly buffer: ArrayBufferLike
  readonly offset: number
}

/** Bytes that grow as they are written; little-endian throughout. */
export class ByteWriter {
  // memory of its own and not of node's pool, so that it is aligned
  #buffer = Buffer.allocUnsafeSlow(1024)
  #length = 0

  #room(bytes: number): number {
    const at = this.#length
    this.#length += bytes
    if (this.#length > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.#length, this.#buffer.length * 2))
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

  /**
   * Room for a typed array of so many bytes, which the caller fills, all of it and before anything else is written. It lies
   * at a multiple of 8, so that it can be read where it lies, and holds what the memory held before.
   */
  space(bytes: number): Span {
    // nothing of what the memory held before is written, so that the same content has the same bytes
    const gap = this.#room(aligned(this.#length) - this.#length)
    this.#buffer.fill(0, gap, this.#length)
    const at = this.#room(bytes)
    return { buffer: this.#buffer.buffer, offset: this.#buffer.byteOffset + at }
  }

  /** The raw bytes of a typed array, in the machine's order, which is little-endian on every supported platform. */
  bytes(values: ArrayBufferView): void {
    const { buffer, offset } = this.space(values.byteLength)
    new Uint8Array(buffer, offset).set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
  }

  /** What was written, where it lies: the next that is written may overwrite it. */
  written(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  /** Forgets what was written and keeps the memory. */
  clear(): void {
    this.#length = 0
  }
}

/** Reads back what `ByteWriter` wrote, in the same order; reading past the end gives a RangeError. */
export class ByteReader {
  readonly #buffer: Buffer
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  isAtEnd(): boolean {
    return this.#at === this.#buffer.length
  }

  /** The byte `at` places further on, which is not read yet. */
  ahead(at: number): number {
    return this.#buffer.readUInt8(this.#at + at)
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

  /** The next `length` bytes, for any typed array: where they lie, or as a copy where the memory is not aligned. */
  bytes(length: number): Span {
    const from = aligned(this.#at)
    // a typed array over too few bytes would be told of less clearly
    if (from + length > this.#buffer.length) this.#buffer.readUInt8(this.#buffer.length)
    this.#at = from + length
    const offset = this.#buffer.byteOffset + from
    if (offset % alignment === 0) return { buffer: this.#buffer.buffer, offset }
    const copy = new Uint8Array(length)
    copy.set(this.#buffer.subarray(from, from + length))
    return { buffer: copy.buffer, offset: 0 }
  }
}
