import { Effect, Layer, Stream } from "effect"
import { LiveContext } from "../../src/context/contexts.js"
import { Ingest } from "../../src/context/Ingest.js"
import type { MarketEvent } from "../../src/domain/Event.js"
import { Instant } from "../../src/domain/Instant.js"
import { MarketId } from "../../src/domain/MarketId.js"
import { EventLog, type QuoteBatch } from "../../src/store/EventLog.js"
import { LogMaintenance } from "../../src/store/LogMaintenance.js"
import * as SqliteLogMaintenance from "../../src/store/sqlite/SqliteLogMaintenance.js"
import { restlessLog, sqliteStorage } from "./storages.js"

/** Events of each published batch: all of them or none survive. */
export const batchEvents = 7
export const importedRows = 400_000

const marketNames = Array.from({ length: 40 }, (_, i) => MarketId.make(`market ${i}`))

const quotes = (batch: number, rows: number): QuoteBatch => {
  const column = (value: (row: number) => number) =>
    Float64Array.from({ length: rows }, (_, i) => value(batch * rows + i))
  const availableAt = column((row) => 1_780_000_000_000 + Math.floor(row / 40) * 1_000)
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

/** Imports a large file; the same every time. */
export const importing = Effect.gen(function*() {
  const log = yield* EventLog
  const rows = 20_000
  const batches = Stream.range(0, importedRows / rows - 1).pipe(Stream.map((batch) => quotes(batch, rows)))
  yield* log.importFile({ digest: "the file", name: "quotes" }, batches)
})

const batchOf = (number: number): ReadonlyArray<MarketEvent> =>
  Array.from({ length: batchEvents }, (_, i) => ({
    market: marketNames[(number + i) % 3] ?? MarketId.make("none"),
    source: `batch ${number}`,
    eventTime: undefined,
    body: i === 6
      ? { kind: "trade", price: 410_000, size: number, side: "buy" }
      : { kind: "quote", bestBid: 400_000 + i, bestAsk: 420_000, volume24h: undefined }
  }))

/** Publishes batch after batch, and says the log position of each once it is acknowledged. */
const ingesting = (say: (line: string) => Effect.Effect<unknown>) =>
  Effect.gen(function*() {
    const ingest = yield* Ingest
    const before = yield* (yield* EventLog).watermark
    for (let number = before / batchEvents;; number++) {
      const { sequence } = yield* ingest.publish(batchOf(number))
      yield* say(`${sequence}`)
    }
  })

/** Drops the first half of what `importing` has brought. */
export const keptFrom = Instant(1_780_000_000_000 + importedRows / 80 * 1_000)
export const compacting = Effect.flatMap(
  LogMaintenance,
  (maintenance) => maintenance.compact({ dropBefore: keptFrom, historyMillis: 60_000, shrink: true })
)

const [mode, path] = process.argv.slice(2)
if (path !== undefined && (mode === "import" || mode === "ingest" || mode === "restless" || mode === "compact")) {
  const say = (line: string) =>
    Effect.promise(() =>
      new Promise<undefined>((resolve) => {
        process.stdout.write(`${line}\n`, () => {
          resolve(undefined)
        })
      })
    )
  const storage = sqliteStorage(path, mode === "restless" ? restlessLog : undefined)
  const program = mode === "compact"
    ? Effect.zipRight(say("ready"), Effect.zipRight(compacting, say("done"))).pipe(
      Effect.provide(Layer.provideMerge(SqliteLogMaintenance.layer, storage))
    )
    : mode === "import"
    ? Effect.zipRight(say("ready"), Effect.zipRight(importing, say("done"))).pipe(Effect.provide(storage))
    : Effect.zipRight(say("ready"), ingesting(say)).pipe(Effect.provide(Layer.provideMerge(LiveContext(0), storage)))
  await Effect.runPromise(program)
}
