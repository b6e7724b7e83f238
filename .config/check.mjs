// Runs every check:* script of package.json, as many at once as there are processors; says what each found when it ends.
import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { availableParallelism } from "node:os"

const { scripts } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))
const waiting = Object.keys(scripts).filter((name) => name.startsWith("check:"))

const run = (name) =>
  new Promise((resolve) => {
    const child = spawn("npm", ["run", "--silent", name], { stdio: ["ignore", "pipe", "pipe"] })
    const said = []
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (part) => said.push(part))
    child.on("close", (code) => {
      process.stdout.write(`${code === 0 ? "passed" : "FAILED"} ${name}\n`)
      if (code !== 0) process.stdout.write(Buffer.concat(said))
      resolve(code === 0)
    })
  })

const worker = async () => {
  let passed = true
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) passed = await run(name) && passed
  return passed
}

const results = await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, worker))
process.exitCode = results.every(Boolean) ? 0 : 1
