import { FastCheck as fc } from "effect"
import { assert, describe, it } from "vitest"
import { Instant } from "../../../src/domain/Instant.js"
import { MarketId } from "../../../src/domain/MarketId.js"
import { decodeColumns, encodeColumns } from "../../../src/store/codec/answers.js"
import { decodeChunk, encodeChunk } from "../../../src/store/codec/chunks.js"
import { sameBits } from "./columns.js"

const place = { market: MarketId.make("m"), firstAt: Instant(7), everyMillis: 5, logSequence: 3 }

/** Answers of a few features; reasons that are all the same, few or many. */
const answers = fc.tuple(fc.nat(20), fc.nat(3)).chain(([rows, width]) => {
  const numbers = fc.array(fc.oneof(fc.double(), fc.integer(), fc.constant(NaN)), { minLength: rows, maxLength: rows })
    .map((all) => Float64Array.from(all))
  const codes = fc.constantFrom(0, 1, 15, 255).chain((most) =>
    fc.oneof(
      fc.nat(most).map((one) => new Uint8Array(rows).fill(one)),
      fc.uint8Array({ max: most, minLength: rows, maxLength: rows })
    )
  )
  const columns = <A>(of: fc.Arbitrary<A>) => fc.array(of, { minLength: width, maxLength: width })
  return fc.record({ rows: fc.constant(rows), newestAt: numbers, values: columns(numbers), reasons: columns(codes) })
})

describe("chunks of materialised answers", () => {
  it("keep their place beside their bytes, and come back feature by feature", () => {
    const columns = {
      newestAt: Float64Array.of(1, 2),
      values: [Float64Array.of(3, NaN), Float64Array.of(0.5, 6)],
      reasons: [Uint8Array.of(0, 2), Uint8Array.of(0, 0)]
    }
    const { data, ...kept } = encodeChunk({ ...place, rows: 2, ...columns })
    assert.deepStrictEqual(kept, { ...place, rows: 2 })
    assert.deepStrictEqual(decodeChunk(data), columns)
  })

  it("come back bit for bit, and are columns of numbers like others, by whichever way those were written", () => {
    fc.assert(
      fc.property(answers, (chunk) => {
        const { newestAt, reasons, rows, values } = chunk
        const columns = [newestAt, ...values, ...reasons.map((column) => Float64Array.from(column))]
        const { data } = encodeChunk({ ...place, ...chunk })
        for (const bytes of [data, encodeColumns(rows, columns)]) {
          const found = decodeChunk(bytes)
          if (typeof found === "string") return assert.fail(found)
          assert.isTrue([found.newestAt, ...found.values].every((column, i) => sameBits(column, columns[i] ?? column)))
          assert.deepStrictEqual(found.values.length, values.length)
          assert.deepStrictEqual(found.reasons.map((column) => [...column]), reasons.map((column) => [...column]))
        }
        const plain = decodeColumns(data)
        if (typeof plain === "string") return assert.fail(plain)
        assert.isTrue(plain.every((column, i) => sameBits(column, columns[i] ?? new Float64Array(0))))
      }),
      { numRuns: 500 }
    )
  })

  it("say why they cannot be read", () => {
    const { data } = encodeChunk({ ...place, rows: 1, newestAt: Float64Array.of(1), values: [], reasons: [] })
    assert.isString(decodeChunk(data.subarray(0, 9)))
    assert.isString(decodeChunk(encodeColumns(1, [Float64Array.of(1), Float64Array.of(2)])))
  })
})
