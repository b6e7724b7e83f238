import { FastCheck as fc } from "effect"
import { assert, describe, it } from "vitest"
import { type Block, LineBlocks } from "../../src/importer/LineBlocks.js"

const blocksOf = (portions: ReadonlyArray<Uint8Array>): ReadonlyArray<Block> => {
  const lines = new LineBlocks()
  return [...portions.flatMap((bytes) => lines.push(bytes)), ...lines.finish()]
}

/** Bytes in portions, cut anywhere. */
const portions = fc.tuple(
  fc.array(fc.oneof(fc.constantFrom("", "a", "é\r", "\ufeff", "😀 x"), fc.string()), { maxLength: 20 }),
  fc.array(fc.nat(30))
).map(([lines, sizes]) => {
  const bytes = new TextEncoder().encode(lines.join("\n"))
  let from = 0
  const parts = sizes.map((size) => bytes.subarray(from, from += size))
  return { bytes, parts: [...parts, bytes.subarray(from)] }
})

describe("bytes cut into lines", () => {
  it("give the same text however they arrive", () => {
    fc.assert(fc.property(portions, ({ bytes, parts }) => {
      const text = blocksOf(parts).map((block) => block.text).join("")
      assert.strictEqual(text, new TextDecoder().decode(bytes))
    }))
  })

  it("come in blocks that end with a line and know the number of their first", () => {
    const text = "x".repeat(99).concat("\n").repeat(10_000)
    const bytes = new TextEncoder().encode(text)
    const blocks = blocksOf(Array.from({ length: 101 }, (_, i) => bytes.subarray(i * 9_999, (i + 1) * 9_999)))
    assert.isAbove(blocks.length, 2)
    let line = 1
    for (const block of blocks) {
      assert.strictEqual(block.firstLine, line)
      assert.isTrue(block.text.endsWith("\n"))
      line += block.text.split("\n").length - 1
    }
    assert.strictEqual(line, 10_001)
  })

  it("lose the lines that are no text or too long, and no other", () => {
    const encoder = new TextEncoder()
    const long = encoder.encode("y".repeat(1024 * 1024))
    const bad = new Uint8Array([0x61, 0xc3, 0x28])
    const newline = encoder.encode("\n")
    const blocks = blocksOf([
      encoder.encode("one\ntwo\nth"),
      ...Array.from({ length: 17 }, () => long),
      encoder.encode("ree\nfour\n"),
      bad,
      newline,
      encoder.encode("six\n"),
      ...Array.from({ length: 17 }, () => long)
    ])
    const kept = blocks.flatMap(({ firstLine, text }) =>
      text.trimEnd().split("\n").flatMap((line, i) => line === "" ? [] : [[firstLine + i, line]])
    )
    assert.deepStrictEqual(kept, [[1, "one"], [2, "two"], [4, "four"], [6, "six"]])
    const refused = blocks.flatMap((block) => block.refused)
    assert.deepStrictEqual(refused.map(({ line, problem }) => [line, problem.expected]), [
      [3, "a line of at most 16 MiB"],
      [5, "UTF-8 text"],
      [7, "a line of at most 16 MiB"]
    ])
    assert.isBelow(Math.max(...refused.map(({ text }) => text.length)), 1000)
  })
})
