import { Effect } from "effect"
import { copyFileSync, mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { seeded } from "../../src/audit/random.js"
import { bundleProgram } from "../support/bundle.js"
import {
  compactionProblems,
  contentsOf,
  highest,
  importProblems,
  ingestProblems,
  runAndKill,
  sequences
} from "../support/crash/killing.js"
import { compacting, compactionCut, importedRows, importing, maintained } from "../support/crash/workload.js"
import { sqliteStorage } from "../support/storages.js"

const killsPerKind = 10
const folder = join(import.meta.dirname, "../../dist/crash")
const child = join(folder, "child.mjs")
const seed = 20_260_711

const contents = (path: string) => Effect.runPromise(contentsOf(path))

beforeAll(async () => {
  mkdirSync(folder, { recursive: true })
  await bundleProgram(join(import.meta.dirname, "../support/crash/child.ts"), child)
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe.concurrent("a process that is killed at any moment", () => {
  it.each([["ingest", "as it is", 12], ["restless", "always putting its tail together", 8]] as const)(
    "loses nothing that was acknowledged and leaves no half batch, during live ingest (%s): %s",
    async (mode, _, kills) => {
      const path = join(folder, `${mode}.db`)
      const random = seeded(seed)
      let acknowledged = 0
      for (let kill = 0; kill < kills; kill++) {
        const { killed, lines } = await Effect.runPromise(runAndKill(child, mode, path, random() * 250))
        assert.isTrue(killed, `kill ${kill}, seed ${seed}`)
        acknowledged = Math.max(acknowledged, highest(lines))
        const problems = await Effect.runPromise(ingestProblems(path, acknowledged))
        assert.deepStrictEqual(problems, [], `kill ${kill}, seed ${seed}`)
      }
      assert.isAbove(acknowledged, kills)
    },
    600_000
  )

  it("leaves a whole log amid a compaction, which then completes", async () => {
    const random = seeded(seed + 2)
    const before = join(folder, "before.db")
    await Effect.runPromise(Effect.provide(importing, sqliteStorage(before)))
    const original = await contents(before)
    const finish = (path: string) => Effect.runPromise(Effect.provide(compacting, maintained(path)))
    const done = join(folder, "done.db")
    copyFileSync(before, done)
    const started = process.hrtime.bigint()
    await finish(done)
    let usual = Number(process.hrtime.bigint() - started) / 1e6
    const expected = await contents(done)
    assert.isBelow(sequences(expected.columns).length, importedRows * 0.6)
    let interrupted = 0
    for (let kill = 0; kill < 5; kill++) {
      const path = join(folder, `compact-${kill}.db`)
      copyFileSync(before, path)
      const { lines } = await Effect.runPromise(runAndKill(child, "compact", path, random() * usual))
      const problems = await Effect.runPromise(compactionProblems(path, original, compactionCut))
      assert.deepStrictEqual(problems, [], `kill ${kill}, seed ${seed + 2}`)
      if (!lines.includes("done")) interrupted++
      else usual /= 2
      await finish(path)
      assert.deepStrictEqual(await contents(path), expected)
    }
    assert.isAbove(interrupted, 0)
  }, 600_000)

  it(`keeps all of a file or nothing, ${killsPerKind} times during import, which then completes`, async () => {
    const random = seeded(seed + 1)
    const started = process.hrtime.bigint()
    const whole = join(folder, "whole.db")
    await Effect.runPromise(Effect.provide(importing, sqliteStorage(whole)))
    let usual = Number(process.hrtime.bigint() - started) / 1e6
    const expected = await contents(whole)
    let path = join(folder, "import-0.db")
    let interrupted = 0
    for (let kill = 0; kill < killsPerKind; kill++) {
      const outcome = await Effect.runPromise(runAndKill(child, "import", path, random() * usual))
      const { problems, watermark } = await Effect.runPromise(importProblems(path, outcome))
      assert.deepStrictEqual(problems, [], `kill ${kill}, seed ${seed + 1}`)
      if (outcome.killed && watermark === 0) interrupted++
      if (watermark !== 0) {
        // a finished database is spent; an interrupted one is tried again
        path = join(folder, `import-${kill + 1}.db`)
        // the machine may have had other work when it was measured how long an import takes
        usual /= 2
      }
    }
    assert.isAbove(interrupted, killsPerKind / 10)
    await Effect.runPromise(Effect.provide(importing, sqliteStorage(path)))
    assert.deepStrictEqual(await contents(path), expected)
  }, 600_000)
})
