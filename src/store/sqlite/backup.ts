import * as Reactivity from "@effect/experimental/Reactivity"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import { Effect, Schema } from "effect"
import { StorageFailure } from "../StorageFailure.js"
import { storageFailure } from "./Database.js"
import { select } from "./rows.js"

export interface BackupRequest {
  /** the database file, which others may be writing to */
  readonly from: string
  /** the file that becomes the copy; one that is there already is never replaced */
  readonly to: string
  /** told how many bytes of about how many are written */
  readonly onProgress?: ((done: number, total: number) => Effect.Effect<void>) | undefined
}

/** A copy as it was found when it was read again. */
export interface Backup {
  /** the log position: what was acknowledged up to here is in the copy, and nothing later */
  readonly sequence: number
  readonly bytes: number
}

const Head = Schema.Struct({ sequence: Schema.Int })
const Integrity = Schema.Struct({ integrity_check: Schema.String })

/** Between two looks at how far the copy has come. */
const lookEvery = "200 millis"

/** Opened as it is: neither made where it is not there, nor migrated. */
const open = (file: string) =>
  Effect.gen(function*() {
    if (!(yield* (yield* FileSystem.FileSystem).exists(file))) {
      return yield* new StorageFailure({ operation: `open the database ${file}`, cause: "there is no such file" })
    }
    return yield* SqliteClient.make({ filename: file, disableWAL: true }).pipe(
      Effect.provide(Reactivity.layer),
      // the driver throws on what it cannot open
      Effect.catchAllDefect((defect) => Effect.fail(storageFailure(`open the database ${file}`)(defect)))
    )
  })

const positionOf = (sql: SqliteClient.SqliteClient) =>
  sql`SELECT sequence FROM log_head`.pipe(select(Head), Effect.map(([row]) => row?.sequence ?? 0))

const demandFree = Effect.fnUntraced(function*(file: string) {
  if (yield* (yield* FileSystem.FileSystem).exists(file)) {
    return yield* new StorageFailure({
      operation: `write ${file}`,
      hint: "a backup replaces no file: choose another name",
      cause: "it is there already"
    })
  }
})

/** Reads the whole copy: every page, and the position that it must have. */
const verify = (file: string, expected: number) =>
  Effect.scoped(Effect.gen(function*() {
    const sql = yield* open(file)
    const [found] = yield* sql`PRAGMA integrity_check(1)`.pipe(select(Integrity))
    const sequence = yield* positionOf(sql)
    if (found?.integrity_check === "ok" && sequence === expected) return
    return yield* new StorageFailure({
      operation: `read the copy ${file} again`,
      hint: "`feature-store doctor` tells whether the database itself is whole",
      cause: found?.integrity_check === "ok"
        ? `its log ends at ${sequence}, not at ${expected}`
        : found?.integrity_check ?? "it says nothing"
    })
  }))

/** Makes what was written, or renamed in a folder, outlive the power; not every system lets a folder be opened. */
const sync = Effect.fnUntraced(function*(path: string) {
  const fs = yield* FileSystem.FileSystem
  yield* Effect.scoped(Effect.flatMap(fs.open(path), (opened) => opened.sync))
})

/**
 * Copies a database while others read and write it, as of one moment, and reads the copy again before it gets its name.
 * The copy is one file: it needs no write-ahead log beside it. On any failure nothing is left behind.
 */
export const backup = ({ from, onProgress, to }: BackupRequest) =>
  Effect.scoped(Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    yield* demandFree(to)
    const source = yield* open(from)
    // a transaction of a reader holds its moment: a writer that commits meanwhile would have the copy begin anew
    yield* source.unsafe("BEGIN")
    const sequence = yield* positionOf(source)
    const folder = path.dirname(to)
    const partial = path.join(
      yield* fs.makeTempDirectoryScoped({ directory: folder, prefix: `${path.basename(to)}.partial-` }),
      path.basename(to)
    )
    const total = yield* Effect.map(fs.stat(from), ({ size }) => Number(size))
    const look = Effect.flatMap(
      Effect.orElseSucceed(Effect.map(fs.stat(partial), ({ size }) => Number(size)), () => 0),
      (done) => onProgress?.(Math.min(done, total), total) ?? Effect.void
    )
    yield* Effect.raceFirst(source.backup(partial), Effect.forever(Effect.delay(look, lookEvery)))
    yield* source.unsafe("COMMIT")
    yield* verify(partial, sequence)
    yield* sync(partial)
    yield* demandFree(to)
    yield* fs.rename(partial, to)
    yield* Effect.ignore(sync(folder))
    const copied: Backup = { sequence, bytes: Number((yield* fs.stat(to)).size) }
    return copied
  })).pipe(Effect.mapError(storageFailure(`back up ${from} to ${to}`)))
