import * as NodeContext from "@effect/platform-node/NodeContext"
import { Layer } from "effect"
import * as Database from "../../src/store/sqlite/Database.js"
import * as SqliteEventLog from "../../src/store/sqlite/SqliteEventLog.js"
import * as SqliteFeatureRepository from "../../src/store/sqlite/SqliteFeatureRepository.js"

/** The embedded storage on a file. */
export const storage = (path: string) =>
  Layer.merge(SqliteEventLog.layer, SqliteFeatureRepository.layer).pipe(
    Layer.provideMerge(Database.layer(path)),
    Layer.provide(NodeContext.layer)
  )
