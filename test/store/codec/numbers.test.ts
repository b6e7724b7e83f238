import { FastCheck as fc } from "effect"
import { assert, describe, it } from "vitest"
import { ByteReader, ByteWriter } from "../../../src/store/codec/bytes.js"
import { readNumbers, writeNumbers } from "../../../src/store/codec/numbers.js"
import { columns, sameBits } from "./columns.js"

const written = (...all: ReadonlyArray<Float64Array>) => {
  const writer = new ByteWriter()
  for (const one of all) writeNumbers(writer, one)
  return writer.finish()
}

const bytesFor = (values: ReadonlyArray<number>) => written(Float64Array.from(values)).length

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
    const largest = Number.MAX_SAFE_INTEGER
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
          const bytes = new Uint8Array(writer.finish().length + before)
          bytes.set(writer.finish(), before)
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
})

describe("bytes", () => {
  it("give an error past their end, whatever is read", () => {
    const reader = () => new ByteReader(Uint8Array.from([1, 2, 3]))
    assert.throws(() => reader().u32(), RangeError)
    assert.throws(() => reader().f64(), RangeError)
    assert.throws(() => reader().bytes(4), RangeError)
    assert.throws(() => {
      const short = reader()
      for (let i = 0; i < 4; i++) short.u8()
    }, RangeError)
  })
})
