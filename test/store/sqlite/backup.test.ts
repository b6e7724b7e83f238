import * as NodeContext from "@effect/platform-node/NodeContext"
import { SqlClient } from "@effect/sql"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer, TestServices } from "effect"
import { copyFileSync, existsSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { MarketEvent } from "../../../src/domain/Event.js"
import { Instant } from "../../../src/domain/Instant.js"
import { MarketId } from "../../../src/domain/MarketId.js"
import { EventLog } from "../../../src/store/EventLog.js"
import { backup } from "../../../src/store/sqlite/backup.js"
import * as Database from "../../../src/store/sqlite/Database.js"
import { StorageFailure } from "../../../src/store/StorageFailure.js"
import { opening } from "../../support/histories.js"
import { folder, sqliteStorage } from "../../support/storages.js"

const quote = (market: string, bestBid: number): MarketEvent => ({
  market: MarketId.make(market),
  source: undefined,
  eventTime: undefined,
  body: { kind: "quote", bestBid, bestAsk: 900_000, volume24h: undefined }
})

/** Appends of two events each: whole or not at all, whatever else happens. */
const appendPairs = (count: number, wait: Effect.Effect<void> = Effect.void) =>
  Effect.flatMap(EventLog, (log) =>
    Effect.forEach(
      Array.from({ length: count }, (_, i) => i),
      (i) => Effect.zipLeft(log.append([quote(`m${i % 50}`, i + 1), quote("all", i + 1)], Instant(opening + i)), wait),
      { discard: true }
    ))

const contents = (path: string) =>
  Effect.gen(function*() {
    const log = yield* EventLog
    const { columns } = yield* log.read(MarketId.make("all"))
    const events = (yield* log.markets).reduce((sum, market) => sum + market.events, 0)
    return { watermark: yield* log.watermark, events, pairs: columns.reduce((sum, one) => sum + one.rows, 0) }
  }).pipe(Effect.provide(sqliteStorage(path)))

const copy = (from: string, to: string) => Effect.provide(backup({ from, to }), NodeContext.layer)

describe("a backup", () => {
  it.scoped("is the log as of one moment, though another connection appends all the while", () =>
    Effect.gen(function*() {
      const at = yield* folder
      const [from, to] = [join(at, "live.db"), join(at, "copy.db")]
      const writer = yield* Layer.build(sqliteStorage(from))
      // enough pages for a copy of many steps, between which the writer commits
      yield* Effect.provide(
        Effect.flatMap(
          SqlClient.SqlClient,
          (sql) =>
            sql`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600)
            INSERT INTO decisions (id, document) SELECT i, hex(randomblob(5000)) FROM n`
        ),
        writer
      )
      yield* Effect.provide(appendPairs(20), writer)
      const writing = yield* Effect.fork(
        TestServices.provideLive(Effect.provide(appendPairs(100_000, Effect.sleep("1 millis")), writer))
      )
      const { bytes, sequence } = yield* TestServices.provideLive(copy(from, to))
      const after = yield* Effect.provide(Effect.flatMap(EventLog, (log) => log.watermark), writer)
      yield* Fiber.interrupt(writing)

      assert.isAtLeast(sequence, 40)
      assert.isAbove(after, sequence)
      assert.strictEqual(bytes, statSync(to).size)
      // one file, which needs nothing beside it
      assert.deepStrictEqual(readdirSync(at).filter((name) => name.startsWith("copy")), ["copy.db"])
      assert.deepStrictEqual(yield* contents(to), { watermark: sequence, events: sequence, pairs: sequence / 2 })
    }))

  it.scoped("is restored by copying it into the place of the database, without the write-ahead log that a kill has left", () =>
    Effect.gen(function*() {
      const at = yield* folder
      const [from, to, killed] = [join(at, "log.db"), join(at, "copy.db"), join(at, "killed.db")]
      const writer = yield* Layer.build(sqliteStorage(from))
      yield* Effect.provide(appendPairs(10), writer)
      yield* copy(from, to)
      const expected = yield* contents(to)
      yield* Effect.provide(appendPairs(20), writer)
      // the files as they are when the process that writes them is killed
      const kill = () => ["", "-wal"].forEach((end) => copyFileSync(`${from}${end}`, `${killed}${end}`))

      kill()
      for (const end of ["", "-wal", "-shm"]) rmSync(`${killed}${end}`, { force: true })
      copyFileSync(to, killed)
      assert.deepStrictEqual(yield* contents(killed), expected)

      // why the log has to go: it would be played into the copy
      kill()
      rmSync(`${killed}-shm`, { force: true })
      copyFileSync(to, killed)
      const torn = yield* Effect.exit(contents(killed))
      assert.notDeepEqual(torn, Exit.succeed(expected))
    }))

  it.scoped("replaces nothing, and leaves nothing behind where it fails", () =>
    Effect.gen(function*() {
      const at = yield* folder
      const from = join(at, "log.db")
      yield* Effect.provide(appendPairs(3), sqliteStorage(from))
      const failing = (source: string, to: string) => Effect.flip(copy(source, to))

      yield* copy(from, join(at, "one.db"))
      const taken = yield* failing(from, join(at, "one.db"))
      assert.instanceOf(taken, StorageFailure)
      assert.include(taken.message, "one.db: it is there already (a backup replaces no file: choose another name)")

      writeFileSync(join(at, "other"), "no database, but long enough to look like one: ".repeat(400))
      assert.include((yield* failing(join(at, "other"), join(at, "two.db"))).message, "not a database")
      assert.include((yield* failing(join(at, "none.db"), join(at, "two.db"))).message, "there is no such file")
      const nowhere = yield* failing(from, join(at, "none", "two.db"))
      assert.strictEqual(nowhere.hint, "check the path and its permissions")
      assert.isFalse(existsSync(join(at, "none.db")))
      assert.deepStrictEqual(readdirSync(at).sort(), ["log.db", "one.db", "other"])
    }))

  it.scoped("of a database that a newer program has written is made, and opened by none but that program", () =>
    Effect.gen(function*() {
      const at = yield* folder
      const [from, to] = [join(at, "newer.db"), join(at, "copy.db")]
      yield* Effect.provide(
        Effect.gen(function*() {
          yield* appendPairs(1)
          const sql = yield* SqlClient.SqlClient
          yield* sql`INSERT INTO effect_sql_migrations (migration_id, name) VALUES (999, 'from_the_future')`
        }),
        sqliteStorage(from)
      )
      assert.strictEqual((yield* copy(from, to)).sequence, 2)
      for (const path of [from, to]) {
        const opened = Effect.provide(Layer.build(Layer.fresh(Database.layer(path))), NodeContext.layer)
        const refused = yield* Effect.flip(Effect.scoped(opened))
        assert.instanceOf(refused, StorageFailure)
        assert.match(
          refused.message,
          /its schema is 999, and this program knows up to \d+: a newer one has written it/u
        )
        assert.include(refused.hint, "a backup from before the upgrade")
      }
    }))
})
