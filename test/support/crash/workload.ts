import { Effect, Layer, Schema, Stream } from "effect"
import { LiveContext } from "../../../src/context/contexts.js"
import { Ingest } from "../../../src/context/Ingest.js"
import type { MarketEvent } from "../../../src/domain/Event.js"
import { Instant } from "../../../src/domain/Instant.js"
import { MarketId } from "../../../src/domain/MarketId.js"
import { EventLog, type QuoteBatch } from "../../../src/store/EventLog.js"
import { FeatureStore, type MaterializeRequest } from "../../../src/store/FeatureStore.js"
import { LogMaintenance } from "../../../src/store/LogMaintenance.js"
import * as SqliteLogMaintenance from "../../../src/store/sqlite/SqliteLogMaintenance.js"
import { liveApp } from "../apps.js"
import { standardRegistry } from "../evaluate.js"
import { restlessLog, sqliteStorage } from "../storages.js"

/** Events of each published batch: all of them or none survive. */
export const batchEvents = 7
export const importedRows = 400_000

export const marketNames = Array.from({ length: 40 }, (_, i) => MarketId.make(`market ${i}`))

/** The instant of the first imported row. */
const firstAt = 1_780_000_000_000

const quotes = (batch: number, rows: number): QuoteBatch => {
  const column = (value: (row: number) => number) =>
    Float64Array.from({ length: rows }, (_, i) => value(batch * rows + i))
  const availableAt = column((row) => firstAt + Math.floor(row / 40) * 1_000)
  return {
    kind: "quotes",
    market: Array.from({ length: rows }, (_, i) => marketNames[i % 40] ?? MarketId.make("none")),
    availableAt,
    eventTime: availableAt,
    bestBid: column((row) => 400_000 + row * 7_919 % 50 * 1_000),
    bestAsk: column((row) => 460_000 + row * 104_729 % 30 * 1_000),
    volume24h: column((row) => row % 3 === 0 ? NaN : row % 10_000)
  }
}

/** Tells whoever started the process; returns once it has been told. */
type Say = (line: string) => Effect.Effect<void>

/** Imports a large file; the same every time. */
export const importing = Effect.gen(function*() {
  const log = yield* EventLog
  const rows = 20_000
  const batches = Stream.range(0, importedRows / rows - 1).pipe(Stream.map((batch) => quotes(batch, rows)))
  yield* log.importFile({ digest: "the file", name: "quotes" }, batches)
})

export const batchOf = (number: number): ReadonlyArray<MarketEvent> =>
  Array.from({ length: batchEvents }, (_, i) => ({
    market: marketNames[(number + i) % 3] ?? MarketId.make("none"),
    source: `batch ${number}`,
    eventTime: undefined,
    body: i === 6
      ? { kind: "trade", price: 410_000, size: number, side: "buy" }
      : { kind: "quote", bestBid: 400_000 + i, bestAsk: 420_000, volume24h: undefined }
  }))

/** Publishes batch after batch, and says the log position of each once it is acknowledged. */
const ingesting = (say: Say) =>
  Effect.gen(function*() {
    const ingest = yield* Ingest
    const before = yield* (yield* EventLog).watermark
    for (let number = before / batchEvents;; number++) {
      const { sequence } = yield* ingest.publish(batchOf(number))
      yield* say(`${sequence}`)
    }
  })

const keptFrom = Instant(firstAt + importedRows / 80 * 1_000)

/** Up to this instant a compaction may drop what nobody needs. */
export const compactionCut = keptFrom - 60_000

/** Drops the first half of what `importing` has brought. */
export const compacting = Effect.flatMap(
  LogMaintenance,
  (maintenance) => maintenance.compact({ dropBefore: keptFrom, historyMillis: 60_000, shrink: true })
)

/** Vectors of what `importing` has brought: so many that they are stored, and acknowledged, in several goes. */
export const grid: Pick<MaterializeRequest, "everyMillis" | "from" | "to"> = {
  everyMillis: 1_000,
  from: Instant(firstAt),
  to: Instant(firstAt + importedRows / 40 * 1_000)
}

/** Materialises all groups, in the order of `marketNames`, and says how many markets are done. */
export const materialising = (say: Say) =>
  Effect.flatMap(FeatureStore, (store) =>
    store.materialize({
      references: standardRegistry.groups.map(({ id }) => id),
      markets: marketNames,
      ...grid,
      onProgress: (done) => say(`${done}`)
    })).pipe(Effect.provide(liveApp(standardRegistry)))

/** Between two tries of `sharing` and `asking`. */
const pause = "5 millis"

/** Publishes batches of its own while others write too: says which is acknowledged, or the hint that it was refused with. */
const sharing = (say: Say) =>
  Effect.gen(function*() {
    const ingest = yield* Ingest
    for (let number = process.pid * 1_000_000;; number++) {
      yield* ingest.publish(batchOf(number)).pipe(
        Effect.flatMap(() => say(`batch ${number}`)),
        Effect.catchTag("StorageFailure", ({ hint, message }) => say(`refused ${hint ?? `without a hint: ${message}`}`))
      )
      yield* Effect.sleep(pause)
    }
  })

/** Asks for features and reads the log while others write: says each time that it has been answered, or with what it was not. */
const asking = (say: Say) =>
  Effect.gen(function*() {
    const store = yield* FeatureStore
    const log = yield* EventLog
    for (let number = 0;; number++) {
      const market = marketNames[number % 3] ?? MarketId.make("none")
      yield* store.getCurrentFeatures(market, ["market", "orderbook"]).pipe(
        Effect.zipRight(log.read(market)),
        Effect.flatMap(({ watermark }) => say(`answered ${watermark}`)),
        Effect.catchAll(({ message }) => say(`failed ${message}`))
      )
      yield* Effect.sleep(pause)
    }
  })

const Mode = Schema.Literal("import", "ingest", "restless", "compact", "materialise", "share", "ask")
export type Mode = typeof Mode.Type
export const modeOf = Schema.decodeUnknownSync(Mode)

const work = (
  mode: Mode,
  say: Say
): Effect.Effect<void, never, Layer.Layer.Success<ReturnType<typeof maintained>>> => {
  switch (mode) {
    case "import":
      return Effect.orDie(importing)
    case "compact":
      return Effect.orDie(Effect.asVoid(compacting))
    case "materialise":
      return Effect.orDie(Effect.asVoid(materialising(say)))
    case "share":
      return Effect.orDie(Effect.provide(sharing(say), LiveContext(0)))
    case "ask":
      return Effect.orDie(Effect.provide(asking(say), liveApp(standardRegistry)))
    case "ingest":
    case "restless":
      return Effect.orDie(Effect.provide(ingesting(say), LiveContext(0)))
  }
}

/** The storage at `path`, with what keeps its log small. */
export const maintained = (...storage: Parameters<typeof sqliteStorage>) =>
  Layer.provideMerge(SqliteLogMaintenance.layer, sqliteStorage(...storage))

/** Says `ready` once the database at `path` is open, then does its work on it and says `done`. */
export const workload = (mode: Mode, path: string, say: Say) =>
  say("ready").pipe(
    Effect.zipRight(work(mode, say)),
    Effect.zipRight(say("done")),
    Effect.provide(Layer.orDie(maintained(path, mode === "restless" ? restlessLog : undefined)))
  )
