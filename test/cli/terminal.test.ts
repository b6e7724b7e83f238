import { assert, describe, it } from "vitest"
import { fine, leave, makeFolder, runIn, start } from "./commandLine.js"

const folder = await makeFolder()
const escape = "\u001b["

describe("colours", () => {
  it("stay away from pipes, come when they are forced, and yield to NO_COLOR", async () => {
    assert.notInclude(fine(await runIn(folder)("doctor")).stdout, escape)
    assert.include(fine(await runIn(folder, { FORCE_COLOR: "1" })("doctor")).stdout, escape)
    assert.notInclude(fine(await runIn(folder, { FORCE_COLOR: "1", NO_COLOR: "1" })("doctor")).stdout, escape)
    const error = await runIn(folder, { FORCE_COLOR: "1" })("get")
    assert.include(error.stderr, escape)
  })

  it("never reach a JSON document", async () => {
    const ran = fine(await runIn(folder, { FORCE_COLOR: "1" })("registry", "list", "--json"))
    assert.notInclude(ran.stdout, escape)
    assert.strictEqual(ran.stderr, "")
  })
})

describe("a reader that has gone", () => {
  it("is no failure", async () => {
    const ended = await leave(start(folder, "registry", "lineage", "--json"), (child) => child.stdout.destroy())
    assert.deepEqual(ended, { code: 0, stderr: "" })
  })
})
