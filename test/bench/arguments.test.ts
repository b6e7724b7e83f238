import { assert, describe, it } from "@effect/vitest"
import { Either } from "effect"
import { readArguments, usage } from "./arguments.js"

const parts = ["join", "growth"]

describe("the words after npm run bench", () => {
  it("name parts, in any order with flags; none is all", () => {
    const all = { isHelp: false, isJson: false, rounds: Infinity, names: [] }
    assert.deepStrictEqual(readArguments([], parts), Either.right(all))
    assert.deepStrictEqual(
      readArguments(["growth", "--rounds", "2", "join", "--json", "join"], parts),
      Either.right({ ...all, isJson: true, rounds: 2, names: ["growth", "join"] })
    )
    assert.deepStrictEqual(readArguments(["--rounds=3"], parts), Either.right({ ...all, rounds: 3 }))
  })

  it("ask for the usage, which names every part and flag", () => {
    assert.isTrue(Either.getOrThrow(readArguments(["--help"], parts)).isHelp)
    for (const word of [...parts, "--rounds N", "--json", "--help"]) assert.include(usage(parts), word)
  })

  it("are refused with what there is where nothing is known by them", () => {
    const said = (...words: ReadonlyArray<string>) => Either.getOrThrow(Either.flip(readArguments(words, parts)))
    assert.strictEqual(said("joins"), "no part joins: there are join, growth")
    assert.strictEqual(said("--jsn"), "no flag --jsn: there are --rounds N, --json, --help")
    for (const count of ["0", "-1", "x", "1.5"]) {
      assert.strictEqual(said("--rounds", count), "--rounds wants a number from 1")
    }
    assert.strictEqual(said("--rounds"), "--rounds wants a number from 1")
  })
})
