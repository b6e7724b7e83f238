import * as NodeContext from "@effect/platform-node/NodeContext"
import { Effect, Layer } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Database from "../../src/store/sqlite/Database.js"
import * as SqliteEventLog from "../../src/store/sqlite/SqliteEventLog.js"
import * as SqliteFeatureRepository from "../../src/store/sqlite/SqliteFeatureRepository.js"
import { plainEventLog } from "./plainLog.js"
import { plainFeatureRepository } from "./plainRepository.js"

/** Log and repository in the database at `path`, which is provided as well. */
export const sqliteStorage = (path: string, log = SqliteEventLog.layer) =>
  Layer.merge(log, SqliteFeatureRepository.layer).pipe(
    Layer.provideMerge(Database.layer(path)),
    Layer.provide(NodeContext.layer)
  )

/** A log whose tail is always on its way into chunks, a market or two with each append. */
export const restlessLog = SqliteEventLog.layerWith({ events: 5, smallParts: 3, chunksPerAppend: 1 })

/** A folder that goes with the scope. */
export const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "feature-store-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

export const sqliteInMemory = sqliteStorage(Database.inMemory)

/** The same with a log that never rests. */
export const restlessInMemory = sqliteStorage(Database.inMemory, restlessLog)

export const sqliteOnFile = Layer.unwrapScoped(
  Effect.map(folder, (path) => sqliteStorage(join(path, "features.db")))
)

/** Plain lists: what every storage is compared with, and the fastest one. */
export const plainStorage = Layer.merge(plainEventLog, plainFeatureRepository)
