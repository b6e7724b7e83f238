import * as NodeContext from "@effect/platform-node/NodeContext"
import { SqlClient } from "@effect/sql"
import { Effect, Layer, Schema } from "effect"
import { build } from "esbuild"
import { spawn } from "node:child_process"
import { copyFileSync, mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { seeded } from "../../src/audit/random.js"
import type { EventColumns } from "../../src/domain/EventColumns.js"
import { selectRows } from "../../src/domain/mergeColumns.js"
import { EventLog } from "../../src/store/EventLog.js"
import * as Database from "../../src/store/sqlite/Database.js"
import * as SqliteLogMaintenance from "../../src/store/sqlite/SqliteLogMaintenance.js"
import { batchEvents, compacting, importedRows, importing, keptFrom } from "../support/crashChild.js"
import { sqliteStorage } from "../support/storages.js"

const killsPerKind = 25
const folder = join(import.meta.dirname, "../../dist/crash")
const child = join(folder, "child.mjs")
const seed = 20_260_711

interface Outcome {
  readonly lines: ReadonlyArray<string>
  readonly killed: boolean
}

/** Runs the child and kills it `millis` after it says that it is ready; what it said counts as acknowledged. */
const runAndKill = (mode: "import" | "ingest" | "restless" | "compact", path: string, millis: number) =>
  new Promise<Outcome>((resolve) => {
    const running = spawn(process.execPath, [child, mode, path], { stdio: ["ignore", "pipe", "inherit"] })
    let said = ""
    let timer: NodeJS.Timeout | undefined = undefined
    running.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text
      if (timer === undefined && said.includes("ready\n")) timer = setTimeout(() => running.kill("SIGKILL"), millis)
    })
    running.on("close", (_, signal) => {
      clearTimeout(timer)
      const whole = said.slice(0, said.lastIndexOf("\n") + 1)
      resolve({ lines: whole.split("\n").filter((line) => line !== ""), killed: signal === "SIGKILL" })
    })
  })

const Verdict = Schema.Tuple(Schema.Struct({ integrity_check: Schema.String }))

/** What SQLite itself says of the file, after recovery of its write-ahead log. */
const integrity = (path: string) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe("PRAGMA integrity_check")).pipe(
    Effect.flatMap(Schema.decodeUnknown(Verdict)),
    Effect.map(([row]) => row.integrity_check),
    Effect.provide(Layer.provide(Database.layer(path), NodeContext.layer)),
    Effect.runPromise
  )

/** The log's position, and the events that its chunks say they hold. */
const summary = (path: string) =>
  Effect.gen(function*() {
    const log = yield* EventLog
    const events = (yield* log.markets).reduce((sum, market) => sum + market.events, 0)
    return { watermark: yield* log.watermark, events }
  }).pipe(Effect.provide(sqliteStorage(path)), Effect.runPromise)

const contents = (path: string) =>
  Effect.gen(function*() {
    const log = yield* EventLog
    const watermark = yield* log.watermark
    const markets = yield* log.markets
    const columns: Array<EventColumns> = []
    for (const { market } of markets) columns.push(...(yield* log.read(market)).columns)
    return { watermark, columns }
  }).pipe(Effect.provide(sqliteStorage(path)), Effect.runPromise)

const sequences = (columns: ReadonlyArray<EventColumns>) =>
  columns.flatMap(({ sequence }) => [...sequence]).sort((a, b) => a - b)

beforeAll(async () => {
  mkdirSync(folder, { recursive: true })
  await build({
    entryPoints: [join(import.meta.dirname, "../support/crashChild.ts")],
    outfile: child,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    external: ["better-sqlite3"],
    banner: { js: "import { createRequire } from \"node:module\"; const require = createRequire(import.meta.url);" }
  })
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe.concurrent("a process that is killed at any moment", () => {
  it.each([["ingest", "as it is", 20], ["restless", "always putting its tail together", 15]] as const)(
    "loses nothing that was acknowledged and leaves no half batch, during live ingest (%s): %s",
    async (mode, _, kills) => {
      const path = join(folder, `${mode}.db`)
      const random = seeded(seed)
      let acknowledged = 0
      for (let kill = 0; kill < kills; kill++) {
        const { killed, lines } = await runAndKill(mode, path, random() * 250)
        assert.isTrue(killed, `kill ${kill}, seed ${seed}`)
        acknowledged = Math.max(acknowledged, ...lines.map(Number).filter((position) => !Number.isNaN(position)))
        assert.strictEqual(await integrity(path), "ok")
        const { columns, watermark } = await contents(path)
        assert.isAtLeast(watermark, acknowledged, `kill ${kill}, seed ${seed}`)
        assert.strictEqual(watermark % batchEvents, 0)
        assert.deepStrictEqual(sequences(columns), Array.from({ length: watermark }, (_, i) => i + 1))
        const batches = new Map<string, number>()
        for (const source of columns.flatMap((one) => one.source)) {
          batches.set(source ?? "", (batches.get(source ?? "") ?? 0) + 1)
        }
        assert.isTrue([...batches.values()].every((events) => events === batchEvents))
      }
      assert.isAbove(acknowledged, kills)
    },
    600_000
  )

  it("leaves a whole log amid a compaction, which then completes", async () => {
    const random = seeded(seed + 2)
    const before = join(folder, "before.db")
    await Effect.runPromise(Effect.provide(importing, sqliteStorage(before)))
    const since = (columns: ReadonlyArray<EventColumns>) =>
      sequences(
        columns.map((one) =>
          selectRows(one, [...one.sequence.keys()].filter((row) => (one.availableAt[row] ?? 0) > cut))
        )
      )
    const cut = keptFrom - 60_000
    const original = await contents(before)
    const finish = (path: string) =>
      Effect.runPromise(
        Effect.provide(compacting, Layer.provideMerge(SqliteLogMaintenance.layer, sqliteStorage(path)))
      )
    const done = join(folder, "done.db")
    copyFileSync(before, done)
    const started = process.hrtime.bigint()
    await finish(done)
    const usual = Number(process.hrtime.bigint() - started) / 1e6
    const expected = await contents(done)
    assert.isBelow(sequences(expected.columns).length, importedRows * 0.6)
    let interrupted = 0
    for (let kill = 0; kill < 5; kill++) {
      const path = join(folder, `compact-${kill}.db`)
      copyFileSync(before, path)
      const { lines } = await runAndKill("compact", path, random() * usual)
      assert.strictEqual(await integrity(path), "ok")
      const left = await contents(path)
      assert.strictEqual(left.watermark, original.watermark)
      assert.deepStrictEqual(since(left.columns), since(original.columns), `kill ${kill}, seed ${seed + 2}`)
      if (!lines.includes("done")) interrupted++
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
    const usual = Number(process.hrtime.bigint() - started) / 1e6
    const expected = await contents(whole)
    let path = join(folder, "import-0.db")
    let interrupted = 0
    for (let kill = 0; kill < killsPerKind; kill++) {
      const { killed, lines } = await runAndKill("import", path, random() * usual)
      assert.strictEqual(await integrity(path), "ok")
      const { events, watermark } = await summary(path)
      assert.strictEqual(events, watermark)
      assert.include([0, importedRows], watermark, `kill ${kill}, seed ${seed + 1}`)
      if (lines.includes("done")) assert.strictEqual(watermark, importedRows)
      if (killed && watermark === 0) interrupted++
      // a finished database is spent; an interrupted one is tried again
      if (watermark !== 0) path = join(folder, `import-${kill + 1}.db`)
    }
    // most come too late where the machine has other work at first, and is quicker then
    assert.isAbove(interrupted, killsPerKind / 10)
    await Effect.runPromise(Effect.provide(importing, sqliteStorage(path)))
    assert.deepStrictEqual(await contents(path), expected)
  }, 600_000)
})
