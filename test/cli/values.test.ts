import { Either, Option } from "effect"
import { assert, describe, it } from "vitest"
import {
  durationOf,
  globOf,
  instantOf,
  integerOf,
  marketOf,
  optionalInstant,
  referencesOf
} from "../../src/cli/values.js"
import { Instant } from "../../src/domain/Instant.js"
import { standardRegistry } from "../support/evaluate.js"

const problemOf = <A>(result: Either.Either<A, { readonly message: string }>) =>
  Either.match(result, { onLeft: (refused) => refused.message, onRight: () => "accepted" })

describe("times", () => {
  it("are milliseconds or ISO 8601 with an offset", () => {
    assert.deepEqual(instantOf("--at", " 1783715146000 "), Either.right(Instant(1_783_715_146_000)))
    assert.deepEqual(instantOf("--at", "2026-07-10T22:25:46+02:00"), Either.right(Instant(1_783_715_146_000)))
    assert.deepEqual(optionalInstant("--at", Option.none()), Either.right(undefined))
  })

  it("naive ones and seconds are refused with what was probably meant", () => {
    assert.include(problemOf(instantOf("--at", "2026-07-10")), "2026-07-10T00:00:00Z is UTC")
    assert.include(problemOf(instantOf("--at", "2026-07-10 20:25:46")), "2026-07-10 20:25:46Z is UTC")
    assert.include(problemOf(instantOf("--at", "1783715146")), "1783715146000")
    for (const text of ["tomorrow", "", "1e12", "-1783715146000", "2026-02-30T00:00:00Z", "4102444800000"]) {
      assert.match(problemOf(instantOf("--at", text)), /^--at: expected integer milliseconds UTC/u, text)
    }
  })
})

describe("durations", () => {
  it("are whole numbers of ms, s, m, h or d", () => {
    const read = ["500ms", "30s", "5m", "1h", "1d"].map((text) => durationOf("--every", text))
    assert.deepEqual(read, [500, 30_000, 300_000, 3_600_000, 86_400_000].map((millis) => Either.right(millis)))
  })

  it("anything else is refused, and so is nothing", () => {
    for (const text of ["0s", "5", "m", "5 minutes", "1.5h", "-1m", "1w", "", "9999999999d"]) {
      assert.include(problemOf(durationOf("--every", text)), "--every: expected a duration above 0", text)
    }
  })
})

describe("whole numbers", () => {
  it("keep to their bounds, both inclusive", () => {
    assert.deepEqual(integerOf("--seed", "0", 0, 9), Either.right(0))
    assert.deepEqual(integerOf("--seed", "9", 0, 9), Either.right(9))
    for (const text of ["10", "-1", "1.5", "", "x", "1e1"]) {
      assert.include(problemOf(integerOf("--seed", text, 0, 9)), "a whole number from 0 to 9", text)
    }
  })
})

describe("globs over market ids", () => {
  const matching = (glob: string) =>
    ["tc-temp-nyc", "tc-temp/nyc", ".hidden", "abc"].filter(Either.getOrElse(globOf(glob), () => () => false))

  it("a star stands for any characters, slashes and leading dots too", () => {
    assert.deepEqual(matching("tc-*"), ["tc-temp-nyc", "tc-temp/nyc"])
    assert.deepEqual(matching("*"), ["tc-temp-nyc", "tc-temp/nyc", ".hidden", "abc"])
    assert.deepEqual(matching("*{hidden,abc}"), [".hidden", "abc"])
    assert.deepEqual(matching("x*"), [])
  })

  it("an empty or endless one is refused", () => {
    assert.include(problemOf(globOf(" ")), "--markets: expected a glob")
    assert.include(problemOf(globOf("x".repeat(1001))), "--markets: expected a glob")
  })
})

describe("references and markets", () => {
  it("are split at commas over all options; none means every group", () => {
    assert.deepEqual(
      referencesOf(["market, a.b", "c@1.0.d"], standardRegistry),
      Either.right(["market", "a.b", "c@1.0.d"])
    )
    const all = Either.getOrElse(referencesOf([], standardRegistry), (): ReadonlyArray<string> => [])
    assert.sameMembers([...all], standardRegistry.computed.map((group) => group.name))
  })

  it("an empty reference and an id that is none are refused", () => {
    assert.include(problemOf(referencesOf(["market,,temporal"], standardRegistry)), "references between commas")
    assert.include(problemOf(marketOf("a\u0007b")), "MARKET: expected a market id")
    assert.include(problemOf(marketOf("x".repeat(257))), "256")
  })
})
