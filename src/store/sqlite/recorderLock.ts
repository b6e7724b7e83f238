import * as Reactivity from "@effect/experimental/Reactivity"
import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import { Effect, Layer } from "effect"
import { StorageFailure } from "../StorageFailure.js"
import { inMemory } from "./Database.js"

/**
 * Makes this process the one that records into a database, until the layer ends or the process does, however it ends: a
 * recorder tells the log what those before it have left open, and must not take one that is still at work for such. The lock
 * is that of a database of its own beside the other, so that the operating system lets go of it.
 */
export const recorderLock = (filename: string): Layer.Layer<never, StorageFailure> =>
  filename === inMemory ? Layer.empty : Layer.scopedDiscard(
    SqliteClient.make({ filename: `${filename}.recorder`, disableWAL: true }).pipe(
      Effect.provide(Reactivity.layer),
      Effect.flatMap((sql) => sql.unsafe("BEGIN EXCLUSIVE")),
      // the driver throws on a bad path
      Effect.catchAllDefect(Effect.fail),
      Effect.mapError((cause) =>
        new StorageFailure({
          operation: `record into ${filename}`,
          hint: "if another process is recording into this database, end it first, or choose another one with --db",
          cause
        })
      )
    )
  )
