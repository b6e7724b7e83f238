import { Layer } from "effect"
import * as Database from "./Database.js"
import * as DatabaseHealth from "./DatabaseHealth.js"
import * as SqliteDecisionJournal from "./SqliteDecisionJournal.js"
import * as SqliteEventLog from "./SqliteEventLog.js"
import * as SqliteFeatureRepository from "./SqliteFeatureRepository.js"
import * as SqliteLogMaintenance from "./SqliteLogMaintenance.js"

/** The file name of a database that lives in memory and ends with the process. */
export const inMemory = Database.inMemory

/**
 * The embedded storage: log and its maintenance, feature repository, journal and health over one database file, which is made where it is not
 * there.
 */
export const layer = (filename: string) =>
  Layer.mergeAll(
    SqliteEventLog.layer,
    SqliteFeatureRepository.layer,
    SqliteDecisionJournal.layer,
    SqliteLogMaintenance.layer,
    DatabaseHealth.layer
  ).pipe(Layer.provide(Database.layer(filename)))

/** Log and repository of a database that another thread or process has opened, for reading alone: a write fails. */
export const readerLayer = (filename: string) =>
  Layer.merge(SqliteEventLog.layer, SqliteFeatureRepository.layer).pipe(Layer.provide(Database.readerLayer(filename)))
