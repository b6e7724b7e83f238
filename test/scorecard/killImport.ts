import { Effect } from "effect"
import { join } from "node:path"
import { isDeepStrictEqual } from "node:util"
import { contentsOf, importProblems, runAndKill } from "../support/crash/killing.js"
import { importing } from "../support/crash/workload.js"
import { folder, sqliteStorage } from "../support/storages.js"
import { type Campaign, noting, rounds } from "./Campaign.js"
import { child } from "./child.js"

/** Kills of one database, until one comes too late. */
const kills = 3

export const killImport: Campaign = {
  name: "kill-import",
  what: "kill -9 during the import of a file; all of it or nothing, and the same once it is imported again",
  rounds: rounds(4),
  meets: ["amid the import"],
  prepare: Effect.gen(function*() {
    const whole = join(yield* folder, "whole.db")
    const start = performance.now()
    yield* Effect.provide(importing, sqliteStorage(whole))
    const usual = performance.now() - start
    const expected = yield* contentsOf(whole)
    return noting((notes, draw) =>
      Effect.gen(function*() {
        const path = join(yield* folder, "features.db")
        for (let kill = 0; kill < kills; kill++) {
          const outcome = yield* runAndKill(child, "import", path, draw.random() * usual)
          const { problems, watermark } = yield* importProblems(path, outcome)
          notes.tried++
          notes.found(...problems)
          if (watermark > 0) break
          notes.meet("amid the import")
        }
        yield* Effect.provide(importing, sqliteStorage(path))
        const contents = yield* contentsOf(path)
        notes.demand(isDeepStrictEqual(contents, expected), () => "imported again, the log is not what it should be")
      })
    )
  }).pipe(Effect.orDie)
}
