import { assert, describe, it } from "vitest"
import { Instant } from "../../../src/domain/Instant.js"
import { MarketId } from "../../../src/domain/MarketId.js"
import { decodeColumns } from "../../../src/store/codec/answers.js"
import { columnsOfChunk, encodeChunk } from "../../../src/store/codec/chunks.js"

describe("chunks of materialised answers", () => {
  it("keep their place beside their bytes, and come back feature by feature", () => {
    const place = { market: MarketId.make("m"), firstAt: Instant(7), everyMillis: 5, rows: 2, logSequence: 3 }
    const columns = {
      newestAt: Float64Array.of(1, 2),
      values: [Float64Array.of(3, NaN), Float64Array.of(0.5, 6)],
      reasons: [Float64Array.of(0, 2), Float64Array.of(0, 0)]
    }
    const { data, ...kept } = encodeChunk({ ...place, ...columns })
    assert.deepStrictEqual(kept, place)
    const decoded = decodeColumns(data)
    assert.isNotString(decoded)
    assert.deepStrictEqual(columnsOfChunk(typeof decoded === "string" ? [] : decoded), columns)
    assert.deepStrictEqual(columnsOfChunk([]), { newestAt: new Float64Array(0), values: [], reasons: [] })
  })
})
