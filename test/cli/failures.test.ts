import { Cause, FiberId } from "effect"
import { assert, describe, it } from "vitest"
import { endingOfCause } from "../../src/cli/failures.js"
import { Concluded, UsageRefused } from "../../src/cli/UsageRefused.js"
import { StorageFailure } from "../../src/store/StorageFailure.js"

const command = "feature-store get"

describe("how a command ends", () => {
  it("a bug is one short line, exit 4, and a stack with --debug alone", () => {
    const bug = Cause.die(new TypeError("x is not a function\nsecond line"))
    const { exitCode, message } = endingOfCause(bug, command, false)
    assert.strictEqual(exitCode, 4)
    assert.strictEqual(
      message,
      "unexpected failure: TypeError: x is not a function\nplease report this, with what --debug adds"
    )
    assert.match(endingOfCause(bug, command, true).message ?? "", /second line[^]*\n\s+at /u)
  })

  it("an interruption is 130", () => {
    assert.deepInclude(endingOfCause(Cause.interrupt(FiberId.none), command, false), { exitCode: 130 })
  })

  it("what has been said already is not said again", () => {
    assert.deepEqual(endingOfCause(Cause.fail(new Concluded({ exitCode: 3 })), command, false), {
      exitCode: 3,
      message: undefined
    })
  })

  it("a failure counts before whatever went wrong in its wake", () => {
    const refused = new UsageRefused({ problem: "no", hint: "yes" })
    const cause = Cause.sequential(Cause.fail(refused), Cause.die("close failed"))
    assert.deepEqual(endingOfCause(cause, command, false), { exitCode: 2, message: "no\nyes" })
    const storage = new StorageFailure({ operation: "open the database", cause: new Error("disk is full") })
    assert.deepInclude(endingOfCause(Cause.fail(storage), command, false), { exitCode: 4 })
  })
})
