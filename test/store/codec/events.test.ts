import { FastCheck as fc, Schema } from "effect"
import { Buffer } from "node:buffer"
import { crc32 } from "node:zlib"
import { assert, describe, it } from "vitest"
import { type AppendedBody, columnsOf } from "../../../src/domain/columnsOf.js"
import { eventKinds } from "../../../src/domain/Event.js"
import type { EventColumns } from "../../../src/domain/EventColumns.js"
import { decodeColumns, encodeColumns } from "../../../src/store/codec/answers.js"
import { decodeEvents, encodeEvents } from "../../../src/store/codec/events.js"
import { histories } from "../../support/histories.js"
import { recorded } from "../../support/observed.js"
import { columnsFor, placed } from "../../support/replayOf.js"
import { columns, sameBits } from "./columns.js"
import { anyColumns } from "./eventColumns.js"

/** The columns of a history as it is observed, one kind of them. */
const historicColumns = histories.filter((lines) => lines.length > 0).chain((lines) =>
  fc.constantFrom(...columnsFor(recorded(lines).map(placed)))
)

const emptyOf = (kind: typeof eventKinds[number]): EventColumns => {
  const found = columnsFor([]).find((one) => one.kind === kind)
  if (found === undefined) throw new Error(kind)
  return found
}

const isRecord = Schema.is(Schema.Record({ key: Schema.String, value: Schema.Unknown }))

/** Without fields that are undefined, which are no different from absent ones. */
const plain = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(plain)
    : isRecord(value) && !ArrayBuffer.isView(value)
    ? Object.fromEntries(
      Object.entries(value).filter(([, field]) => field !== undefined).map(([k, v]) => [k, plain(v)])
    )
    : value

const read = (found: EventColumns | string): EventColumns => {
  if (typeof found === "string") throw new Error(found)
  return found
}

const flipped = (bytes: Buffer, at: number, mask: number): Buffer => {
  const copy = Buffer.from(bytes)
  copy[at] = (copy[at] ?? 0) ^ mask
  return copy
}

/** Other content under the header of some chunk, with a checksum that holds: what only intent or a bug makes. */
const resealed = (chunk: Buffer, content: Uint8Array): Buffer => {
  const headerBytes = 8
  const header = Buffer.from(chunk.subarray(0, headerBytes))
  const at = [0, 1, 2, 3, 4].find((from) => chunk.readUInt32LE(from) === crc32(chunk.subarray(headerBytes)))
  if (at === undefined) throw new Error("no checksum in the header")
  // a length of 2^32 would only take memory
  const body = Uint8Array.from(content)
  body.fill(0, 1, 4)
  body.fill(0, 5, 8)
  header.writeUInt32LE(crc32(body), at)
  return Buffer.concat([header, body])
}

describe("chunks of events", () => {
  it("come back bit for bit, every kind with any content", () => {
    fc.assert(
      fc.property(anyColumns, (one) => {
        const found = read(decodeEvents(one.kind, encodeEvents(one)))
        assert.deepStrictEqual(plain(found), plain(one))
        assert.isTrue(sameBits(found.eventTime, one.eventTime))
      }),
      { numRuns: 3_000 }
    )
  })

  it("come back bit for bit for histories as they are observed", () => {
    fc.assert(
      fc.property(historicColumns, (one) => {
        assert.deepStrictEqual(plain(read(decodeEvents(one.kind, encodeEvents(one)))), plain(one))
      }),
      { numRuns: 500 }
    )
  })

  it("say what is wrong where any byte has changed", () => {
    fc.assert(
      fc.property(anyColumns, fc.nat(), fc.integer({ min: 1, max: 255 }), fc.nat(11), (one, at, mask, early) => {
        const bytes = encodeEvents(one)
        assert.isString(decodeEvents(one.kind, flipped(bytes, at % bytes.length, mask)))
        assert.isString(decodeEvents(one.kind, flipped(bytes, early % bytes.length, mask)))
      }),
      { numRuns: 5_000 }
    )
  })

  it("say what is wrong where they are cut short or go on", () => {
    fc.assert(
      fc.property(anyColumns, fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 20 }), (one, at, more) => {
        const bytes = encodeEvents(one)
        assert.isString(decodeEvents(one.kind, bytes.subarray(0, at % bytes.length)))
        assert.isString(decodeEvents(one.kind, Buffer.concat([bytes, more])))
      }),
      { numRuns: 2_000 }
    )
  })

  it("say what is wrong where they are read as another kind, or as columns of answers", () => {
    fc.assert(
      fc.property(anyColumns, fc.constantFrom(...eventKinds), (one, kind) => {
        const bytes = encodeEvents(one)
        if (kind !== one.kind) assert.isString(decodeEvents(kind, bytes))
        assert.isString(decodeColumns(bytes))
      }),
      { numRuns: 2_000 }
    )
  })

  it("say what is wrong with somebody else's bytes, and never throw, even where their checksum holds", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.constantFrom(...eventKinds), (content, kind) => {
        assert.isString(decodeEvents(kind, content))
        const found = decodeEvents(kind, resealed(encodeEvents(emptyOf(kind)), content))
        if (typeof found !== "string") assert.strictEqual(found.sequence.length, found.rows)
      }),
      { numRuns: 10_000 }
    )
  })

  it("say that a format is not this program's", () => {
    const bytes = encodeEvents(emptyOf("quote"))
    bytes.writeUInt32LE(99, 0)
    const found = decodeEvents("quote", bytes)
    assert.isString(found)
    assert.include(found, "format is 99")
    assert.strictEqual(decodeEvents("quote", bytes.subarray(0, 3)), "it is cut short")
  })
})

describe("what is stored as JSON", () => {
  const interruption = { scope: "market", reason: "disconnect" } as const
  const document = { id: "1", text: "", publishedAt: undefined, url: undefined, score: 0, scorer: "vader" }
  const chunkOf = (body: AppendedBody) =>
    encodeEvents(
      columnsOf(body.kind, [{ sequence: 1, availableAt: 1, eventTime: 1, source: undefined, body }])
    )

  it("is refused where it is not what its kind holds, even where the checksum holds", () => {
    const [gap, news] = [chunkOf({ kind: "gap", interruption }), chunkOf({ kind: "news", document })]
    for (const [chunk, kind] of [[gap, "market"], [gap, "news"], [news, "gap"], [news, "market"]] as const) {
      const renamed = Buffer.from(chunk)
      encodeEvents(emptyOf(kind)).copy(renamed, 0, 0, 4)
      assert.strictEqual(decodeEvents(kind, renamed), "its content is not what its format says")
    }
    const ended = Buffer.from(gap)
    encodeEvents(emptyOf("gap_end")).copy(ended, 0, 0, 4)
    assert.deepStrictEqual(
      plain(read(decodeEvents("gap_end", ended))),
      plain({ ...read(decodeEvents("gap", gap)), kind: "gap_end" })
    )
  })
})

describe("columns of answers", () => {
  const answers = fc.tuple(fc.nat(30), fc.nat(5)).chain(([rows, width]) =>
    fc.array(columns, { minLength: width, maxLength: width }).map((all) => ({
      rows,
      all: all.map((one) => Float64Array.from({ length: rows }, (_, row) => one[row] ?? NaN))
    }))
  )

  it("come back bit for bit", () => {
    fc.assert(
      fc.property(answers, ({ all, rows }) => {
        const found = decodeColumns(encodeColumns(rows, all))
        if (typeof found === "string") throw new Error(found)
        assert.strictEqual(found.length, all.length)
        assert.isTrue(all.every((one, i) => sameBits(one, found[i] ?? new Float64Array(0))))
      }),
      { numRuns: 5_000 }
    )
  })

  it("say what is wrong where any byte has changed, is missing or too many, or they are not answers", () => {
    fc.assert(
      fc.property(answers, fc.nat(), fc.integer({ min: 1, max: 255 }), fc.nat(11), ({ all, rows }, at, mask, early) => {
        const bytes = encodeColumns(rows, all)
        assert.isString(decodeColumns(flipped(bytes, at % bytes.length, mask)))
        assert.isString(decodeColumns(flipped(bytes, early % bytes.length, mask)))
        assert.isString(decodeColumns(bytes.subarray(0, at % bytes.length)))
        assert.isString(decodeColumns(Buffer.concat([bytes, Buffer.from([mask])])))
        assert.isString(decodeEvents("quote", bytes))
      }),
      { numRuns: 2_000 }
    )
  })

  it("say what is wrong with somebody else's bytes, and never throw, even where their checksum holds", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (content) => {
        assert.isString(decodeColumns(content))
        const found = decodeColumns(resealed(encodeColumns(0, []), content))
        if (typeof found !== "string") assert.isTrue(found.every((one) => one.length === content[0]))
      }),
      { numRuns: 10_000 }
    )
  })
})
