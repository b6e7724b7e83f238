import { FastCheck as fc } from "effect"
import { assert, describe, it } from "vitest"
import { scorer, scoreText } from "../../src/domain/scorer.js"

const isScore = (score: number) =>
  Number.isFinite(score) && score >= -1 && score <= 1 && !Object.is(score, -0) &&
  score === Math.round(score * 10_000) / 10_000

describe("the score of a text", () => {
  it("is VADER's compound score", () => {
    // the examples of the library's authors
    assert.strictEqual(scoreText("VADER is smart, handsome, and funny."), 0.8316)
    assert.strictEqual(scoreText("VADER is VERY SMART, handsome, and FUNNY!!!"), 0.9342)
    assert.strictEqual(scoreText("The book was only kind of good."), 0.3832)
    assert.strictEqual(scoreText("Today sux"), -0.3612)
    assert.strictEqual(scoreText("At least it isn't a horrible book."), 0.431)
    assert.strictEqual(scorer, "vader-sentiment@1.1.3")
  })

  it("is a number in [-1, 1] whatever the text", () => {
    const hostile = [
      "",
      " ",
      "\u0000",
      "\ud800",
      "constructor",
      "__proto__",
      "toString hasOwnProperty valueOf .hasOwnProperty hasOwnProperty!",
      "NaN Infinity undefined null -0",
      "but",
      "great ".repeat(16_000),
      "awful, ".repeat(16_000),
      "?!".repeat(50_000),
      "!".repeat(100_000),
      ".,;:-'\"".repeat(14_000),
      "😀".repeat(50_000),
      "👩‍👩‍👧‍👦 ".repeat(9_000),
      " \t\n\u2028".repeat(25_000),
      "A".repeat(99_999) + "a",
      "A".repeat(99_999) + "1",
      `${"A".repeat(63)}a `.repeat(1_500),
      "ab but ".repeat(14_000),
      Array.from({ length: 12_000 }, (_, i) => `w${100_000 + i}`).join(" ")
    ]
    for (const text of hostile) assert.isTrue(isScore(scoreText(text)), text.slice(0, 40))
    const words = fc.constantFrom(
      "great",
      "not",
      "never",
      "so",
      "kind",
      "of",
      "but",
      "AWFUL",
      "least",
      "n't",
      "!!!",
      "?"
    )
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.array(words, { maxLength: 12 }).map((some) => some.join(" "))
    )
    fc.assert(fc.property(text, (some) => isScore(scoreText(some))), { numRuns: 1_000 })
  })

  it("does not depend on how far an overlong word goes on", () => {
    for (const word of ["x", "X", "good", "!"]) {
      const long = word.repeat(100)
      assert.strictEqual(scoreText(`${long} is GREAT, not bad`), scoreText(`${long}${long} is GREAT, not bad`))
    }
    assert.strictEqual(scoreText(`${"x".repeat(64)} great`), scoreText("xx great"))
  })
})
