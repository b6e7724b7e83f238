import * as NodeContext from "@effect/platform-node/NodeContext"
import { Effect, Either, Layer, type Scope, Stream } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { HistoricalClock } from "../../src/context/HistoricalClock.js"
import { SnapshotSource } from "../../src/context/SnapshotSource.js"
import { batchForm } from "../../src/dataset/blocks.js"
import { buildDataset, type DatasetRequest } from "../../src/dataset/buildDataset.js"
import type { Cell } from "../../src/dataset/columns.js"
import { formatOfFile } from "../../src/dataset/DatasetFormat.js"
import type { Manifest } from "../../src/dataset/Manifest.js"
import { openDataset } from "../../src/dataset/openDataset.js"
import { Instant } from "../../src/domain/Instant.js"
import type { FeatureRegistry } from "../../src/features/FeatureRegistry.js"
import type { MarketViews } from "../../src/state/views.js"
import { EventLog } from "../../src/store/EventLog.js"
import type { EventBody } from "../support/naive/index.js"
import { timedOf } from "../support/observed.js"
import { allGroups } from "../support/performance.js"
import { folder, plainStorage, sqliteInMemory } from "../support/storages.js"

/** The market clock of builds, behind everything that tests record. */
export const now = Instant(Date.UTC(2027, 0, 1))

const around = Layer.merge(HistoricalClock(now), NodeContext.layer)
const plain = Layer.merge(plainStorage, around)
const sqlite = Layer.merge(sqliteInMemory, around)

/** Runs a test over empty storage of its own: plain lists, or the embedded database. */
export const overPlain = <A, E>(test: Effect.Effect<A, E, Layer.Layer.Success<typeof plain> | Scope.Scope>) =>
  Effect.runPromise(Effect.scoped(Effect.provide(test, Layer.fresh(plain))))
export const overSqlite = <A, E>(
  test: Effect.Effect<A, E, Layer.Layer.Success<typeof sqlite> | Scope.Scope>
) => Effect.runPromise(Effect.scoped(Effect.provide(test, Layer.fresh(sqlite))))

/** A path in a folder that goes with the test. */
export const pathOf = (name: string) => Effect.map(folder, (path) => join(path, name))

/** Writes a file into a folder that goes with the test. */
export const written = (name: string, content: string | Uint8Array) =>
  Effect.map(pathOf(name), (path) => {
    writeFileSync(path, content)
    return path
  })

/** Imports lines as one file. */
export const record = (lines: ReadonlyArray<EventBody>, digest = "lines") =>
  Effect.flatMap(
    EventLog,
    (log) =>
      log.importFile({ digest, name: digest }, Stream.make({ kind: "events" as const, events: lines.map(timedOf) }))
  )

type Asked = Pick<DatasetRequest, "spine" | "out"> & Partial<DatasetRequest>

/** Builds with all features, unless other things are asked. */
export const build = (registry: FeatureRegistry<MarketViews>, asked: Asked) =>
  buildDataset(registry, SnapshotSource, {
    references: allGroups,
    format: Either.getOrThrow(formatOfFile(asked.out)),
    keepStale: false,
    withStatus: false,
    labels: false,
    overwrite: false,
    ...asked
  })

/** A dataset in memory. */
export interface Content {
  readonly manifest: Manifest
  readonly column: (name: string) => ReadonlyArray<Cell>
}

export const contentOf = (file: string) =>
  Effect.scoped(Effect.gen(function*() {
    const { batches, manifest } = yield* openDataset(file)
    const { columns } = batchForm.concat([...yield* Stream.runCollect(batches)])
    const byName = new Map(manifest.columns.map(({ name }, index) => [name, columns[index] ?? []]))
    const content: Content = { manifest, column: (name) => byName.get(name) ?? [] }
    return content
  }))

/** The names of the columns in which two datasets differ. */
export const differing = (a: Content, b: Content): ReadonlyArray<string> =>
  a.manifest.columns.map(({ name }) => name).filter((name) => {
    const [first, second] = [a.column(name), b.column(name)]
    return first.length !== second.length || first.some((cell, row) => !Object.is(cell, second[row]))
  })
