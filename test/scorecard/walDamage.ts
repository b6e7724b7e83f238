import { SqlClient } from "@effect/sql"
import { Cause, Effect, Exit } from "effect"
import { copyFileSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { isDeepStrictEqual } from "node:util"
import { Instant } from "../../src/domain/Instant.js"
import { selectRows } from "../../src/domain/mergeColumns.js"
import { EventLog } from "../../src/store/EventLog.js"
import { type Contents, contentsOf, readContents } from "../support/crash/killing.js"
import { commitEnds } from "../support/crash/wal.js"
import { batchEvents, batchOf } from "../support/crash/workload.js"
import { folder, restlessLog, sqliteStorage } from "../support/storages.js"
import { type Campaign, type Draw, noting, rounds } from "./Campaign.js"

const damages = 12
const firstAt = 1_780_000_000_000

/** A database as it lies on disk while it is open, and all that was acknowledged. */
interface Written {
  readonly database: string
  readonly wal: Buffer
  readonly contents: Contents
}

/** Appends batches, one commit each, and copies the files before the database is closed. */
const writing = (draw: Draw, to: string, isRestless: boolean) =>
  Effect.gen(function*() {
    const path = join(to, "original.db")
    const log = yield* EventLog
    const sql = yield* SqlClient.SqlClient
    // every so many pages the log is written back into the database, and begins anew
    yield* sql.unsafe(`PRAGMA wal_autocheckpoint = ${draw.one([8, 30, 1_000])}`)
    const batches = draw.within(10, 60)
    for (let i = 0; i < batches; i++) yield* log.append(batchOf(i), Instant(firstAt + i))
    const contents = yield* readContents
    const database = join(to, "copy.db")
    copyFileSync(path, database)
    const written: Written = { database, wal: readFileSync(`${path}-wal`), contents }
    return written
  }).pipe(Effect.provide(sqliteStorage(join(to, "original.db"), isRestless ? restlessLog : undefined)))

const manners = ["cut", "bit", "bytes", "zeros"] as const

/** The log damaged from `at` on, and nowhere before. */
const damaged = (draw: Draw, wal: Buffer, manner: typeof manners[number], at: number): Buffer => {
  const copy = Buffer.from(wal)
  const length = Math.min(wal.length - at, draw.within(1, 3_000))
  switch (manner) {
    case "cut":
      return copy.subarray(0, at)
    case "bit":
      copy[at] = (copy[at] ?? 0) ^ (1 << draw.below(8))
      return copy
    case "bytes":
      for (let i = 0; i < length; i++) copy[at + i] = draw.below(256)
      return copy
    case "zeros":
      return copy.fill(0, at, at + length)
  }
}

/** The rows up to a log position. */
const upTo = ({ columns }: Contents, watermark: number): Contents => ({
  watermark,
  columns: columns.map((one) =>
    selectRows(one, [...one.sequence.keys()].filter((row) => (one.sequence[row] ?? 0) <= watermark))
  ).filter(({ rows }) => rows > 0)
})

export const walDamage: Campaign = {
  name: "wal-damage",
  what: "write-ahead log cut or garbled at a random byte; a prefix of what was acknowledged, or a loud error",
  rounds: rounds(10),
  meets: ["prefixes", "whole logs"],
  prepare: Effect.succeed(noting((notes, draw, seed) =>
    Effect.gen(function*() {
      const to = yield* folder
      const { contents, database, wal } = yield* writing(draw, to, seed % 2 === 1)
      const ends = commitEnds(wal)
      for (let i = 0; i < damages; i++) {
        const path = join(to, `${i}.db`)
        const at = draw.below(wal.length)
        const manner = draw.one(manners)
        copyFileSync(database, path)
        writeFileSync(`${path}-wal`, damaged(draw, wal, manner, at))
        const lost = ends.filter((end) => end > at).length
        const least = Math.max(0, contents.watermark - lost * batchEvents)
        const read = yield* Effect.exit(contentsOf(path))
        notes.tried++
        const place = `damage ${i} (${manner} at byte ${at} of ${wal.length})`
        if (Exit.isFailure(read)) {
          notes.meet("refusals")
          notes.demand(Cause.isFailType(read.cause), () => `${place}: ${Cause.pretty(read.cause)}`)
          continue
        }
        const { watermark } = read.value
        notes.meet(watermark < contents.watermark ? "prefixes" : "whole logs")
        notes.demand(
          watermark >= least,
          () => `${place}: position ${watermark}, and up to ${least} nothing was damaged`
        )
        notes.demand(
          watermark % batchEvents === 0 && isDeepStrictEqual(read.value, upTo(contents, watermark)),
          () => `${place}: what is there is no prefix of what was acknowledged`
        )
      }
    })
  ))
}
