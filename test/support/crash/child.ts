import { Effect } from "effect"
import { modeOf, workload } from "./workload.js"

// as a process: node child.mjs <mode> <path>, mostly until it is killed
const [mode, path] = process.argv.slice(2)

const say = (line: string): Effect.Effect<void> =>
  Effect.async((resume) => {
    process.stdout.write(`${line}\n`, () => resume(Effect.void))
  })

await Effect.runPromise(workload(modeOf(mode), path ?? ":memory:", say))
