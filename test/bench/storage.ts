import * as NodeContext from "@effect/platform-node/NodeContext"
import { Layer } from "effect"
import { rmSync, statSync } from "node:fs"
import * as Database from "../../src/store/sqlite/Database.js"
import * as SqliteEventLog from "../../src/store/sqlite/SqliteEventLog.js"
import * as SqliteFeatureRepository from "../../src/store/sqlite/SqliteFeatureRepository.js"

/** The embedded storage on a file. */
export const storage = (path: string) =>
  Layer.merge(SqliteEventLog.layer, SqliteFeatureRepository.layer).pipe(
    Layer.provideMerge(Database.layer(path)),
    Layer.provide(NodeContext.layer)
  )

/** A database's files: logs that are not merged yet count, and go, with it. */
const filesOf = (path: string): ReadonlyArray<string> => [path, `${path}-wal`, `${path}-shm`, `${path}.wal`]

export const removeDatabase = (path: string): void => {
  for (const file of filesOf(path)) rmSync(file, { force: true })
}

export const databaseBytes = (path: string): number =>
  filesOf(path).reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0)
