import { spawn } from "node:child_process"
import { assert, describe, it } from "vitest"
import { bundle, fine, makeFolder, runIn } from "./commandLine.js"

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

const start = (...args: ReadonlyArray<string>) => spawn(process.execPath, [bundle, ...args], { cwd: folder })

const ended = (child: ReturnType<typeof start>) =>
  new Promise<{ code: number | null; stderr: string }>((resolve) => {
    const err: Array<string> = []
    child.stderr.setEncoding("utf8").on("data", (text: string) => err.push(text))
    child.on("close", (code) => resolve({ code, stderr: err.join("") }))
  })

describe("a command that is left", () => {
  it("does not mind a reader that has gone", async () => {
    const child = start("registry", "lineage", "--json")
    child.stdout.destroy()
    assert.deepEqual(await ended(child), { code: 0, stderr: "" })
  })

  it("ends with 130 when it is interrupted, without a stack", async () => {
    const child = start("demo", "--dir", "interrupted")
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (text.includes("5/5")) child.kill("SIGINT")
    })
    const { code, stderr } = await ended(child)
    assert.strictEqual(code, 130)
    assert.notInclude(stderr, "    at ")
  })
})
