import { SqlClient } from "@effect/sql"
import { Context, Effect, Layer, Schema } from "effect"
import type { StorageFailure } from "../StorageFailure.js"
import { storageFailure } from "./Database.js"
import { select } from "./rows.js"

/** What the database says of itself. */
export interface Health {
  /** what SQLite found wrong; empty where the file is whole */
  readonly problems: ReadonlyArray<string>
  readonly journalMode: string
  /** 2 is FULL: synchronised at every commit */
  readonly synchronous: number
  /** the newest migration that was applied */
  readonly schema: number
  /** files that were imported */
  readonly imports: number
}

/** Bytes of a database: the whole file as it is after a checkpoint, and its bulk data. */
export interface Sizes {
  readonly total: number
  readonly events: number
  readonly features: number
  readonly served: number
}

/** A look at the database as a file. For people and reports: no answer depends on it. */
export class DatabaseHealth extends Context.Tag("features/DatabaseHealth")<DatabaseHealth, {
  /** Reads the whole file. */
  readonly check: Effect.Effect<Health, StorageFailure>
  readonly sizes: Effect.Effect<Sizes, StorageFailure>
}>() {}

const Integrity = Schema.Struct({ integrity_check: Schema.String })
const Journal = Schema.Struct({ journal_mode: Schema.String })
const Synchronous = Schema.Struct({ synchronous: Schema.Int })
const Counts = Schema.Struct({ schema: Schema.Int, imports: Schema.Int })
const Bytes = Schema.Struct({ total: Schema.Int, events: Schema.Int, features: Schema.Int, served: Schema.Int })

const make = Effect.map(SqlClient.SqlClient, (sql) => {
  const check = Effect.gen(function*() {
    const integrity = yield* sql`PRAGMA integrity_check(20)`.pipe(select(Integrity))
    const [journal] = yield* sql`PRAGMA journal_mode`.pipe(select(Journal))
    const [synchronous] = yield* sql`PRAGMA synchronous`.pipe(select(Synchronous))
    const [counts] = yield* sql`SELECT
        (SELECT COALESCE(MAX(migration_id), 0) FROM effect_sql_migrations) AS schema,
        (SELECT COUNT(*) FROM imports) AS imports`.pipe(select(Counts))
    const health: Health = {
      problems: integrity.map((row) => row.integrity_check).filter((line) => line !== "ok"),
      journalMode: journal?.journal_mode ?? "unknown",
      synchronous: synchronous?.synchronous ?? 0,
      schema: counts?.schema ?? 0,
      imports: counts?.imports ?? 0
    }
    return health
  })
  const sizes = sql`SELECT
      (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size) AS total,
      (SELECT COALESCE(SUM(LENGTH(data)), 0) FROM event_chunks)
        + (SELECT COALESCE(SUM(LENGTH(data) + LENGTH(markets)), 0) FROM event_tail) AS events,
      (SELECT COALESCE(SUM(LENGTH(data)), 0) FROM feature_chunks) AS features,
      (SELECT COALESCE(SUM(LENGTH(data)), 0) FROM served_chunks) AS served`.pipe(
    select(Bytes),
    Effect.map(([row]): Sizes => row ?? { total: 0, events: 0, features: 0, served: 0 })
  )
  return DatabaseHealth.of({
    check: Effect.mapError(check, storageFailure("check the database")),
    sizes: Effect.mapError(sizes, storageFailure("measure the database"))
  })
})

export const layer = Layer.effect(DatabaseHealth, make)
