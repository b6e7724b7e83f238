import { Effect, Exit, Fiber, Schema } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { assert, describe, it } from "vitest"
import { Instant } from "../../src/domain/Instant.js"
import { MarketId } from "../../src/domain/MarketId.js"
import { featureWorkers } from "../../src/parallel/featureWorkers.js"
import { type Task, TaskFailure } from "../../src/parallel/Task.js"
import { makeThreads } from "../../src/parallel/threads.js"
import { materialiseTask } from "../../src/store/materialisePart.js"
import { StorageFailure } from "../../src/store/StorageFailure.js"
import { registryBeside } from "../support/audited.js"
import * as cheats from "../support/cheats.js"
import { standardRegistry } from "../support/evaluate.js"
import { folder } from "../support/storages.js"
import { entry, openStore, run, settings, workersOf } from "./sharing.js"

/** A thread that runs these lines. */
const running = (...lines: ReadonlyArray<string>) =>
  Effect.map(folder, (path) => {
    const file = join(path, "thread.mjs")
    writeFileSync(file, ["import { parentPort } from \"node:worker_threads\"", ...lines].join("\n"))
    return pathToFileURL(file)
  })

/** Replies to each task with twice its input. */
const doubling = [
  "parentPort.on(\"message\", (told) => {",
  "  if (told.kind === \"task\") told.port.once(\"message\", (input) => {",
  "    told.port.postMessage({ kind: \"done\", value: 2 * input })",
  "  })",
  "})"
]

const double: Task<number, number> = { name: "double" }
const onTask = (act: string) => `parentPort.on("message", (told) => { if (told.kind === "task") { ${act} } })`
const part = {
  market: MarketId.make("m1"),
  references: ["temporal"],
  everyMillis: 1,
  from: Instant(1_774_785_600_000),
  to: Instant(1_774_785_600_000)
}

describe("threads", () => {
  it("do tasks side by side, each reply to its own question", () =>
    run(Effect.gen(function*() {
      const pool = yield* makeThreads(yield* running(...doubling), 3, {})
      const inputs = Array.from({ length: 50 }, (_, index) => index)
      const outputs = yield* Effect.forEach(inputs, (input) => pool.run(double, input), { concurrency: pool.atOnce })
      assert.deepStrictEqual(outputs, inputs.map((input) => 2 * input))
    })))

  it("that cannot start, or end amid a task, are a failure that says so", () =>
    run(Effect.gen(function*() {
      const missing = pathToFileURL(join(yield* folder, "missing.mjs"))
      const ends: ReadonlyArray<readonly [URL, RegExp]> = [
        [missing, /Cannot find module/u],
        [yield* running("throw new Error(\"no luck\")"), /no luck/u],
        [yield* running("process.exit(3)"), /ended with code 3/u],
        [yield* running(onTask("process.exit(4)")), /ended with code 4/u],
        [yield* running(onTask("setTimeout(() => { throw new Error(\"too late\") })")), /too late/u]
      ]
      for (const [url, expected] of ends) {
        const pool = yield* makeThreads(url, 2, {})
        const failures = yield* Effect.forEach([1, 2, 3], (input) => Effect.flip(pool.run(double, input)), {
          concurrency: "unbounded"
        })
        for (const failure of failures) {
          assert.strictEqual(failure._tag, "WorkerFailure")
          assert.match(failure.message, expected)
        }
      }
    })))

  it("are ended at once when nobody wants them any more, whatever they are doing", () =>
    run(Effect.gen(function*() {
      const url = yield* running(onTask("for (;;);"))
      const busy = yield* Effect.fork(
        Effect.scoped(Effect.flatMap(makeThreads(url, 2, {}), (pool) => pool.run(double, 1)))
      )
      yield* Effect.sleep("300 millis")
      const exit = yield* Effect.timeout(Fiber.interrupt(busy), "10 seconds")
      assert.isTrue(Exit.isInterrupted(exit))
    })), 20_000)
})

describe("threads that compute features", () => {
  it("refuse to stand in for computers that they do not have", () =>
    run(Effect.gen(function*() {
      const { database } = yield* openStore
      const registry = registryBeside(cheats.CountsCalls)
      const pool = yield* featureWorkers({ entry, size: 1, database, registry, settings })
      const failure = yield* Effect.flip(pool.run(materialiseTask, part))
      assert.match(failure.message, /computes counts_calls@1\.0 not at all/u)
      const narrow = {
        ...settings,
        features: { price_history: { enabled: true, version: "1.0", parameters: { window_secs: 60 }, versions: {} } }
      }
      const other = yield* featureWorkers({ entry, size: 1, database, registry: standardRegistry, settings: narrow })
      assert.match((yield* Effect.flip(other.run(materialiseTask, part))).message, /price_history@1\.0 otherwise/u)
    })), 20_000)

  it("fail as this thread would: by the same errors", () =>
    run(Effect.gen(function*() {
      const absent = yield* workersOf(join(yield* folder, "absent.db"), 1)
      const failure = yield* Effect.flip(absent.run(materialiseTask, part))
      assert.strictEqual(failure._tag, "StorageFailure")
      assert.match(failure.message, /^open the database .*absent\.db: .*unable to open/u)
      const { database } = yield* openStore
      const pool = yield* workersOf(database, 1)
      const unknown = yield* Effect.flip(pool.run(materialiseTask, { ...part, references: ["nope"] }))
      assert.strictEqual(unknown._tag, "UnknownReference")
    })), 20_000)

  it("send a failure whole: what was done, why, and what to do", () => {
    const failure = new StorageFailure({
      operation: "read market m1",
      hint: "try again",
      earliest: 7,
      cause: new Error("outside", { cause: new Error("inside") })
    })
    const arrived = Schema.decodeSync(TaskFailure)(structuredClone(Schema.encodeSync(TaskFailure)(failure.flattened())))
    assert.strictEqual(arrived.message, "read market m1: inside (try again)")
    assert.deepInclude(arrived, { _tag: "StorageFailure", earliest: 7 })
  })
})
