import { Effect, Either } from "effect"
import { assert, describe, it } from "vitest"
import { readExternalLines } from "../../src/cli/externalLines.js"
import { Instant } from "../../src/domain/Instant.js"
import type { ExternalGroup } from "../../src/features/Group.js"
import { externalLine, minute, start } from "./recording.js"

const now = Instant(start + 60 * minute)
const types = [["win", "float"], ["likely", "bool"], ["note", "string"], ["votes", "int"]] as const
const forecast: ExternalGroup = {
  kind: "external",
  id: "forecast@2.0",
  name: "forecast",
  version: "2.0",
  isDefault: true,
  enabled: true,
  features: types.map(([name, type], index) => ({ name, index, type, unit: type, description: "", needs: [] })),
  ttlMillis: 0,
  maxAgeMillis: undefined,
  fingerprint: "sha256:test"
}

const read = (text: string) =>
  Effect.runSync(Effect.either(readExternalLines([forecast], "v.ndjson", now)({ text, firstLine: 5, refused: [] })))
const problemOf = (line: string) =>
  Either.match(read(`\n${line}`), { onLeft: (rejected) => rejected.message, onRight: () => "accepted" })

describe("a line of external values", () => {
  it("names market, feature, version, both times and the value", () => {
    const lines = Either.getOrThrow(read(`${externalLine()}\n${externalLine({ available_at: null, value: 1 })}`))
    assert.deepEqual(lines.map(({ feature: { availableAt, value }, market }) => [market, availableAt, value]), [
      ["m1", start + minute, 0.25],
      ["m1", now, 1]
    ])
  })

  it("is refused by line and field where a type does not fit", () => {
    const cases = [
      [{ value: "high" }, "v.ndjson:6: value: expected a finite number, got \"high\""],
      [{ feature: "forecast.votes", value: 1.5 }, "v.ndjson:6: value: expected an integer"],
      [{ feature: "forecast.likely", value: 1 }, "value: expected true or false, got 1"],
      [{ feature: "forecast.note", value: 1 }, "value: expected text"],
      [{ value: null }, "value: expected a finite number, text, true or false"],
      [{ market: "" }, "market: expected a market id"],
      [{ market: undefined }, "market: expected to be present"]
    ] as const
    for (const [fields, expected] of cases) assert.include(problemOf(externalLine(fields)), expected)
  })

  it("is refused where it names nothing that is declared", () => {
    assert.include(problemOf(externalLine({ version: "1.0" })), "version: expected the declared version 2.0")
    assert.include(problemOf(externalLine({ feature: "forecast.wim" })), "did you mean forecast.win?")
    assert.include(problemOf(externalLine({ feature: "market.volume" })), "feature: expected an external feature")
    assert.include(problemOf(externalLine({ availabel_at: start })), "did you mean available_at?")
  })

  it("is refused for naive times, seconds, and text that is no object", () => {
    assert.include(problemOf(externalLine({ timestamp: 1_783_715_146 })), "timestamp: expected integer milliseconds")
    assert.include(problemOf(externalLine({ available_at: "2026-07-10T20:25:46" })), "available_at: expected")
    for (const text of ["[1]", "1", "null", "{", "nothing"]) {
      assert.include(problemOf(text), "v.ndjson:6: (line): expected one JSON object a line", text)
    }
  })
})
