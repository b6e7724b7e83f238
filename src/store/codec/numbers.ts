import type { ByteReader, ByteWriter } from "./bytes.js"

/**
 * A column of float64 in few bytes, exactly. Columns of one value, and those of integers, are stored as multiples of their common divisor above their
 * minimum (frame of reference; Zukowski et al. 2006), of the values or of the steps between them, whichever is narrower;
 * anything else is stored as it is. NaN is absence and goes into a bitmap. Decoding is one multiply and add a value.
 */
export const Encoding = { raw: 0, values: 1, steps: 2 } as const

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

/** Whether every value is an integer multiple of `unit`; all are integers below 2^53, where the product of a multiple is exact. */
const isMultiple = (value: number, unit: number): boolean => Math.floor(value / unit) * unit === value

/** What all of some values are alike in. */
interface Range {
  readonly least: number
  readonly most: number
  /** whether all are integers that float64 tells apart from their neighbours, none of them -0 */
  readonly whole: boolean
}

/** The range of some values; of those that are neither whole nor the same, no more than that. */
const rangeOf = (values: Float64Array): Range => {
  let least = values[0] ?? NaN
  let most = least
  let whole = true
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? NaN
    if (value < least) least = value
    if (value > most) most = value
    if (whole) whole = Number.isSafeInteger(value) && !Object.is(value, -0)
    if (!whole && least !== most) break
  }
  return { least, most, whole }
}

/** The frame of integers; width 8 where none is narrower than float64. */
const frameOf = (values: Float64Array, { least, most, whole }: Range): Frame => {
  if (most === least) return { base: least, unit: 1, width: 0 }
  // beyond 2^53 neither a step nor the distance from the minimum is exact
  if (!whole || !Number.isSafeInteger(most - least)) return { base: least, unit: 1, width: 8 }
  let unit = most - least
  for (let i = 0; i < values.length && unit !== 1; i++) {
    const above = (values[i] ?? NaN) - least
    if (!isMultiple(above, unit)) unit = divisor(above, unit)
  }
  const span = (most - least) / unit
  return { base: least, unit, width: span < 256 ? 1 : span < 65_536 ? 2 : span < 4_294_967_296 ? 4 : 8 }
}

/** From each value to the next. */
const stepsOf = (values: Float64Array): Float64Array => {
  const steps = new Float64Array(values.length - 1)
  for (let i = 0; i < steps.length; i++) steps[i] = (values[i + 1] ?? NaN) - (values[i] ?? NaN)
  return steps
}

const writeFrame = (writer: ByteWriter, { base, unit, width }: Frame, values: Float64Array): void => {
  writer.u8(width)
  writer.f64(base)
  writer.f64(unit)
  if (width === 0) return
  const { length } = values
  const { buffer, offset } = writer.space(length * width)
  // one loop a type, as where they are read
  if (width === 1) {
    const packed = new Uint8Array(buffer, offset, length)
    for (let i = 0; i < length; i++) packed[i] = ((values[i] ?? NaN) - base) / unit
  } else if (width === 2) {
    const packed = new Uint16Array(buffer, offset, length)
    for (let i = 0; i < length; i++) packed[i] = ((values[i] ?? NaN) - base) / unit
  } else {
    const packed = new Uint32Array(buffer, offset, length)
    for (let i = 0; i < length; i++) packed[i] = ((values[i] ?? NaN) - base) / unit
  }
}

const writeDense = (writer: ByteWriter, values: Float64Array): void => {
  const [first] = values
  const range = rangeOf(values)
  // 0 may be -0 in places, which a frame would lose
  if (first !== undefined && (range.whole || (range.least === range.most && first !== 0))) {
    const plain = frameOf(values, range)
    if (plain.width > 0) {
      const steps = stepsOf(values)
      const frame = frameOf(steps, rangeOf(steps))
      if (frame.width < plain.width && Number.isSafeInteger(frame.base)) {
        writer.u8(Encoding.steps)
        writer.f64(first)
        return writeFrame(writer, frame, steps)
      }
    }
    if (plain.width < 8) {
      writer.u8(Encoding.values)
      return writeFrame(writer, plain, values)
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
    // a new array holds zeros as it is, and most constant columns are nothing else
    if (base !== 0) out.fill(base, from, from + length)
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
  const bitmap = Math.ceil(length / 8)
  const { buffer, offset } = reader.bytes(bitmap)
  const present = new Uint8Array(buffer, offset, bitmap)
  const dense = readDense(reader, reader.u32())
  const out = new Float64Array(length).fill(NaN)
  let next = 0
  for (let i = 0; i < length; i++) {
    if (((present[i >> 3] ?? 0) >> (i & 7) & 1) === 1) out[i] = dense[next++] ?? NaN
  }
  return out
}
