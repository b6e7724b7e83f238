import { FastCheck as fc, Option } from "effect"
import { assert, describe, it } from "vitest"
import { formatInstant, Instant, isInstant, parseInstant, parseIso } from "../../src/domain/Instant.js"

const earliest = Date.UTC(1971, 0, 1)
const latest = Date.UTC(2100, 0, 1) - 1

const instants = fc.integer({ min: earliest, max: latest })

const two = (value: number) => String(value).padStart(2, "0")

/** As a clock `minutes` ahead of UTC writes it. */
const written = (millis: number, minutes: number): string => {
  const size = Math.abs(minutes)
  const local = new Date(millis + minutes * 60_000).toISOString().slice(0, -1)
  return `${local}${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`
}

describe("an instant", () => {
  it("is an integer in milliseconds, from 1971 up to and including 2099", () => {
    assert.deepStrictEqual([earliest, latest].map(isInstant), [true, true])
    const refused = [earliest - 1, latest + 1, earliest + 0.5, NaN, Infinity, -Infinity, 0, -earliest, 1_774_785_600]
    assert.deepStrictEqual(refused.filter(isInstant), [])
  })

  it("is read from ISO 8601 with any offset", () => {
    const offset = fc.integer({ min: -23 * 60 - 59, max: 23 * 60 + 59 })
    fc.assert(fc.property(instants, offset, (millis, minutes) => {
      assert.deepStrictEqual(parseIso(written(millis, minutes)), Option.some(Instant(millis)))
    }))
  })

  it("is written as ISO 8601 and read back", () => {
    fc.assert(fc.property(instants, (millis) => {
      assert.strictEqual(formatInstant(Instant(millis)), new Date(millis).toISOString())
      assert.deepStrictEqual(parseInstant(formatInstant(Instant(millis))), Option.some(Instant(millis)))
      assert.deepStrictEqual(parseInstant(String(millis)), Option.some(Instant(millis)))
    }))
  })

  it("exists on every day that exists, and on no other", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 9999 }),
        fc.integer({ min: 0, max: 99 }),
        fc.integer({ min: 0, max: 99 }),
        (year, month, day) => {
          const date = `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`
          const real = new Date(0)
          real.setUTCFullYear(year, month - 1, day)
          const exists = real.toISOString().startsWith(date) && isInstant(real.getTime())
          assert.strictEqual(Option.isSome(parseIso(`${date}T00:00:00Z`)), exists, date)
        }
      ),
      { numRuns: 3_000 }
    )
    assert.isTrue(Option.isSome(parseIso("2000-02-29T00:00:00Z")))
    assert.isTrue(Option.isNone(parseIso("2099-02-29T00:00:00Z")))
    // a year that Date.UTC would take for 1985
    assert.isTrue(Option.isNone(parseIso("0085-06-01T00:00:00Z")))
  })

  it("is cut to the millisecond, and needs no seconds", () => {
    const noon = Date.UTC(2026, 2, 29, 12)
    const read = (text: string) => Option.getOrNull(parseIso(text))
    assert.strictEqual(read("2026-03-29T12:00Z"), noon)
    assert.strictEqual(read("2026-03-29T12:00:00.9999999Z"), noon + 999)
    assert.strictEqual(read("2026-03-29T12:00:00,5Z"), noon + 500)
    assert.strictEqual(read("2026-03-29T12:00:00.05+00"), noon + 50)
    assert.strictEqual(read("2026-03-29T12:30:00+0030"), noon)
    assert.strictEqual(read("2026-03-29T12:30:00-00:30"), noon + 3_600_000)
  })

  it("is not read from anything else", () => {
    const texts = [
      "",
      "now",
      "2026-03-29",
      "2026-03-29T12:00:00",
      "1e12",
      "-1774785600000",
      "+1774785600000",
      " 1774785600000"
    ]
      .concat([
        "1774785600",
        "1774785600000.0",
        "١٧٧٤٧٨٥٦٠٠٠٠٠",
        "9".repeat(400),
        "2026-03-29T12:00:00.Z",
        "2026-W13-7T12:00:00Z"
      ])
      .concat(["2026-03-29T12:00:00Z\n", "02026-03-29T12:00:00Z", "2026-3-29T12:00:00Z", "2026-03-29t12:00:00Z"])
    for (const text of texts) assert.isTrue(Option.isNone(parseInstant(text)), text)
  })
})
