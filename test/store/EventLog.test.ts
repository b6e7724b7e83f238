import { plainStorage, restlessInMemory, sqliteInMemory, sqliteOnFile } from "../support/storages.js"
import { eventLogConformance } from "./eventLogConformance.js"

eventLogConformance("a plain list", plainStorage, { programs: 300, bulks: 3 })
eventLogConformance("SQLite in memory", sqliteInMemory, { programs: 250, bulks: 10 })
eventLogConformance("SQLite in memory, always putting its tail together", restlessInMemory, { programs: 250, bulks: 8 })
eventLogConformance("SQLite on a file", sqliteOnFile, { programs: 40, bulks: 4 })
