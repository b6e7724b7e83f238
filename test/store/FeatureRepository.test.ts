import { plainStorage, sqliteInMemory, sqliteOnFile } from "../support/storages.js"
import { featureRepositoryConformance } from "./featureRepositoryConformance.js"

featureRepositoryConformance("plain lists", plainStorage, 20)
featureRepositoryConformance("SQLite in memory", sqliteInMemory, 150)
featureRepositoryConformance("SQLite on a file", sqliteOnFile, 15)
