import { Cause, Effect, Schema } from "effect"
import { fork } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { mostRounds, Outcome } from "./compare.js"
import { environment } from "./environment.js"
import { type Part, parts, roles } from "./parts.js"
import { environmentLines, table } from "./table.js"

const [script = "", ...words] = process.argv.slice(1)
const isJson = words.includes("--json")
/** `--rounds N`: for a look whether all of it runs */
const rounds = Number(words.find((_, index) => words[index - 1] === "--rounds") ?? Infinity)
const wanted = words.filter((word, index) => !word.startsWith("--") && words[index - 1] !== "--rounds")

const withFolder = <A, E>(use: (folder: string) => Effect.Effect<A, E>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => mkdtempSync(`${tmpdir()}/feature-store-bench-`)),
    use,
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
  )

/** What a part's own process does: it tells the one that started it what it found. */
const runPart = (part: Part) =>
  Effect.map(Effect.locally(withFolder(part), mostRounds, rounds), (outcomes) => {
    process.send?.(outcomes)
  })

const decode = Schema.decodeUnknown(Schema.Array(Outcome))

/** Each part in a process of its own: none inherits another's memory, nor what the engine has learnt of it. */
const apart = (name: string) =>
  Effect.async<unknown>((resume) => {
    process.stderr.write(`${name} ...\n`)
    let told: unknown = []
    // what libraries print there is no part of the document
    fork(script, [`part:${name}`, "--rounds", String(rounds)], {
      execArgv: [...process.execArgv],
      stdio: ["ignore", 2, 2, "ipc"]
    })
      .on("message", (outcomes) => {
        told = outcomes
      })
      .on("close", (code) => resume(code === 0 ? Effect.succeed(told) : Effect.dieMessage(`${name} failed`)))
  }).pipe(Effect.flatMap(decode), Effect.orDie)

const report = (names: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const where = yield* Effect.orDie(environment)
    const works = (yield* Effect.forEach(names, apart)).flat()
    process.stdout.write(
      isJson
        ? `${JSON.stringify({ environment: where, works }, undefined, 2)}\n`
        : `${environmentLines(where)}\n${table(works)}\n`
    )
  })

const [first = "", ...others] = wanted
const part = parts.get(first.replace("part:", ""))
const role = roles.get(first)
const unknown = wanted.filter((name) => !parts.has(name))
const program: Effect.Effect<void> = role !== undefined
  ? role(others[0] ?? "")
  : first.startsWith("part:") && part !== undefined
  ? runPart(part)
  : unknown.length > 0
  ? Effect.dieMessage(`no bench ${unknown.join(", ")}: there are ${[...parts.keys()].join(", ")}`)
  : report(wanted.length > 0 ? wanted : [...parts.keys()])

await Effect.runPromise(Effect.catchAllCause(program, (cause) =>
  Effect.sync(() => {
    process.stderr.write(`${Cause.pretty(cause)}\n`)
    process.exitCode = 1
  })))
