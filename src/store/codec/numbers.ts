import type { ByteReader, ByteWriter, Span } from "./bytes.js"

/**
 * A column of float64 in few bytes, exactly. Integer columns are stored as multiples of their common divisor above their
 * minimum (frame of reference; Zukowski et al. 2006), of the values or of the steps between them, whichever is narrower;
 * anything else is stored as it is. NaN is absence and goes into a bitmap. Decoding is one multiply and add a value.
 */
const Encoding = { raw: 0, values: 1, steps: 2 } as const

interface Frame {
  readonly base: number
  readonly unit: number
  /** bytes a value: 0 where all are the base */
  readonly width: 0 | 1 | 2 | 4 | 8
}

const divisor = (a: number, b: number): number => {
  while (b !== 0) [a, b] = [b, a % b]
  return a
}

/** The frame of the integers `at(0..length)`; width 8 where none is narrower than float64. */
const frameOf = (length: number, at: (index: number) => number): Frame => {
  let least = Infinity
  let most = -Infinity
  for (let i = 0; i < length; i++) {
    const value = at(i)
    if (value < least) least = value
    if (value > most) most = value
  }
  if (most === least) return { base: least, unit: 1, width: 0 }
  let unit = 0
  for (let i = 0; i < length && unit !== 1; i++) {
    const above = at(i) - least
    if (unit === 0 || above % unit !== 0) unit = divisor(above, unit)
  }
  // beyond 2^53 neither a step nor the distance from the minimum is exact
  const isExact = [least, most, most - least].every(Number.isSafeInteger)
  const span = isExact ? (most - least) / unit : Infinity
  return { base: least, unit, width: span < 256 ? 1 : span < 65_536 ? 2 : span < 4_294_967_296 ? 4 : 8 }
}

const allIntegers = (values: Float64Array): boolean => {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? NaN
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) return false
  }
  return true
}

/** Unsigned integers of `width` bytes over a part of a buffer. */
const cells = (width: number, length: number, { buffer, offset }: Span) =>
  width === 1
    ? new Uint8Array(buffer, offset, length)
    : width === 2
    ? new Uint16Array(buffer, offset, length)
    : new Uint32Array(buffer, offset, length)

const writeFrame = (writer: ByteWriter, frame: Frame, length: number, at: (index: number) => number): void => {
  writer.u8(frame.width)
  writer.f64(frame.base)
  writer.f64(frame.unit)
  if (frame.width === 0) return
  const packed = cells(frame.width, length, { buffer: new ArrayBuffer(length * frame.width), offset: 0 })
  for (let i = 0; i < length; i++) packed[i] = (at(i) - frame.base) / frame.unit
  writer.bytes(packed)
}

const writeDense = (writer: ByteWriter, values: Float64Array): void => {
  if (values.length > 0 && allIntegers(values)) {
    const value = (i: number) => values[i] ?? 0
    const step = (i: number) => (values[i + 1] ?? 0) - (values[i] ?? 0)
    const plain = frameOf(values.length, value)
    const steps = values.length > 1 ? frameOf(values.length - 1, step) : plain
    if (steps.width < plain.width && Number.isSafeInteger(steps.base)) {
      writer.u8(Encoding.steps)
      writer.f64(value(0))
      return writeFrame(writer, steps, values.length - 1, step)
    }
    if (plain.width < 8) {
      writer.u8(Encoding.values)
      return writeFrame(writer, plain, values.length, value)
    }
  }
  writer.u8(Encoding.raw)
  writer.bytes(values)
}

const readFrame = (reader: ByteReader, length: number, out: Float64Array, from: number): void => {
  const width = reader.u8()
  const base = reader.f64()
  const unit = reader.f64()
  if (width === 0) {
    out.fill(base, from, from + length)
    return
  }
  const { buffer, offset } = reader.bytes(length * width)
  // one loop a type: a loop that meets several types of array is several times slower
  if (width === 1) {
    const packed = new Uint8Array(buffer, offset, length)
    for (let i = 0; i < length; i++) out[from + i] = base + (packed[i] ?? 0) * unit
  } else if (width === 2) {
    const packed = new Uint16Array(buffer, offset, length)
    for (let i = 0; i < length; i++) out[from + i] = base + (packed[i] ?? 0) * unit
  } else {
    const packed = new Uint32Array(buffer, offset, length)
    for (let i = 0; i < length; i++) out[from + i] = base + (packed[i] ?? 0) * unit
  }
}

const readDense = (reader: ByteReader, length: number): Float64Array => {
  const encoding = reader.u8()
  if (encoding === Encoding.raw) {
    const { buffer, offset } = reader.bytes(length * 8)
    return new Float64Array(buffer, offset, length)
  }
  const out = new Float64Array(length)
  if (encoding === Encoding.values) {
    readFrame(reader, length, out, 0)
    return out
  }
  let value = reader.f64()
  readFrame(reader, length - 1, out, 1)
  out[0] = value
  for (let i = 1; i < length; i++) {
    value += out[i] ?? 0
    out[i] = value
  }
  return out
}

/** Writes a column; its length is the reader's to know. */
export const writeNumbers = (writer: ByteWriter, values: Float64Array): void => {
  let absent = 0
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) absent++
  writer.u8(absent === 0 ? 0 : 1)
  if (absent === 0) return writeDense(writer, values)
  const present = new Uint8Array(Math.ceil(values.length / 8))
  const dense = new Float64Array(values.length - absent)
  let next = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? NaN
    if (Number.isNaN(value)) continue
    present[i >> 3] = (present[i >> 3] ?? 0) | (1 << (i & 7))
    dense[next++] = value
  }
  writer.bytes(present)
  writer.u32(dense.length)
  writeDense(writer, dense)
}

/** Reads a column of `length` values, bit for bit as written. */
export const readNumbers = (reader: ByteReader, length: number): Float64Array => {
  if (reader.u8() === 0) return readDense(reader, length)
  const present = cells(1, Math.ceil(length / 8), reader.bytes(Math.ceil(length / 8)))
  const dense = readDense(reader, reader.u32())
  const out = new Float64Array(length).fill(NaN)
  let next = 0
  for (let i = 0; i < length; i++) {
    if (((present[i >> 3] ?? 0) >> (i & 7) & 1) === 1) out[i] = dense[next++] ?? NaN
  }
  return out
}
