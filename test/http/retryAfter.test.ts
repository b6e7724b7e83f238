import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import { parseRetryAfter } from "../../src/http/retryAfter.js"

const now = Date.UTC(2026, 10, 22, 20, 0, 0)
const millis = (header: string) => Option.getOrUndefined(parseRetryAfter(header, now))

describe("Retry-After", () => {
  it("is an amount of seconds", () => {
    assert.strictEqual(millis("0"), 0)
    assert.strictEqual(millis(" 120 "), 120_000)
  })

  it("is a date of HTTP, in each of its three forms", () => {
    assert.strictEqual(millis("Sun, 22 Nov 2026 20:00:30 GMT"), 30_000)
    assert.strictEqual(millis("Sunday, 22-Nov-26 20:00:30 GMT"), 30_000)
    assert.strictEqual(millis("Sun Nov 22 20:00:30 2026"), 30_000)
    assert.strictEqual(millis("Sun, 22 Nov 2026 19:00:00 GMT"), 0)
  })

  it("is nothing where it is neither", () => {
    for (const header of ["", "soon", "-5", "1.5", "1e3", "2026-11-22", "Sunday", "9999999999", "Sun, 99 Foo 2026"]) {
      assert.strictEqual(millis(header), undefined, header)
    }
  })
})
