import { FastCheck as fc, Schema } from "effect"
import { assert, describe, it } from "vitest"
import { ByteReader, ByteWriter } from "../../../src/store/codec/bytes.js"
import { readJson, readNames, writeJson, writeNames } from "../../../src/store/codec/text.js"

const Words = Schema.Array(Schema.String)

const jsonOf = (words: ReadonlyArray<string>) => {
  const writer = new ByteWriter()
  writeJson(writer, Words, words)
  return Buffer.from(writer.written())
}

const namesOf = (names: ReadonlyArray<string | undefined>) => {
  const writer = new ByteWriter()
  writeNames(writer, names)
  return Buffer.from(writer.written())
}

/** One word whose JSON takes so many bytes. */
const taking = (bytes: number, character = "a") => [character.repeat((bytes - 4) / character.length)]

describe("a list as JSON", () => {
  it("comes back as it was, short or long", () => {
    for (const words of [[], ["a", "łódź \ud83d\ude00", ""], taking(255), taking(256), taking(5_000)]) {
      const reader = new ByteReader(jsonOf(words))
      assert.deepStrictEqual(readJson(reader, Words), words)
      assert.isTrue(reader.isAtEnd())
    }
  })

  it("is compressed from 256 bytes on", () => {
    // a mark and a length stand before the text, which starts at a multiple of 8
    assert.strictEqual(jsonOf(taking(255)).length, 8 + 255)
    assert.isBelow(jsonOf(taking(256)).length, 8 + 64)
    assert.isBelow(jsonOf(taking(300, "é")).length, 8 + 64)
  })

  it("is refused where it is not a list of its kind", () => {
    const reader = new ByteReader(jsonOf(["a"]))
    assert.throws(() => readJson(reader, Schema.Array(Schema.Finite)))
  })
})

describe("a column of names", () => {
  const names = fc.array(fc.constantFrom(undefined, undefined, "wire", "blog", "", "__proto__"), { maxLength: 12 })

  it("comes back as it was, absent ones among them", () => {
    fc.assert(fc.property(names, (column) => {
      const reader = new ByteReader(namesOf(column))
      assert.deepStrictEqual(readNames(reader, column.length), column)
      assert.isTrue(reader.isAtEnd())
    }))
  })

  it("takes one byte where all are absent, and names each name once", () => {
    assert.deepStrictEqual([...namesOf([undefined, undefined])], [0])
    assert.deepStrictEqual([...namesOf([])], [0])
    const column = Array.from({ length: 1_000 }, (_, row) => row % 2 === 0 ? "a wire service" : undefined)
    assert.isBelow(namesOf(column).length, 250)
    assert.strictEqual(namesOf(["b", "a", "b"]).toString("latin1").split("\"b\"").length, 2)
  })
})
