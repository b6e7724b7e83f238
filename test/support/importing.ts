import { FileSystem } from "@effect/platform"
import * as NodeContext from "@effect/platform-node/NodeContext"
import { SqlClient } from "@effect/sql"
import { Effect, Layer } from "effect"
import { gzipSync } from "node:zlib"
import { eventOf } from "../../src/domain/eventOf.js"
import { importFile, type ImportOptions } from "../../src/importer/importFiles.js"
import type { ImportRejected } from "../../src/importer/ImportRejected.js"
import { EventLog } from "../../src/store/EventLog.js"
import * as Database from "../../src/store/sqlite/Database.js"
import * as SqliteEventLog from "../../src/store/sqlite/SqliteEventLog.js"

/** An empty log in memory, its database, and the file system. */
export const emptyLog = SqliteEventLog.layer.pipe(
  Layer.provideMerge(Database.layer(Database.inMemory)),
  Layer.provideMerge(NodeContext.layer),
  Layer.fresh
)

/** Writes a file into a folder of its own, which goes with the scope. */
export const fileOf = (name: string, content: string | Uint8Array) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = `${yield* fs.makeTempDirectoryScoped()}/${name}`
    yield* fs.writeFile(path, typeof content === "string" ? new TextEncoder().encode(content) : content)
    return path
  })

export const gzipped = (content: string | Uint8Array): Uint8Array => new Uint8Array(gzipSync(content))

export const ndjson = (lines: ReadonlyArray<unknown>): string =>
  lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join("")

export const importOf = (name: string, content: string | Uint8Array, options: ImportOptions = {}) =>
  Effect.flatMap(fileOf(name, content), (path) => importFile(path, options))

/** The refusal of a file, with its folder cut from `file` and from the message. */
export const refusalOf = (name: string, content: string | Uint8Array, options: ImportOptions = {}) =>
  Effect.gen(function*() {
    const path = yield* fileOf(name, content)
    const error: ImportRejected = yield* importFile(path, options).pipe(
      Effect.flip,
      Effect.filterOrDie((error) => error._tag === "ImportRejected", (error) => error)
    )
    return { error, message: error.message.replaceAll(path, name), hint: error.hint }
  })

interface LogRow {
  readonly availableAt: unknown
  readonly market?: unknown
  readonly source?: unknown
  readonly eventTime?: unknown
  readonly body?: object | undefined
}

/** All the log holds, by market and kind, in its order, without sequences. */
export const logContent = Effect.gen(function*() {
  const log = yield* EventLog
  const content: Record<string, ReadonlyArray<LogRow>> = {}
  for (const { market } of yield* log.markets) {
    for (const columns of (yield* log.read(market)).columns) {
      content[`${market} ${columns.kind}`] = Array.from({ length: columns.rows }, (_, row) => ({
        availableAt: columns.availableAt[row],
        ...eventOf(market, columns, row)
      }))
    }
  }
  return content
})

/** Everything that an import which was refused must leave as it was. */
export const logState = Effect.gen(function*() {
  const log = yield* EventLog
  const sql = yield* SqlClient.SqlClient
  return {
    watermark: yield* log.watermark,
    markets: yield* log.markets,
    stored: yield* sql`SELECT (SELECT COUNT(*) FROM event_chunks) AS chunks, (SELECT COUNT(*) FROM markets) AS markets,
      (SELECT COUNT(*) FROM news_ids) AS news, (SELECT COUNT(*) FROM imports) AS imports`
  }
})
