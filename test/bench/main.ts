import { Effect } from "effect"
import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { appendBench } from "./append.js"
import { asOfJoinBench } from "./asOfJoin.js"
import { backtestBench } from "./backtest.js"
import { datasetBench } from "./dataset.js"
import { framesBench } from "./frames.js"
import { httpBench, httpServer } from "./http.js"
import { importingBench } from "./importing.js"
import { print, type Result } from "./measure.js"
import { replayBench } from "./replay.js"
import { servingBench } from "./serving.js"

/** A failure ends the process, which says why. */
const fatal = <E>(bench: (folder: string) => Effect.Effect<ReadonlyArray<Result>, E>) => (folder: string) =>
  Effect.orDie(bench(folder))

const benches = new Map([
  ["replay", fatal(replayBench)],
  ["import", fatal(importingBench)],
  ["append", fatal(appendBench)],
  ["live", fatal(framesBench)],
  ["serving", fatal(servingBench)],
  ["join", fatal(asOfJoinBench)],
  ["backtest", fatal(backtestBench)],
  ["dataset", fatal(datasetBench)],
  ["http", fatal(httpBench)]
])
const wanted = process.argv.slice(2)

/** Each part in a process of its own: none inherits another's memory, nor what the engine has learnt of it. */
const apart = (name: string) =>
  Effect.async<number>((resume) => {
    spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1, 2), name], { stdio: "inherit" })
      .on("close", (code) => {
        resume(code === 0 ? Effect.succeed(0) : Effect.dieMessage(`${name} ended with ${code}`))
      })
  })

const run = (bench: (folder: string) => Effect.Effect<ReadonlyArray<Result>>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => mkdtempSync(`${tmpdir()}/feature-store-bench-`)),
    (folder) => Effect.map(bench(folder), (results) => process.stdout.write(`${print(results)}\n`)),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
  )

const [only = "", folder = ""] = wanted
const server = httpServer(only, folder)
const unknown = wanted.filter((name) => !benches.has(name))
const single = wanted.length === 1 ? benches.get(only) : undefined
await Effect.runPromise(
  server !== undefined
    ? server
    : unknown.length > 0
    ? Effect.dieMessage(`no bench ${unknown.join(", ")}: there are ${[...benches.keys()].join(", ")}`)
    : single === undefined
    ? Effect.forEach(wanted.length > 0 ? wanted : benches.keys(), apart, { discard: true })
    : Effect.asVoid(run(single))
)
