import * as NodeContext from "@effect/platform-node/NodeContext"
import { SqlClient } from "@effect/sql"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Stream, TestServices } from "effect"
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { MarketEvent } from "../../../src/domain/Event.js"
import { Instant } from "../../../src/domain/Instant.js"
import { MarketId } from "../../../src/domain/MarketId.js"
import { EventLog } from "../../../src/store/EventLog.js"
import { FeatureRepository } from "../../../src/store/FeatureRepository.js"
import * as Database from "../../../src/store/sqlite/Database.js"
import { migrations } from "../../../src/store/sqlite/migrations.js"
import { StorageFailure } from "../../../src/store/StorageFailure.js"
import { opening } from "../../support/histories.js"
import { folder, sqliteStorage } from "../../support/storages.js"

const database = (path: string) => Layer.provide(Database.layer(path), NodeContext.layer).pipe(Layer.fresh)

const pragma = (name: string) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(`PRAGMA ${name}`)).pipe(
    Effect.map((rows) => JSON.stringify(rows[0]))
  )

const quote = (market: string): MarketEvent => ({
  market: MarketId.make(market),
  source: undefined,
  eventTime: undefined,
  body: { kind: "quote", bestBid: 500_000, bestAsk: 510_000, volume24h: undefined }
})

/** The failure of opening a database; a defect fails the test. */
const refusal = (path: string) => Effect.scoped(Layer.build(database(path))).pipe(Effect.flip, TestServices.provideLive)

describe("the database", () => {
  it.scoped("is written ahead and synchronised at every commit, in pages of 16 KiB", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "deeper", "and deeper", "features.db")
      const settings = Effect.all([pragma("journal_mode"), pragma("synchronous"), pragma("page_size")])
      const expected = ["{\"journal_mode\":\"wal\"}", "{\"synchronous\":2}", "{\"page_size\":16384}"]
      assert.deepStrictEqual(yield* Effect.provide(settings, database(path)), expected)
      // and again, when the file is there
      assert.deepStrictEqual(yield* Effect.provide(settings, database(path)), expected)
      assert.strictEqual(readFileSync(path).readUInt16BE(16), 16_384)
    }))

  it.scoped("is refused where it cannot be written ahead", () =>
    Effect.gen(function*() {
      // SQLite's own temporary database, which knows no write-ahead log
      const refused = yield* refusal("")
      assert.instanceOf(refused, StorageFailure)
      assert.include(refused.message, "journal_mode is delete and must be wal")
    }))

  it.scoped("that cannot be opened says why and what to do", () =>
    Effect.gen(function*() {
      const at = yield* folder
      writeFileSync(join(at, "file"), "no database, but long enough to look like one: ".repeat(400))
      mkdirSync(join(at, "directory"))
      mkdirSync(join(at, "closed"))
      chmodSync(join(at, "closed"), 0o500)
      symlinkSync(join(at, "loop"), join(at, "loop"))
      const hints: ReadonlyArray<readonly [path: string, hint: string]> = [
        [join(at, "directory"), "check the path and its permissions"],
        [join(at, "file", "features.db"), "check the path and its permissions"],
        [join(at, "loop"), "check the path and its permissions"],
        ["/dev/null/features.db", "check the path and its permissions"],
        ["/proc/nowhere/features.db", "check the path and its permissions"],
        [join(at, "file"), "this file is not a healthy database; restore it from a backup"]
      ]
      // the superuser may write everywhere
      const closed = process.getuid?.() === 0
        ? []
        : [[join(at, "closed", "features.db"), "check the path and its permissions"] as const]
      for (const [path, hint] of [...hints, ...closed]) {
        const refused = yield* refusal(path)
        assert.instanceOf(refused, StorageFailure, path)
        assert.strictEqual(refused.hint, hint, path)
        assert.include(refused.message, `open the database ${path}`)
        assert.notInclude(refused.message, "Failed to execute")
      }
    }))

  it.scoped("that was damaged is told when its chunks are read, and nothing of it is taken for data", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "features.db")
      const m1 = MarketId.make("m1")
      const group = { name: "a", version: "1" }
      const at = Instant(opening)
      yield* Effect.gen(function*() {
        const log = yield* EventLog
        const sql = yield* SqlClient.SqlClient
        const repository = yield* FeatureRepository
        yield* log.append(Array.from({ length: 50 }, () => quote("m1")), at)
        yield* repository.register([{ ...group, fingerprint: "", definition: "" }])
        const values = [Float64Array.of(1)]
        yield* repository.writeMaterialised(group, [
          {
            market: m1,
            firstAt: Instant(opening),
            everyMillis: 1,
            rows: 1,
            logSequence: 1,
            values,
            reasons: [Uint8Array.of(0)],
            newestAt: Float64Array.of(1)
          }
        ], [])
        yield* repository.writeServed([
          { group, market: m1, at, sequence: 1, values: Float64Array.of(1), reasons: Uint8Array.of(0) }
        ])
        yield* repository.storeExternal([
          { group, market: m1, feature: "f", timestamp: at, availableAt: at, value: 1 }
        ])
        yield* sql`UPDATE external_values SET value = x'00'`
        const damage = (table: string) =>
          sql.unsafe(`UPDATE ${table} SET data = CAST(substr(data, 1, 20) || x'ff' || substr(data, 22) AS BLOB)`)
        for (const table of ["event_tail", "feature_chunks", "served_chunks"]) yield* damage(table)
      }).pipe(Effect.provide(sqliteStorage(path)))
      // by a process that has not written it
      yield* Effect.gen(function*() {
        const log = yield* EventLog
        const sql = yield* SqlClient.SqlClient
        const repository = yield* FeatureRepository
        const failures = yield* Effect.all([
          Effect.flip(log.read(m1)),
          Effect.flip(Stream.runDrain(log.scan())),
          Effect.flip(repository.readMaterialised(group, m1, at, at)),
          Effect.flip(Stream.runDrain(repository.served))
        ])
        for (const failure of failures) {
          assert.strictEqual(failure._tag, "StorageFailure")
          assert.include(failure.message, "checksum")
          assert.strictEqual(failure.hint, "restore from a backup")
        }
        const external = yield* Effect.flip(repository.externalHistory(group, m1))
        assert.include(external.message, "values of f are of a type that is never stored")
        assert.strictEqual(external.hint, "restore from a backup")
        // a chunk under another kind's number
        yield* sql`UPDATE event_tail SET kind = 99`
        assert.include((yield* Effect.flip(log.read(m1))).message, "kind 99 is unknown")
      }).pipe(Effect.provide(sqliteStorage(path)))
    }))

  it.scoped("is migrated once, however often and by however many it is opened", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "features.db")
      const opened = Effect.provide(
        Effect.flatMap(EventLog, (log) => log.append([quote("m1")], Instant(opening))),
        sqliteStorage(path)
      )
      yield* TestServices.provideLive(Effect.all(Array.from({ length: 5 }, () => opened), { concurrency: "unbounded" }))
      const found = yield* Effect.provide(
        Effect.gen(function*() {
          const sql = yield* SqlClient.SqlClient
          const log = yield* EventLog
          return [
            yield* log.watermark,
            yield* sql`SELECT migration_id FROM effect_sql_migrations ORDER BY migration_id`
          ]
        }),
        sqliteStorage(path)
      )
      assert.deepStrictEqual(found, [5, Object.keys(migrations).map((_, i) => ({ migration_id: i + 1 }))])
    }))
})

describe("two on one database", () => {
  it.scoped("see what the other has written, and number events in one sequence", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "features.db")
      const one = yield* Layer.build(sqliteStorage(path))
      const two = yield* Layer.build(sqliteStorage(path))
      const append = (market: string, at: number) =>
        Effect.flatMap(EventLog, (log) => log.append([quote(market), quote("shared")], Instant(opening + at)))
      const watermark = Effect.flatMap(EventLog, (log) => log.watermark)
      for (let i = 0; i < 6; i++) {
        const appended = yield* Effect.provide(append(`m${i}`, i), i % 2 === 0 ? one : two)
        assert.strictEqual(appended.sequence, 2 * i + 2)
        assert.strictEqual(yield* Effect.provide(watermark, i % 2 === 0 ? two : one), 2 * i + 2)
      }
      const read = Effect.flatMap(EventLog, (log) => log.read(MarketId.make("shared")))
      for (const each of [one, two]) {
        const { columns } = yield* Effect.provide(read, each)
        assert.deepStrictEqual([...columns[0]?.sequence ?? []], [2, 4, 6, 8, 10, 12])
      }
    }))

  it.scoped("read while the other imports, and a second writer is told who is in the way", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "features.db")
      const one = yield* Layer.build(sqliteStorage(path))
      const two = yield* Layer.build(sqliteStorage(path))
      yield* Effect.provide(Effect.flatMap(EventLog, (log) => log.append([quote("m1")], Instant(opening))), one)
      const events = [{ availableAt: Instant(opening), event: quote("m1") }]
      const endless = Stream.concat(Stream.make({ kind: "events" as const, events }), Stream.never)
      const importing = yield* Effect.fork(
        Effect.provide(Effect.flatMap(EventLog, (log) => log.importFile({ digest: "a", name: "a" }, endless)), one)
      )
      for (let i = 0; i < 100; i++) yield* Effect.yieldNow()
      const reading = Effect.gen(function*() {
        const log = yield* EventLog
        const scanned = yield* Stream.runCount(log.scan())
        return [yield* log.watermark, scanned, (yield* log.read(MarketId.make("m1"))).columns[0]?.rows]
      })
      assert.deepStrictEqual(yield* Effect.provide(reading, two), [1, 1, 1])
      const append = Effect.flatMap(EventLog, (log) => log.append([quote("m2")], Instant(opening)))
      const failure = yield* Effect.flip(Effect.provide(append, two))
      assert.strictEqual(failure._tag, "StorageFailure")
      assert.strictEqual(failure.hint, "another process is writing to this database; try again when it has finished")
      yield* Fiber.interrupt(importing)
      // nothing is left in the way
      assert.strictEqual((yield* Effect.provide(append, two)).sequence, 2)
      assert.strictEqual((yield* Effect.provide(append, one)).sequence, 3)
      assert.deepStrictEqual(yield* Effect.provide(reading, two), [3, 3, 1])
    }))

  it.scoped("tell a position of the log only once it is committed", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "features.db")
      const one = yield* Layer.build(sqliteStorage(path))
      const two = yield* Layer.build(sqliteStorage(path))
      const watermark = Effect.flatMap(EventLog, (log) => log.watermark)
      let asked = 0
      for (let ops = 16; ops < 60; ops++) {
        const append = Effect.flatMap(EventLog, (log) => log.append([quote("m1"), quote("m2")], Instant(opening)))
        // the writer gives way in the midst of its transaction
        const writing = yield* Effect.fork(Effect.provide(Effect.withMaxOpsBeforeYield(append, ops), one))
        while ((yield* Fiber.poll(writing))._tag === "None") {
          const own = yield* Effect.provide(watermark, one)
          assert.isAtMost(own, yield* Effect.provide(watermark, two))
          asked++
          yield* Effect.yieldNow()
        }
      }
      assert.isAbove(asked, 40)
    }))
})
