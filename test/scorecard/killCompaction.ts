import { Effect } from "effect"
import { copyFileSync } from "node:fs"
import { join } from "node:path"
import { isDeepStrictEqual } from "node:util"
import { compactionProblems, contentsOf, runAndKill } from "../support/crash/killing.js"
import { compacting, compactionCut, importing, maintained } from "../support/crash/workload.js"
import { folder, sqliteStorage } from "../support/storages.js"
import { type Campaign, noting, rounds } from "./Campaign.js"
import { child } from "./child.js"

export const killCompaction: Campaign = {
  name: "kill-compaction",
  what: "kill -9 while a log is compacted; nothing that is needed is lost, and the compaction completes",
  rounds: rounds(4),
  meets: ["amid the compaction"],
  prepare: Effect.gen(function*() {
    const base = yield* folder
    const [before, done] = [join(base, "before.db"), join(base, "done.db")]
    yield* Effect.provide(importing, sqliteStorage(before))
    const original = yield* contentsOf(before)
    copyFileSync(before, done)
    const start = performance.now()
    yield* Effect.provide(compacting, maintained(done))
    const usual = performance.now() - start
    const expected = yield* contentsOf(done)
    return noting((notes, draw) =>
      Effect.gen(function*() {
        const path = join(yield* folder, "features.db")
        copyFileSync(before, path)
        const { lines } = yield* runAndKill(child, "compact", path, draw.random() * 0.7 * usual)
        notes.tried++
        notes.found(...(yield* compactionProblems(path, original, compactionCut)))
        if (!lines.includes("done")) notes.meet("amid the compaction")
        yield* Effect.provide(compacting, maintained(path))
        const contents = yield* contentsOf(path)
        notes.demand(isDeepStrictEqual(contents, expected), () => "compacted again, the log is not what it should be")
      })
    )
  }).pipe(Effect.orDie)
}
