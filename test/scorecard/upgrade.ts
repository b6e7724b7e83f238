import * as Reactivity from "@effect/experimental/Reactivity"
import * as NodeContext from "@effect/platform-node/NodeContext"
import { SqlClient } from "@effect/sql"
import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import * as Migrator from "@effect/sql/Migrator"
import { Chunk, Effect, FastCheck as fc, Schema, Stream } from "effect"
import { join } from "node:path"
import { isDeepStrictEqual } from "node:util"
import { Ingest } from "../../src/context/Ingest.js"
import { Instant } from "../../src/domain/Instant.js"
import { MarketId } from "../../src/domain/MarketId.js"
import { EventLog } from "../../src/store/EventLog.js"
import { FeatureRepository } from "../../src/store/FeatureRepository.js"
import { FeatureStore } from "../../src/store/FeatureStore.js"
import { LogMaintenance } from "../../src/store/LogMaintenance.js"
import { knownSchema, migrations } from "../../src/store/sqlite/migrations.js"
import { liveApp } from "../support/apps.js"
import { damage, readContents } from "../support/crash/killing.js"
import { batchOf, maintained } from "../support/crash/workload.js"
import { standardRegistry } from "../support/evaluate.js"
import { HandClock } from "../support/handClock.js"
import { histories, instantsOf, marketIds } from "../support/histories.js"
import type { EventBody } from "../support/naive/index.js"
import { timedOf } from "../support/observed.js"
import { allGroups } from "../support/performance.js"
import { folder } from "../support/storages.js"
import { type Campaign, type Draw, noting, rounds } from "./Campaign.js"

const markets = marketIds.map((id) => MarketId.make(id))
const group = { name: "forecast", version: "1.0" }

/** Versions up to this one had no tail: what was appended went into chunks at once. */
const lastWithoutTail = 3

/** Fills a database of the present program with everything that it keeps. */
const filling = (draw: Draw, lines: ReadonlyArray<EventBody>, hasTail: boolean) =>
  Effect.gen(function*() {
    const log = yield* EventLog
    const repository = yield* FeatureRepository
    const store = yield* FeatureStore
    const ingest = yield* Ingest
    const half = Math.ceil(lines.length / 2)
    const events = lines.slice(0, half).map(timedOf)
    yield* log.importFile({ digest: "a", name: "a" }, Stream.make({ kind: "events" as const, events }))
    for (const line of lines.slice(half)) yield* ingest.publish([timedOf(line).event])
    yield* repository.register([{ ...group, fingerprint: "f", definition: "{}" }])
    const at = Instant(lines[0]?.available_at ?? 0)
    yield* repository.storeExternal(
      markets.map((market, i) => ({ group, market, feature: "win", timestamp: at, availableAt: at, value: i }))
    )
    for (const market of markets) yield* store.getCurrentFeatures(market, allGroups)
    yield* store.flush
    const to = Instant(at + 600_000)
    yield* store.materialize({ references: [...allGroups], everyMillis: draw.within(5, 60) * 1_000, from: at, to })
    const maintenance = yield* LogMaintenance
    if (!hasTail) yield* maintenance.compact({ historyMillis: 0, shrink: false })
  }).pipe(Effect.provide(liveApp(standardRegistry)))

const Names = Schema.Array(Schema.Struct({ name: Schema.String }))

/** Makes a database as the program of a version made it, and gives it the rows of another, as far as it has room for them. */
const copyInto = (path: string, version: number, present: string) =>
  Effect.gen(function*() {
    const sql = yield* SqliteClient.make({ filename: path, disableWAL: true }).pipe(Effect.provide(Reactivity.layer))
    yield* sql.unsafe("PRAGMA page_size = 16384")
    yield* sql.unsafe("PRAGMA journal_mode = WAL")
    const older = Object.fromEntries(
      Object.entries(migrations).filter(([name]) => Number.parseInt(name, 10) <= version)
    )
    yield* Migrator.make({})({ loader: Migrator.fromRecord(older) }).pipe(
      Effect.provideService(SqlClient.SqlClient, sql)
    )
    yield* sql.unsafe(`ATTACH '${present}' AS present`)
    const decode = Schema.decodeUnknown(Names)
    const tables = yield* Effect.flatMap(
      sql.unsafe("SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE '%sql%'"),
      decode
    )
    yield* sql.unsafe("DELETE FROM log_head")
    for (const { name } of tables) {
      const columns = yield* Effect.flatMap(sql.unsafe(`SELECT name FROM pragma_table_info('${name}')`), decode)
      const all = columns.map((column) => column.name).join(", ")
      yield* sql.unsafe(`INSERT INTO main.${name} (${all}) SELECT ${all} FROM present.${name}`)
    }
  }).pipe(Effect.scoped, Effect.provide(NodeContext.layer))

/** All that a program can read that opens the database; of features only where its version had them. */
const reading = (version: number, instants: ReadonlyArray<number>) =>
  Effect.gen(function*() {
    const store = yield* FeatureStore
    const repository = yield* FeatureRepository
    const { columns, watermark } = yield* readContents
    const asked = instants.flatMap((at) => markets.map((market) => ({ market, at: Instant(at) })))
    const log = {
      columns,
      watermark,
      summaries: yield* Effect.flatMap(EventLog, (each) => each.markets),
      appendedAt: yield* Effect.flatMap(EventLog, (each) => each.appendedAt),
      vectors: yield* Effect.forEach(asked, ({ at, market }) =>
        Effect.map(store.getFeaturesAt(market, at, allGroups), (vector) => vector.toJSON()))
    }
    if (version < 2) {
      return { log, features: undefined }
    }
    const features = {
      registered: yield* repository.registered,
      served: Chunk.toReadonlyArray(yield* Stream.runCollect(repository.served)),
      external: yield* Effect.forEach(markets, (market) =>
        repository.externalHistory(group, market)),
      materialised: yield* Effect.forEach(
        standardRegistry.computed.flatMap((computed) => markets.map((market) => ({ computed, market }))),
        ({ computed, market }) =>
          repository.readMaterialised(computed, market, Instant(0), Instant(Number.MAX_SAFE_INTEGER))
      )
    }
    return { log, features }
  }).pipe(Effect.provide(liveApp(standardRegistry)))

const Version = Schema.Tuple(Schema.Struct({ newest: Schema.Int }))

const newestMigration = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql.unsafe("SELECT MAX(migration_id) AS newest FROM effect_sql_migrations")
).pipe(
  Effect.flatMap(Schema.decodeUnknown(Version)),
  Effect.map(([{ newest }]) => newest)
)

export const upgrade: Campaign = {
  name: "upgrade",
  what: `databases of each earlier schema (1 to ${
    knownSchema - 1
  }) opened by this program; all there, the same answers`,
  rounds: rounds(4 * (knownSchema - 1)),
  meets: Array.from({ length: knownSchema - 1 }, (_, i) => `from schema ${i + 1}`),
  prepare: Effect.succeed(noting((notes, draw, seed) =>
    Effect.gen(function*() {
      const version = 1 + seed % (knownSchema - 1)
      const to = yield* folder
      const [present, path] = [join(to, "present.db"), join(to, "older.db")]
      const lines = fc.sample(histories, { seed, numRuns: 1 })[0] ?? []
      const instants = fc.sample(instantsOf(lines), { seed, numRuns: 12 })
      const clock = new HandClock(Math.max(0, ...lines.map((line) => line.available_at)))
      yield* Effect.gen(function*() {
        yield* Effect.provide(filling(draw, lines, version > lastWithoutTail), maintained(present))
        const expected = yield* Effect.provide(reading(version, instants), maintained(present))
        yield* copyInto(path, version, present)
        yield* Effect.gen(function*() {
          const found = yield* reading(version, instants)
          notes.tried++
          notes.meet(`from schema ${version}`)
          notes.demand(isDeepStrictEqual(found.log, expected.log), () =>
            `schema ${version}: the log or its answers differ`)
          notes.demand(isDeepStrictEqual(found.features, expected.features), () =>
            `schema ${version}: features differ`)
          const newest = yield* newestMigration
          notes.demand(newest === knownSchema, () => `schema ${version}: it was brought to ${newest}`)
          const log = yield* EventLog
          const { sequence } = yield* log.append(batchOf(1), Instant(clock.millis))
          notes.demand(
            sequence === expected.log.watermark + batchOf(1).length,
            () => `schema ${version}: appended at ${sequence}`
          )
        }).pipe(Effect.provide(maintained(path)))
        notes.found(...(yield* damage(path)))
      }).pipe(Effect.withClock(clock))
    })
  ))
}
