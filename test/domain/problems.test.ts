import { Either, Schema } from "effect"
import { assert, describe, it } from "vitest"
import { describeProblem, nearest, showProblem, showValue, unknownField } from "../../src/domain/problems.js"

const Parameters = Schema.Struct({
  levels: Schema.optionalWith(Schema.Int.pipe(Schema.between(1, 1_000)), { default: () => 10 }),
  inner: Schema.optional(Schema.Struct({ names: Schema.Array(Schema.NonEmptyString) }))
})

const shownFor = (schema: Schema.Schema.AnyNoContext, input: unknown) =>
  Either.match(Schema.decodeUnknownEither(schema, { onExcessProperty: "error" })(input), {
    onLeft: (error) => showProblem(describeProblem(error, input)),
    onRight: () => "accepted"
  })

describe("a problem", () => {
  it("says where, what was expected and what was there", () => {
    const shown = (input: unknown) => shownFor(Parameters, input)
    assert.strictEqual(shown({ levels: 0 }), "levels: expected a number between 1 and 1000, got 0")
    assert.strictEqual(shown({ levels: "ten" }), "levels: expected number, got \"ten\"")
    assert.strictEqual(shown({ inner: { names: ["a", ""] } }), "inner.names[1]: expected a non empty string, got \"\"")
    assert.strictEqual(shown({ inner: {} }), "inner.names: expected to be present, got nothing")
  })

  it("names a field that is not known, and the one that was probably meant", () => {
    assert.strictEqual(
      shownFor(Parameters, { level: 5 }),
      "level: expected one of the fields (levels, inner), got \"level\" (did you mean levels?)"
    )
    assert.strictEqual(
      shownFor(Parameters, { inner: { names: [], other: 1 } }),
      "inner.other: expected one of the fields (names), got \"other\""
    )
    assert.strictEqual(
      showProblem(unknownField("b", [])),
      "b: expected no field, got \"b\""
    )
    assert.strictEqual(
      showProblem(unknownField("ask", ["bid", "asks"], " of a book")),
      "ask: expected one of the fields of a book (bid, asks), got \"ask\" (did you mean asks?)"
    )
  })

  it("has a hint where a candidate is near, and none where it is not", () => {
    assert.strictEqual(nearest("voltility", ["volatility", "momentum"]), "did you mean volatility?")
    assert.isUndefined(nearest("spread", ["volatility", "momentum"]))
    assert.isUndefined(nearest("x", []))
    assert.isUndefined(nearest(1, ["a"]))
    assert.isUndefined(nearest("a".repeat(100_000), ["a"]))
  })

  it("shows a value in one short line", () => {
    const values = [undefined, null, true, 0.5, NaN, 10n, "a\nb", [1], { a: 1 }, Symbol("s")]
    assert.deepStrictEqual(values.map(showValue), [
      "nothing",
      "null",
      "true",
      "0.5",
      "NaN",
      "10",
      "\"a\\nb\"",
      "an array",
      "an object",
      "Symbol(s)"
    ])
    assert.strictEqual(showValue("x".repeat(1_000)), `"${"x".repeat(79)}… (1002 characters)`)
  })
})
