import { Either } from "effect"
import { assert, describe, it } from "vitest"
import { hasFlag, readArguments } from "../../src/cli/arguments.js"
import { tree } from "../../src/cli/root.js"

const read = (line: string) => readArguments(tree, line === "" ? [] : line.split(" "))
const argumentsOf = (line: string) =>
  Either.match(read(line), {
    onLeft: (refused) => refused.message,
    onRight: (request) => request.kind === "run" ? request.arguments.join(" ") : request.kind
  })

describe("readArguments", () => {
  it("brings command, options and words into one order", () => {
    const expected = "get --at 1 --json -- m1"
    assert.strictEqual(argumentsOf("get m1 --at 1 --json"), expected)
    assert.strictEqual(argumentsOf("--at=1 get --json m1"), expected)
    assert.strictEqual(argumentsOf("get --at 1 --json -- m1"), expected)
    assert.strictEqual(argumentsOf("registry describe market@1.0"), "registry describe -- market@1.0")
  })

  it("a word behind -- is no option, and a value may look like a command", () => {
    assert.strictEqual(argumentsOf("get -- --json"), "get -- --json")
    assert.strictEqual(argumentsOf("get import --features get"), "get --features get -- import")
    assert.isFalse(hasFlag(["get", "--", "--json"], "--json"))
    assert.isTrue(hasFlag(["get", "--json", "--", "m1"], "--json"))
  })

  it("options that may be repeated are kept, others are refused a second time", () => {
    assert.strictEqual(argumentsOf("get m1 --features a --features b"), "get --features a --features b -- m1")
    assert.include(argumentsOf("get m1 --at 1 --at 2"), "--at is given more than once")
  })

  it("refuses a value where there is none to give, and the lack of one", () => {
    assert.include(argumentsOf("get m1 --json=yes"), "--json takes no value")
    assert.include(argumentsOf("get m1 --at --json"), "--at needs a value")
    assert.include(argumentsOf("get m1 --at"), "--at needs a value")
    assert.strictEqual(argumentsOf("audit parity --seed -1"), "audit parity --seed -1")
  })

  it("asks for help and version wherever they stand, and for help without a command", () => {
    for (const line of ["", "registry", "get --help", "--help get", "get m1 --nope -h"]) {
      assert.strictEqual(argumentsOf(line), "help", line)
    }
    assert.strictEqual(argumentsOf("--version"), "version")
  })

  it("names unknown commands and options with the nearest", () => {
    assert.include(argumentsOf("gte m1"), "did you mean get?")
    assert.include(argumentsOf("-x"), "feature-store has no option -x")
    assert.include(argumentsOf("doctor --featurs x"), "feature-store doctor has no option --featurs")
    assert.include(argumentsOf("get m1 --jsn"), "did you mean --json?")
  })
})
