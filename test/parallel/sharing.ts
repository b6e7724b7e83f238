import { Effect, FastCheck as fc, Layer, type Scope, Stream } from "effect"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { HistoricalContext } from "../../src/context/contexts.js"
import { SnapshotSource } from "../../src/context/SnapshotSource.js"
import { Instant } from "../../src/domain/Instant.js"
import { featureWorkers } from "../../src/parallel/featureWorkers.js"
import { EventLog } from "../../src/store/EventLog.js"
import * as Store from "../../src/store/makeFeatureStore.js"
import { standardRegistry } from "../support/evaluate.js"
import { histories, opening } from "../support/histories.js"
import type { EventBody } from "../support/naive/index.js"
import { timedOf } from "../support/observed.js"
import { folder, sqliteStorage } from "../support/storages.js"

/** What the command line's threads run; `npm test` bundles it first. */
export const entry = pathToFileURL(fileURLToPath(new URL("../../dist/worker.mjs", import.meta.url)))

/** What the registry of these tests is made with. */
export const settings = { cacheTtlSecs: 60, features: {}, external: {} }

/** Seven markets with all kinds of events. */
const lines: ReadonlyArray<EventBody> = fc.sample(histories, { seed: 7, numRuns: 3 })
  .flatMap((history, part) => history.map((line) => ({ ...line, market: `${part}-${line.market}` })))

/** A database on disk with the same events each time, and a store over it. */
const storeOn = (path: string) =>
  Store.layer(standardRegistry, SnapshotSource).pipe(
    Layer.provideMerge(HistoricalContext(Instant(opening))),
    Layer.provideMerge(sqliteStorage(path))
  )

const record = Effect.flatMap(EventLog, (log) =>
  log.importFile(
    { digest: "lines", name: "lines" },
    Stream.make({ kind: "events" as const, events: lines.map(timedOf) })
  ))

/** A store over a database of its own, and its file. */
export const openStore = Effect.gen(function*() {
  const database = join(yield* folder, "features.db")
  const context = yield* Layer.build(storeOn(database))
  yield* Effect.provide(record, context)
  return { context, database }
})

export const workersOf = (database: string, size: number) =>
  featureWorkers({ entry, size, database, registry: standardRegistry, settings })

export const run = <A, E>(test: Effect.Effect<A, E, Scope.Scope>) => Effect.runPromise(Effect.scoped(test))
