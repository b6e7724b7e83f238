import { Cause, Effect, Either, Schema } from "effect"
import { fork } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { type Asked, readArguments, usage } from "./arguments.js"
import { mostRounds, Outcome } from "./compare.js"
import { environment } from "./environment.js"
import { httpServers } from "./http.js"
import { type Part, parts } from "./parts.js"
import { environmentLines, table } from "./table.js"

const [script = "", ...words] = process.argv.slice(1)
const withFolder = <A, E>(use: (folder: string) => Effect.Effect<A, E>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => mkdtempSync(`${tmpdir()}/feature-store-bench-`)),
    use,
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
  )

/** What a part's own process does: it tells the one that started it what it found. */
const runPart = (part: Part, rounds: number) =>
  Effect.map(Effect.locally(withFolder(part), mostRounds, rounds), (outcomes) => {
    process.send?.(outcomes)
  })

const decode = Schema.decodeUnknown(Schema.Array(Outcome))

/** Each part in a process of its own: none inherits another's memory, nor what the engine has learnt of it. */
const apart = (name: string, rounds: number) =>
  Effect.async<unknown>((resume) => {
    process.stderr.write(`${name} ...\n`)
    let told: unknown = []
    // what libraries print there is no part of the document
    fork(script, [`part:${name}`, String(rounds)], {
      execArgv: [...process.execArgv],
      stdio: ["ignore", 2, 2, "ipc"]
    })
      .on("message", (outcomes) => {
        told = outcomes
      })
      .on("close", (code) => resume(code === 0 ? Effect.succeed(told) : Effect.dieMessage(`${name} failed`)))
  }).pipe(Effect.flatMap(decode), Effect.orDie)

const report = ({ isJson, names, rounds }: Asked) =>
  Effect.gen(function*() {
    const where = yield* Effect.orDie(environment)
    const works = (yield* Effect.forEach(names.length > 0 ? names : parts.keys(), (name) => apart(name, rounds))).flat()
    process.stdout.write(
      isJson
        ? `${JSON.stringify({ environment: where, works }, undefined, 2)}\n`
        : `${environmentLines(where)}\n${table(works)}\n`
    )
  })

/** What was asked for on the command line. */
const answer = (asked: Asked) =>
  asked.isHelp ? Effect.sync(() => process.stdout.write(usage([...parts.keys()]))) : report(asked)

const refuse = (problem: string) =>
  Effect.sync(() => {
    process.stderr.write(`${problem}\n`)
    process.exitCode = 2
  })

const [first = "", second = ""] = words
const part = parts.get(first.replace("part:", ""))
const server = httpServers.get(first)
const program: Effect.Effect<unknown> = server !== undefined
  ? server(second)
  : first.startsWith("part:") && part !== undefined
  ? runPart(part, Number(second))
  : Either.match(readArguments(words, [...parts.keys()]), { onLeft: refuse, onRight: answer })

await Effect.runPromise(Effect.catchAllCause(program, (cause) =>
  Effect.sync(() => {
    process.stderr.write(`${Cause.pretty(cause)}\n`)
    process.exitCode = 1
  })))
