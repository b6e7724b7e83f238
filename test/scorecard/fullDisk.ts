import { SqlClient } from "@effect/sql"
import { Effect, Either, Schema } from "effect"
import { spawnSync } from "node:child_process"
import { rmSync, statfsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { isDeepStrictEqual } from "node:util"
import { Instant } from "../../src/domain/Instant.js"
import { MarketId } from "../../src/domain/MarketId.js"
import { EventLog } from "../../src/store/EventLog.js"
import { FeatureRepository } from "../../src/store/FeatureRepository.js"
import type { StorageFailure } from "../../src/store/StorageFailure.js"
import { brokenBatches, damage, readContents, sequences } from "../support/crash/killing.js"
import { batchEvents, batchOf } from "../support/crash/workload.js"
import { folder, restlessLog, sqliteStorage } from "../support/storages.js"
import { type Campaign, type Draw, type Notes, noting, rounds } from "./Campaign.js"

const firstAt = 1_780_000_000_000
const group = { name: "forecast", version: "1.0" }
const market = MarketId.make("m1")

/** How space runs out, and comes back. */
interface Disk {
  readonly name: string
  /** Leaves room for so many bytes more. */
  readonly fill: (bytes: number) => Effect.Effect<unknown, never, SqlClient.SqlClient>
  readonly free: Effect.Effect<unknown, never, SqlClient.SqlClient>
}

/** A file system in memory that is unmounted with the scope; fails where mounting is not allowed. */
const mounted = (at: string) =>
  Effect.acquireRelease(
    Effect.suspend(() =>
      spawnSync("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", at]).status === 0
        ? Effect.void
        : Effect.fail("mounting is not allowed")
    ),
    () => Effect.sync(() => spawnSync("umount", ["-l", at]))
  )

/** A disk that other files fill. */
const tmpfs = (at: string): Disk => {
  const ballast = join(at, "ballast")
  return {
    name: "full tmpfs",
    fill: (bytes) =>
      Effect.sync(() => {
        const { bavail, bsize } = statfsSync(at)
        writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - bytes)))
      }),
    free: Effect.sync(() => rmSync(ballast, { force: true }))
  }
}

const Pages = Schema.Tuple(Schema.Struct({ page_count: Schema.Int }))
const pageBytes = 16_384

/** A database that may not grow: what SQLite then does is what it does on a full disk. */
const limited: Disk = {
  name: "max_page_count",
  fill: (bytes) =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      const [{ page_count }] = yield* Effect.flatMap(sql`PRAGMA page_count`, Schema.decodeUnknown(Pages))
      yield* sql.unsafe(`PRAGMA max_page_count = ${page_count + Math.ceil(bytes / pageBytes)}`)
    }).pipe(Effect.orDie),
  free: Effect.flatMap(SqlClient.SqlClient, (sql) => Effect.orDie(sql.unsafe("PRAGMA max_page_count = 1073741823")))
}

/** A value that takes some room. */
const valueOf = (number: number) => String(number).padStart(4_000, ".")

/** Stores the value of a number. */
const storing = (values: number) =>
  Effect.flatMap(FeatureRepository, (repository) =>
    repository.storeExternal([{
      group,
      market,
      feature: "win",
      timestamp: Instant(firstAt + values),
      availableAt: Instant(firstAt + values),
      value: valueOf(values)
    }]))

const held = Effect.flatMap(FeatureRepository, (repository) => repository.externalHistory(group, market))

/** Writes until space runs out and some time beyond; returns what was acknowledged, in batches and values. */
const overfill = (notes: Notes, draw: Draw, from: { readonly batches: number; readonly values: number }) =>
  Effect.gen(function*() {
    const log = yield* EventLog
    let { batches, values } = from
    let refusals = 0
    for (let tries = 0; tries < 2_000 && refusals < 10; tries++) {
      const isBatch = draw.below(4) > 0
      const done: Either.Either<unknown, StorageFailure> = yield* Effect.either(
        isBatch ? log.append(batchOf(batches), Instant(firstAt + batches)) : storing(values)
      )
      notes.tried++
      if (Either.isRight(done)) {
        if (isBatch) batches++
        else values++
        continue
      }
      refusals++
      notes.demand(
        done.left.hint?.startsWith("free some space") === true,
        () => `refused without a hint: ${done.left.message}`
      )
    }
    notes.demand(refusals > 0, () => "the disk never was full")
    notes.meet("refused writes", refusals)
    return { batches, values }
  })

const look = (notes: Notes, when: string, { batches, values }: { readonly batches: number; readonly values: number }) =>
  Effect.gen(function*() {
    const contents = yield* readContents
    const events = sequences(contents.columns).length
    notes.demand(
      events === batches * batchEvents,
      () => `${when}: ${batches * batchEvents} events were acknowledged, ${events} are there`
    )
    // values take positions of the log too
    notes.demand(contents.watermark === events + values, () => `${when}: the log's position is ${contents.watermark}`)
    notes.found(...brokenBatches(contents).map((problem) => `${when}: ${problem}`))
    const stored = (yield* held).flatMap(({ value }) => value).sort()
    notes.demand(
      isDeepStrictEqual(stored, Array.from({ length: values }, (_, i) => valueOf(i)).sort()),
      () => `${when}: ${values} values were acknowledged, ${stored.length} are there`
    )
  })

export const fullDisk: Campaign = {
  name: "disk-full",
  what: "disk full (by turns a small tmpfs, and max_page_count; the latter alone where mounting is refused), space "
    + "again without restart; all that was acknowledged, readable all the while, writable again",
  rounds: rounds(8),
  meets: ["refused writes", "max_page_count"],
  prepare: Effect.succeed(noting((notes, draw, seed) =>
    Effect.gen(function*() {
      const at = yield* folder
      const isMounted = seed % 2 === 0 && Either.isRight(yield* Effect.either(mounted(at)))
      const disk = isMounted ? tmpfs(at) : limited
      const path = join(at, "features.db")
      yield* Effect.gen(function*() {
        yield* Effect.flatMap(
          FeatureRepository,
          (repository) => repository.register([{ ...group, fingerprint: "", definition: "" }])
        )
        let written = { batches: 0, values: 0 }
        for (let time = 0; time < 3; time++) {
          yield* disk.fill(draw.within(0, 150_000))
          notes.meet(disk.name)
          written = yield* overfill(notes, draw, written)
          yield* look(notes, "while the disk is full", written)
          yield* disk.free
          yield* Effect.flatMap(EventLog, (log) => log.append(batchOf(written.batches), Instant(firstAt)))
          yield* storing(written.values)
          written = { batches: written.batches + 1, values: written.values + 1 }
          yield* look(notes, "once there is space again", written)
        }
      }).pipe(Effect.provide(sqliteStorage(path, draw.below(2) === 0 ? restlessLog : undefined)))
      notes.found(...(yield* damage(path)))
    })
  ))
}
