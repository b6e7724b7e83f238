import { FastCheck as fc } from "effect"
import { Buffer } from "node:buffer"
import { assert, describe, it } from "vitest"
import { ByteReader, ByteWriter } from "../../../src/store/codec/bytes.js"

type Part =
  | { readonly kind: "u8" | "u32" | "f64"; readonly value: number }
  | { readonly kind: "bytes"; readonly value: Uint8Array }

const part: fc.Arbitrary<Part> = fc.oneof(
  fc.record({ kind: fc.constant("u8" as const), value: fc.nat(255) }),
  fc.record({ kind: fc.constant("u32" as const), value: fc.nat(2 ** 31 - 1).map((n) => n * 2 + 1) }),
  fc.record({ kind: fc.constant("f64" as const), value: fc.double({ noNaN: true }) }),
  fc.record({ kind: fc.constant("bytes" as const), value: fc.uint8Array({ maxLength: 40 }) })
)

const parts = fc.array(part, { maxLength: 12, size: "max" })

const writeTo = (writer: ByteWriter, all: ReadonlyArray<Part>): void => {
  for (const one of all) {
    if (one.kind === "bytes") writer.bytes(one.value)
    else writer[one.kind](one.value)
  }
}

const write = (all: ReadonlyArray<Part>): Buffer => {
  const writer = new ByteWriter()
  writeTo(writer, all)
  return Buffer.from(writer.written())
}

/** The same bytes put together part by part: little-endian, bytes from the next multiple of 8 on, zeros in between. */
const expected = (all: ReadonlyArray<Part>): ReadonlyArray<number> =>
  all.reduce<ReadonlyArray<number>>((before, one) => {
    if (one.kind === "bytes") {
      return [...before, ...new Array<number>((8 - before.length % 8) % 8).fill(0), ...one.value]
    }
    if (one.kind === "u8") return [...before, one.value]
    const view = new DataView(new ArrayBuffer(one.kind === "u32" ? 4 : 8))
    if (one.kind === "u32") view.setUint32(0, one.value, true)
    else view.setFloat64(0, one.value, true)
    return [...before, ...new Uint8Array(view.buffer)]
  }, [])

const read = (reader: ByteReader, { kind, value }: Part): number | ReadonlyArray<number> => {
  if (kind !== "bytes") return reader[kind]()
  const { buffer, offset } = reader.bytes(value.length)
  return [...new Uint8Array(buffer, offset, value.length)]
}

const plain = ({ kind, value }: Part) => kind === "bytes" ? [...value] : value

/** The bytes at an offset of a larger memory, as drivers hand them over. */
const shifted = (bytes: Uint8Array, by: number): Uint8Array => {
  const memory = new Uint8Array(new ArrayBuffer(bytes.length + by + 3))
  memory.set(bytes, by)
  return memory.subarray(by, by + bytes.length)
}

describe("bytes", () => {
  it("are little-endian, arrays of them at multiples of 8 with zeros before", () => {
    fc.assert(fc.property(parts, (all) => {
      assert.deepStrictEqual([...write(all)], [...expected(all)])
    }))
  })

  it("are read in the order in which they were written, wherever in a memory they lie", () => {
    fc.assert(fc.property(parts, fc.nat(9), (all, by) => {
      const reader = new ByteReader(shifted(write(all), by))
      for (const one of all) assert.deepStrictEqual(read(reader, one), plain(one))
      assert.isTrue(reader.isAtEnd())
    }))
  })

  it("grow as they are written", () => {
    for (const length of [1_023, 1_024, 1_025, 5_000]) {
      const writer = new ByteWriter()
      for (let i = 0; i < length; i++) writer.u8(i % 251)
      assert.isTrue(writer.written().every((byte, i) => byte === i % 251))
      assert.strictEqual(writer.written().length, length)
    }
  })

  it("are the same in memory that held others before", () => {
    fc.assert(fc.property(parts, (all) => {
      const writer = new ByteWriter()
      writer.bytes(new Uint8Array(600).fill(255))
      writer.clear()
      writeTo(writer, all)
      assert.deepStrictEqual([...writer.written()], [...expected(all)])
    }))
  })

  it("are given as they lie where that is at a multiple of 8, and as a copy elsewhere", () => {
    const bytes = write([{ kind: "u8", value: 7 }, { kind: "bytes", value: Uint8Array.of(1, 2, 3) }])
    const at = (by: number) => {
      const memory = shifted(bytes, by)
      const reader = new ByteReader(memory)
      reader.u8()
      const { buffer, offset } = reader.bytes(3)
      assert.deepStrictEqual([...new Uint8Array(buffer, offset, 3)], [1, 2, 3])
      return { isCopy: buffer !== memory.buffer, offset }
    }
    assert.deepStrictEqual(at(8), { isCopy: false, offset: 16 })
    assert.deepStrictEqual(at(3), { isCopy: true, offset: 0 })
  })

  it("give an error past their end, whatever is read", () => {
    const reader = () => new ByteReader(Uint8Array.from([1, 2, 3]))
    assert.throws(() => reader().u32(), RangeError)
    assert.throws(() => reader().f64(), RangeError)
    assert.throws(() => reader().bytes(4), RangeError)
    assert.throws(() => {
      const short = reader()
      for (let i = 0; i < 4; i++) short.u8()
    }, RangeError)
    assert.doesNotThrow(() => reader().bytes(3))
  })
})
