import { plainStorage, sqliteInMemory, sqliteOnFile } from "../support/storages.js"
import { eventLogConformance } from "./eventLogConformance.js"

eventLogConformance("a plain list", plainStorage, { programs: 300, bulks: 3 })
eventLogConformance("SQLite in memory", sqliteInMemory, { programs: 500, bulks: 15 })
eventLogConformance("SQLite on a file", sqliteOnFile, { programs: 40, bulks: 4 })
