import { FastCheck as fc } from "effect"
import { Buffer } from "node:buffer"
import { assert, describe, it } from "vitest"
import { ByteReader, ByteWriter } from "../../../src/store/codec/bytes.js"
import { readNumbers, writeNumbers } from "../../../src/store/codec/numbers.js"
import { columns, sameBits } from "./columns.js"

const written = (...all: ReadonlyArray<Float64Array>) => {
  const writer = new ByteWriter()
  for (const one of all) writeNumbers(writer, one)
  return Buffer.from(writer.written())
}

const bytesFor = (values: ReadonlyArray<number>) => written(Float64Array.from(values)).length

const largest = Number.MAX_SAFE_INTEGER

interface Layout {
  readonly encoding: "raw" | "values" | "steps"
  readonly width: number
  readonly base: number
  readonly unit: number
}

const raw: Layout = { encoding: "raw", width: 8, base: NaN, unit: NaN }

/** How a column without absent values lies in its bytes. */
const layoutOf = (bytes: Buffer): Layout => {
  const reader = new ByteReader(bytes)
  assert.strictEqual(reader.u8(), 0)
  const encoding = (["raw", "values", "steps"] as const)[reader.u8()] ?? "raw"
  if (encoding === "raw") return raw
  if (encoding === "steps") reader.f64()
  return { encoding, width: reader.u8(), base: reader.f64(), unit: reader.f64() }
}

const isExact = (value: bigint) => value > -(2n ** 53n) && value < 2n ** 53n
const divisor = (a: bigint, b: bigint): bigint => b === 0n ? a : divisor(b, a % b)

/** The narrowest frame of integers by its definition: every number is above the least by a multiple of the unit. */
const frameOf = (values: ReadonlyArray<bigint>): Omit<Layout, "encoding"> => {
  const least = values.reduce((a, b) => b < a ? b : a)
  const most = values.reduce((a, b) => b > a ? b : a)
  if (![least, most, most - least].every(isExact)) return raw
  const unit = values.reduce((a, b) => divisor(b - least, a), 0n)
  const span = unit === 0n ? 0n : (most - least) / unit
  const width = [0, 1, 2, 4].find((bytes) => span < 256n ** BigInt(bytes)) ?? 8
  return { base: Number(least), unit: unit === 0n ? 1 : Number(unit), width }
}

const expectedLayout = (values: Float64Array): Layout => {
  const [first = 0] = values
  if (first !== 0 && values.every((value) => value === first)) {
    return { encoding: "values", width: 0, base: first, unit: 1 }
  }
  if (values.length === 0 || !values.every((value) => Number.isSafeInteger(value) && !Object.is(value, -0))) return raw
  const whole = Array.from(values, BigInt)
  const plain = frameOf(whole)
  const steps = whole.length < 2 ? raw : frameOf(whole.slice(1).map((value, i) => value - (whole[i] ?? 0n)))
  if (steps.width < plain.width) return { encoding: "steps", ...steps }
  return plain.width < 8 ? { encoding: "values", ...plain } : raw
}

describe("columns of numbers", () => {
  it("come back bit for bit, one after the other", () => {
    fc.assert(
      fc.property(fc.array(columns, { minLength: 1, maxLength: 3 }), (all) => {
        const reader = new ByteReader(written(...all))
        for (const one of all) {
          const found = readNumbers(reader, one.length)
          assert.isTrue(sameBits(found, one), `${String(found)} instead of ${String(one)}`)
        }
      }),
      { numRuns: 10_000 }
    )
  })

  it("come back where differences between them are beyond what is exact", () => {
    for (
      const values of [
        [-(2 ** 52), 2 ** 52 + 3, largest - 40],
        [-largest, -largest + 10, 16],
        [-largest, largest],
        [largest, -largest, largest]
      ]
    ) {
      const one = Float64Array.from(values)
      assert.deepStrictEqual(readNumbers(new ByteReader(written(one)), one.length), one)
    }
  })

  it("are written in the same bytes every time", () => {
    fc.assert(
      fc.property(fc.array(columns, { minLength: 1, maxLength: 3 }), (all) => {
        const first = written(...all)
        // what the next one finds in the memory that it takes
        for (let i = 0; i < 8; i++) Uint8Array.from(first).fill(0xa5)
        assert.isTrue(first.equals(written(...all)))
      }),
      { numRuns: 2_000 }
    )
  })

  it("come back when they are long, and sit anywhere in the bytes", () => {
    fc.assert(
      fc.property(
        columns.filter((one) => one.length > 0),
        fc.integer({ min: 1, max: 9_000 }),
        fc.nat(9),
        (one, rows, before) => {
          const long = Float64Array.from({ length: rows }, (_, row) => one[row % one.length] ?? NaN)
          const writer = new ByteWriter()
          for (let i = 0; i < before; i++) writer.u8(i)
          writeNumbers(writer, long)
          writer.u8(7)
          // as a driver hands bytes over: in the midst of a larger memory
          const bytes = new Uint8Array(writer.written().length + before)
          bytes.set(writer.written(), before)
          const reader = new ByteReader(bytes.subarray(before))
          for (let i = 0; i < before; i++) reader.u8()
          assert.isTrue(sameBits(readNumbers(reader, rows), long))
          assert.strictEqual(reader.u8(), 7)
        }
      ),
      { numRuns: 500 }
    )
  })

  it("of whole numbers take one, two or four bytes a value, whatever their base and common divisor", () => {
    const rows = 1_000
    for (const [base, unit] of [[0, 1], [1_774_785_600_000, 1_000], [-5, 10_000]] as const) {
      const bytesTo = (most: number) =>
        bytesFor(Array.from({ length: rows }, (_, row) => base + unit * (row % 2 === 0 ? 0 : most - row % 7)))
      for (const [bytes, most] of [[1, 255], [2, 65_535], [4, 4_294_967_295]] as const) {
        assert.isAtMost(bytesTo(most), bytes * rows + 64)
        // an odd row reaches the first number that needs more
        assert.isAbove(bytesTo(most + 8), 2 * bytes * rows)
      }
    }
  })

  it("take almost nothing where they repeat, step evenly or are absent", () => {
    const rows = Array.from({ length: 1_000 }, (_, row) => row)
    assert.isAtMost(bytesFor(rows.map(() => 1_774_785_600_000)), 64)
    assert.isAtMost(bytesFor(rows.map((row) => 1_774_785_600_000 + row * 60_000)), 64)
    assert.isAtMost(bytesFor(rows.map(() => NaN)), 192)
    // steps of one byte, and some rows absent
    assert.isAtMost(bytesFor(rows.map((row) => row % 10 === 0 ? NaN : 1e12 + row * 100 + row % 3)), 1_000 + 192)
  })

  it("are written in the narrowest frame there is", () => {
    fc.assert(
      fc.property(columns, (column) => {
        const values = Float64Array.from(column.filter((value) => !Number.isNaN(value)))
        assert.deepStrictEqual(layoutOf(written(values)), expectedLayout(values))
      }),
      { numRuns: 2_000 }
    )
    for (const values of [[-largest, 0, largest], [-largest, largest], [-largest, 5, largest, 7], [3], [-0], [0.5]]) {
      const one = Float64Array.from(values)
      assert.deepStrictEqual(layoutOf(written(one)), expectedLayout(one))
    }
    for (const span of [255, 256, 65_535, 65_536, 4_294_967_295, 4_294_967_296, 2 ** 52]) {
      for (const unit of span < 2 ** 32 ? [1, 1_000] : [1]) {
        // in an order without even steps
        const values = Float64Array.of(7, 7 + span * unit, 7 + unit, 7, 7 + (span - 1) * unit)
        assert.deepStrictEqual(layoutOf(written(values)), expectedLayout(values))
        assert.isTrue(sameBits(readNumbers(new ByteReader(written(values)), values.length), values))
      }
    }
  })

  it("are marked as absent in one bit each", () => {
    const bytes = written(Float64Array.of(NaN, 5, NaN, 5, 5, NaN, NaN, NaN, 5, NaN))
    assert.deepStrictEqual([...bytes.subarray(0, 15)], [1, 0, 0, 0, 0, 0, 0, 0, 0b0001_1010, 0b1, 4, 0, 0, 0, 1])
  })
})
