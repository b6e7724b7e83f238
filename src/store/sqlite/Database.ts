import * as Reactivity from "@effect/experimental/Reactivity"
import type { PlatformError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import { SqlClient } from "@effect/sql"
import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import * as Migrator from "@effect/sql/Migrator"
import { Effect, Layer, Schedule, Schema } from "effect"
import { StorageFailure } from "../StorageFailure.js"
import { knownSchema, migrations } from "./migrations.js"

/** Pages of 16 KiB: a chunk of a few thousand events fits few of them, which makes reading it markedly faster. */
const pageSize = 16_384

/** The file name of a database that lives in memory and ends with the process. */
export const inMemory = ":memory:"

const says = (cause: unknown, pattern: RegExp): boolean =>
  cause instanceof Error && (pattern.test(cause.message) || says(cause.cause, pattern))

const hints: ReadonlyArray<readonly [RegExp, string]> = [
  [/database is locked/u, "another process is writing to this database; try again when it has finished"],
  [/disk is full/u, "free some space and try again; nothing of this operation was kept"],
  [/unable to open|EACCES|EROFS|ENOTDIR|ENOENT|EEXIST|ELOOP|readonly database/u, "check the path and its permissions"],
  [/not a database|malformed/u, "this file is not a healthy database; restore it from a backup"]
]

/** Names what was being done when the driver failed; a failure that is named already stays as it is. */
export const storageFailure = (operation: string) => (cause: unknown): StorageFailure =>
  cause instanceof StorageFailure
    ? cause
    : new StorageFailure({ operation, hint: hints.find(([pattern]) => says(cause, pattern))?.[1], cause })

const Pragma = Schema.Array(Schema.Record({ key: Schema.String, value: Schema.Union(Schema.String, Schema.Number) }))

/** Sets a pragma and returns what the database then says of it: settings can be refused in silence. */
const pragma = (sql: SqlClient.SqlClient, name: string, value: string | number) =>
  sql.unsafe(`PRAGMA ${name} = ${value}`).pipe(
    Effect.zipRight(sql.unsafe(`PRAGMA ${name}`)),
    Effect.flatMap(Schema.decodeUnknown(Pragma)),
    Effect.map((rows) => Object.values(rows[0] ?? {})[0])
  )

const demand = (name: string, actual: unknown, expected: string | number) =>
  actual === expected ? Effect.void : Effect.fail(
    new StorageFailure({
      operation: "open the database",
      cause: `${name} is ${String(actual)} and must be ${expected}: without it acknowledged events could be lost`
    })
  )

/**
 * A write-ahead log that is synchronised at every commit: what is acknowledged survives the process and the power. Page
 * size must come first, since a database in WAL mode keeps the size it has.
 */
const configure = (sql: SqlClient.SqlClient, filename: string) =>
  Effect.gen(function*() {
    yield* pragma(sql, "page_size", pageSize)
    const journal = yield* pragma(sql, "journal_mode", "WAL")
    if (filename !== inMemory) yield* demand("journal_mode", journal, "wal")
    yield* demand("synchronous", yield* pragma(sql, "synchronous", "FULL"), 2)
  })

const migrate = Migrator.make({})({ loader: Migrator.fromRecord(migrations) }).pipe(
  // two processes that open a new database at once take turns
  Effect.retry({ times: 20, schedule: Schedule.spaced("100 millis") })
)

const Newest = Schema.Tuple(Schema.Struct({ schema: Schema.Int }))

/** A database that a newer program has migrated is not for this one: it cannot know what it would leave out or break. */
const demandKnown = (sql: SqlClient.SqlClient, filename: string) =>
  sql`SELECT MAX(migration_id) AS schema FROM effect_sql_migrations`.pipe(
    Effect.flatMap(Schema.decodeUnknown(Newest)),
    Effect.flatMap(([{ schema }]) =>
      schema <= knownSchema ? Effect.void : Effect.fail(
        new StorageFailure({
          operation: `open the database ${filename}`,
          hint: "use the program that has written it, or a backup from before the upgrade",
          cause: `its schema is ${schema}, and this program knows up to ${knownSchema}: a newer one has written it`
        })
      )
    )
  )

/** Makes a folder and those above it, one by one: asked to do it in one go, Node never returns where /proc is in the way. */
const makeFolder = (folder: string): Effect.Effect<void, PlatformError, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function*() {
    const files = yield* FileSystem.FileSystem
    if (yield* files.exists(folder)) return
    const parent = (yield* Path.Path).dirname(folder)
    if (parent !== folder) yield* makeFolder(parent)
    yield* files.makeDirectory(folder).pipe(
      // another process may have been quicker
      Effect.catchIf((error) => error._tag === "SystemError" && error.reason === "AlreadyExists", () => Effect.void)
    )
  })

/** The client throws on a bad path. */
const connect = (options: SqliteClient.SqliteClientConfig) =>
  SqliteClient.make(options).pipe(
    Effect.provide(Reactivity.layer),
    Effect.catchAllDefect((defect) => Effect.fail(storageFailure(`open the database ${options.filename}`)(defect)))
  )

const open = (filename: string) =>
  Effect.gen(function*() {
    if (filename !== inMemory) yield* makeFolder((yield* Path.Path).dirname(filename))
    // the client sets WAL before anything else, which would pin the page size
    const sql = yield* connect({ filename, disableWAL: true })
    yield* configure(sql, filename)
    yield* Effect.provideService(migrate, SqlClient.SqlClient, sql)
    yield* demandKnown(sql, filename)
    return sql
  }).pipe(Effect.mapError(storageFailure(`open the database ${filename}`)))

/** The embedded database, migrated to the newest schema. `filename` may be `inMemory`. */
export const layer = (filename: string) => Layer.scoped(SqlClient.SqlClient, open(filename))

/** A database that somebody else has opened and migrated, to read beside them. */
export const readerLayer = (filename: string) =>
  Layer.scoped(SqlClient.SqlClient, connect({ filename, disableWAL: true, readonly: true }))
