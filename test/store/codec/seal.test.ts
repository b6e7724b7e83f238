import { Buffer } from "node:buffer"
import { crc32 } from "node:zlib"
import { assert, describe, it } from "vitest"
import { eventKinds } from "../../../src/domain/Event.js"
import { encodeColumns } from "../../../src/store/codec/answers.js"
import { encodeEvents } from "../../../src/store/codec/events.js"
import { seal, unseal } from "../../../src/store/codec/seal.js"
import { columnsFor } from "../../support/replayOf.js"

const body = Buffer.from([7, 8, 9])
const sealed = seal(5, (writer) => {
  writer.bytes(body)
})

const readAll = (bytes: Uint8Array, format = 5) =>
  unseal(format, bytes, (reader) => [reader.u8(), reader.u8(), reader.u8()])

const checksum = (bytes: Uint8Array) => {
  const four = Buffer.alloc(4)
  four.writeUInt32LE(crc32(bytes))
  return [...four]
}

describe("a sealed chunk", () => {
  it("is its format, a checksum of its content, and the content", () => {
    assert.deepStrictEqual([...sealed], [5, 0, 0, 0, ...checksum(body), 7, 8, 9])
    assert.deepStrictEqual(readAll(sealed), [7, 8, 9])
  })

  it("may be empty, and may lie anywhere in a memory", () => {
    assert.deepStrictEqual(unseal(5, seal(5, () => undefined), () => []), [])
    assert.deepStrictEqual(readAll(Buffer.concat([Buffer.alloc(3), sealed]).subarray(3)), [7, 8, 9])
  })

  it("is the same after a larger one was made", () => {
    const three = () => [...encodeColumns(2, [Float64Array.of(3, NaN), Float64Array.of(0.5, -0)])]
    const before = three()
    encodeColumns(500, [new Float64Array(500).fill(-1 / 3)])
    assert.deepStrictEqual(three(), before)
  })

  it("says why it cannot be read", () => {
    assert.strictEqual(readAll(sealed.subarray(0, 7)), "it is cut short")
    assert.strictEqual(readAll(sealed, 6), "its format is 5, this program reads 6")
    assert.strictEqual(readAll(sealed.subarray(0, 10)), "its checksum does not match its content")
    assert.strictEqual(unseal(5, sealed, (reader) => reader.u8()), "its content goes on where it should end")
    assert.strictEqual(unseal(5, sealed, (reader) => reader.f64()), "its content is not what its format says")
  })
})

describe("formats on disk", () => {
  it("never change: what is stored is read by later programs", () => {
    const formats = columnsFor([]).map((columns) => [columns.kind, encodeEvents(columns).readUInt32LE(0)])
    assert.deepStrictEqual(formats, eventKinds.map((kind, i) => [kind, 256 + i]))
    assert.deepStrictEqual(eventKinds.slice(0, 10), [
      "market",
      "quote",
      "book",
      "price_change",
      "trade",
      "news",
      "gap",
      "gap_end",
      "market_closed",
      "resolution"
    ])
    assert.deepStrictEqual([...encodeColumns(1, [Float64Array.of(3)])], [
      ...[2, 0, 0, 0],
      ...checksum(encodeColumns(1, [Float64Array.of(3)]).subarray(8)),
      ...[1, 0, 0, 0, 1, 0, 0, 0],
      // nothing absent, a frame of whole numbers no byte wide above 3 by multiples of 1
      ...[0, 1, 0, 0, 0, 0, 0, 0, 0, 8, 64, 0, 0, 0, 0, 0, 0, 240, 63]
    ])
  })
})
