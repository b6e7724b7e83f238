import * as NodeContext from "@effect/platform-node/NodeContext"
import { Cause, Chunk, Effect, Exit, Layer, Stream } from "effect"
import { isDeepStrictEqual } from "node:util"
import { Instant } from "../../src/domain/Instant.js"
import { MarketId } from "../../src/domain/MarketId.js"
import { EventLog } from "../../src/store/EventLog.js"
import { FeatureRepository, type MaterialisedChunk, type ServedAnswer } from "../../src/store/FeatureRepository.js"
import { LogMaintenance } from "../../src/store/LogMaintenance.js"
import * as Database from "../../src/store/sqlite/Database.js"
import * as SqliteEventLog from "../../src/store/sqlite/SqliteEventLog.js"
import * as SqliteFeatureRepository from "../../src/store/sqlite/SqliteFeatureRepository.js"
import * as SqliteLogMaintenance from "../../src/store/sqlite/SqliteLogMaintenance.js"
import type { StorageFailure } from "../../src/store/StorageFailure.js"
import { readContents } from "../support/crash/killing.js"
import { batchOf, marketNames } from "../support/crash/workload.js"
import { failingClient, type Saboteur } from "../support/failingClient.js"
import { restlessLog } from "../support/storages.js"
import { type Campaign, type Draw, type Notes, noting, rounds } from "./Campaign.js"

const firstAt = 1_780_000_000_000
const group = { name: "forecast", version: "1.0" }
const m1 = MarketId.make("market 1")

const storage = (isRestless: boolean, saboteur: Saboteur) =>
  Layer.mergeAll(isRestless ? restlessLog : SqliteEventLog.layer, SqliteFeatureRepository.layer).pipe(
    Layer.provideMerge(SqliteLogMaintenance.layer),
    Layer.provide(failingClient(saboteur)),
    Layer.provide(Database.layer(Database.inMemory)),
    Layer.provide(NodeContext.layer)
  )

type Services = Layer.Layer.Success<ReturnType<typeof storage>>

/** A write, which can be done again elsewhere. */
type Write = Effect.Effect<unknown, StorageFailure, Services>

const chunk = (number: number): MaterialisedChunk => ({
  market: m1,
  firstAt: Instant(firstAt + number * 10),
  everyMillis: 1,
  rows: 3,
  logSequence: number,
  values: [Float64Array.of(number, 1, 2)],
  reasons: [Uint8Array.of(0, 0, 0)],
  newestAt: Float64Array.of(firstAt, firstAt, firstAt)
})

const answer = (number: number): ServedAnswer => ({
  group,
  market: marketNames[number % 3] ?? m1,
  at: Instant(firstAt + number),
  sequence: number,
  values: Float64Array.of(number),
  reasons: Uint8Array.of(0)
})

const external = (number: number, row: number) => ({
  group,
  market: marketNames[(number + row) % 3] ?? m1,
  feature: "win",
  timestamp: Instant(firstAt + number),
  availableAt: Instant(firstAt + number),
  value: row
})

/** More than the writes of a phase: they are numbered from its number times this. */
const perPhase = 100

/** By turns of markets first heard of while writes fail, and again once they do not: a failure takes a number back. */
const marketOf = (number: number): MarketId =>
  number % 2 === 0 ? m1 : MarketId.make(`market ${number % 3} of phase ${Math.floor((number / perPhase + 1) / 2)}`)

const news = (number: number) => ({
  market: marketOf(number),
  source: "wire",
  eventTime: undefined,
  body: {
    kind: "news" as const,
    document: { id: `${number % 7}`, text: "a great day", publishedAt: undefined, url: undefined }
  }
})

/** A write of any kind; the same number is the same write. */
const writeOf = (draw: Draw, number: number): Write => {
  const at = Instant(firstAt + number)
  switch (draw.below(7)) {
    case 0:
      return Effect.flatMap(EventLog, (log) => {
        const events = [...batchOf(number), news(number)].map((event) => ({ availableAt: at, event }))
        return log.importFile(
          { digest: `${number}`, name: "file" },
          Stream.make({ kind: "events" as const, events })
        )
      })
    case 1:
      return Effect.flatMap(
        FeatureRepository,
        (repository) => repository.storeExternal([external(number, 0), external(number, 1)])
      )
    case 2: {
      const replaced = [{ market: m1, everyMillis: 1, firstAt: chunk(draw.below(number)).firstAt }]
      return Effect.flatMap(
        FeatureRepository,
        (repository) => repository.writeMaterialised(group, [chunk(number)], replaced)
      )
    }
    case 3:
      return Effect.flatMap(
        FeatureRepository,
        (repository) => repository.writeServed([answer(number), answer(number + 1)])
      )
    case 4:
      return Effect.flatMap(EventLog, (log) => log.append([news(number), ...batchOf(number)], at))
    default:
      return Effect.flatMap(EventLog, (log) => log.append(batchOf(number), at))
  }
}

const registering: Write = Effect.flatMap(
  FeatureRepository,
  (repository) => repository.register([{ ...group, fingerprint: "f", definition: "{}" }])
)

const compacting = Effect.flatMap(
  LogMaintenance,
  (maintenance) => maintenance.compact({ historyMillis: 0, shrink: false })
)

/** Everything that can be read. */
const reading = Effect.gen(function*() {
  const log = yield* EventLog
  const repository = yield* FeatureRepository
  return {
    contents: yield* readContents,
    scanned: Chunk.toReadonlyArray(yield* Stream.runCollect(log.scan())).map(({ columns, market, row }) =>
      [market, columns.sequence[row]] as const
    ),
    external: yield* Effect.forEach(marketNames.slice(0, 3), (market) => repository.externalHistory(group, market)),
    materialised: yield* repository.readMaterialised(group, m1, Instant(0), Instant(firstAt * 2)),
    served: Chunk.toReadonlyArray(yield* Stream.runCollect(repository.served)),
    registered: yield* repository.registered
  }
})

const nobody: Saboteur = { choose: () => "run" }

/** What the same writes leave where nothing fails. */
const expectedOf = (isRestless: boolean, done: ReadonlyArray<Write>) =>
  Effect.forEach(done, (write) => write, { discard: true }).pipe(
    Effect.zipRight(reading),
    Effect.provide(storage(isRestless, nobody))
  )

/** Fails every n-th statement while it is told to, and now and then others. */
const everyNth = (draw: Draw, n: number, notes: Notes) => {
  let [count, fails] = [0, false]
  const saboteur: Saboteur = {
    choose: (statement) => {
      count++
      if (!fails || (count % n !== 0 && draw.below(50) > 0)) return "run"
      notes.meet("statements that failed")
      // SQLite may fail to roll back, but only where there is nothing left to undo
      return draw.below(2) === 0 && statement !== "ROLLBACK" ? "refuse" : "abort"
    }
  }
  return { saboteur, turn: (on: boolean) => Effect.sync(() => void (fails = on)) }
}

export const failingStorage: Campaign = {
  name: "failing-storage",
  what:
    "every n-th statement of the database fails; nothing acknowledged lost, nothing half written, works again after",
  // one of each n
  rounds: rounds(40),
  meets: ["statements that failed", "writes refused", "writes acknowledged amid failures"],
  prepare: Effect.succeed(noting((notes, draw, seed) => {
    const isRestless = seed % 2 === 0
    const { saboteur, turn } = everyNth(draw, 1 + seed % 40, notes)
    return Effect.gen(function*() {
      const done: Array<Write> = [registering]
      yield* registering
      const { watermark } = yield* EventLog
      let position = 0
      for (let phase = 0; phase < 4; phase++) {
        const isFailing = phase % 2 === 1
        yield* turn(isFailing)
        for (let i = 0; i < 25; i++) {
          const write = draw.below(15) === 0 ? compacting : writeOf(draw, 1 + phase * perPhase + i)
          const exit = yield* Effect.exit(write)
          notes.tried++
          if (Exit.isSuccess(exit)) {
            done.push(write)
            yield* turn(false)
            position = yield* watermark
            yield* turn(isFailing)
            notes.meet(isFailing ? "writes acknowledged amid failures" : "writes elsewhere")
            continue
          }
          notes.meet("writes refused")
          yield* turn(false)
          const left = yield* watermark
          yield* turn(isFailing)
          notes.demand(
            left === position,
            () => `phase ${phase}: a refused write has left position ${left}, not ${position}`
          )
          notes.demand(isFailing, () => `phase ${phase}: refused though nothing fails: ${Cause.pretty(exit.cause)}`)
          notes.demand(
            Cause.isFailType(exit.cause),
            () => `phase ${phase}: no storage failure: ${Cause.pretty(exit.cause)}`
          )
        }
        yield* turn(false)
        const expected = yield* expectedOf(isRestless, done)
        const found = yield* reading
        notes.demand(isDeepStrictEqual(found, expected), () => `phase ${phase}: not what was acknowledged`)
      }
    }).pipe(Effect.provide(storage(isRestless, saboteur)))
  }))
}
