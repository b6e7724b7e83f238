import * as NodeContext from "@effect/platform-node/NodeContext"
import Database from "better-sqlite3"
import { Effect, Layer } from "effect"
import { standardComputers } from "../../src/computers/standard.js"
import { LiveContext } from "../../src/context/contexts.js"
import { SnapshotSource } from "../../src/context/SnapshotSource.js"
import { Instant } from "../../src/domain/Instant.js"
import * as FeatureRegistry from "../../src/features/FeatureRegistry.js"
import type { FeatureVector } from "../../src/features/FeatureVector.js"
import { EventLog } from "../../src/store/EventLog.js"
import { FeatureStore } from "../../src/store/FeatureStore.js"
import * as Store from "../../src/store/makeFeatureStore.js"
import { differenceOf } from "./columns.js"
import { compare, ready } from "./compare.js"
import { bookTicks, marketName, opening } from "./generate.js"
import { storage } from "./storage.js"

const markets = 50
const ticks = 250_000
const calls = 10_000
const minutes = Math.floor(ticks / markets / 60)
const all = ["market", "orderbook", "sentiment", "temporal", "price_history"]
const read = "orderbook.microprice"

/** The part of a stored vector that a reader looks at. */
interface Document {
  readonly features: Readonly<Record<string, { readonly value: unknown } | undefined>>
}

const isDocument = (value: unknown): value is Document =>
  typeof value === "object" && value !== null && "features" in value

const isRow = (value: unknown): value is { readonly vector: string } =>
  typeof value === "object" && value !== null && "vector" in value

/** The value that is read of a stored vector. */
const valueIn = (row: unknown): unknown => {
  const document: unknown = isRow(row) ? JSON.parse(row.vector) : undefined
  return isDocument(document) ? document.features[read]?.value : undefined
}

/** What users would write instead: ready vectors as JSON in a table, found by their key. */
const fill = (
  path: string,
  now: ReadonlyArray<FeatureVector<unknown>>,
  past: ReadonlyArray<FeatureVector<unknown>>
) => {
  const db = new Database(path)
  db.pragma("journal_mode = WAL")
  db.exec("CREATE TABLE online (market TEXT PRIMARY KEY, vector TEXT) WITHOUT ROWID")
  db.exec("CREATE TABLE history (market TEXT, as_of INTEGER, vector TEXT, PRIMARY KEY (market, as_of))")
  db.exec("BEGIN")
  const online = db.prepare("INSERT INTO online VALUES (?, ?)")
  for (const vector of now) online.run(vector.market, JSON.stringify(vector))
  const history = db.prepare("INSERT INTO history VALUES (?, ?, ?)")
  for (const vector of past) history.run(vector.market, vector.asOf, JSON.stringify(vector))
  db.exec("COMMIT")
  return {
    current: db.prepare("SELECT vector FROM online WHERE market = ?"),
    asOf: db.prepare("SELECT vector FROM history WHERE market = ? AND as_of <= ? ORDER BY as_of DESC LIMIT 1"),
    close: () => db.close()
  }
}

/** Calls of a plain function, each of which finds one value. */
const plainly = (call: (index: number) => unknown) =>
  ready(Effect.sync(() => [Float64Array.from({ length: calls }, (_, index) => Number(call(index) ?? NaN))]))

/** Calls of an effect, one after the other. */
const inTurn = <E>(call: (index: number) => Effect.Effect<FeatureVector<unknown>, E>) =>
  ready(Effect.gen(function*() {
    const out = new Float64Array(calls)
    for (let index = 0; index < calls; index++) out[index] = Number((yield* call(index)).present(read) ?? NaN)
    return [out]
  }))

/** A vector's features now and at past instants, within the process. */
export const online = (folder: string) =>
  Effect.gen(function*() {
    const registry = yield* FeatureRegistry.make(standardComputers, { cacheTtlSecs: 60, features: {}, external: {} })
    const app = Store.layer(registry, SnapshotSource).pipe(
      Layer.provideMerge(LiveContext(registry.historyMillis)),
      Layer.provideMerge(storage(`${folder}/online.db`))
    )
    return yield* Effect.gen(function*() {
      yield* (yield* EventLog).importFile({ digest: "ticks", name: "ticks" }, bookTicks(markets, ticks, 5))
      const store = yield* FeatureStore
      const market = (index: number) => marketName(index % markets)
      // in no order, yet the same for all
      const instant = (index: number) => Instant(opening + (1 + index * 7_919 % (minutes - 1)) * 60_000)
      const names = Array.from({ length: markets }, (_, index) => market(index))
      const now = yield* Effect.forEach(names, (name) => store.getCurrentFeatures(name, all))
      const past = yield* Effect.forEach(
        names.flatMap((name) => Array.from({ length: minutes }, (_, minute) => ({ name, minute }))),
        ({ minute, name }) => store.getFeaturesAt(name, Instant(opening + minute * 60_000), all)
      )
      const table = yield* Effect.acquireRelease(
        Effect.sync(() => fill(`${folder}/table.db`, now, past)),
        ({ close }) => Effect.sync(close)
      )
      const map = new Map(now.map((vector) => [String(vector.market), vector]))
      const current = [
        {
          name: "better-sqlite3 by key, JSON",
          role: "peer",
          run: plainly((index) => valueIn(table.current.get(market(index))))
        },
        { name: "Map of vectors", role: "limit", run: plainly((index) => map.get(market(index))?.present(read)) }
      ] as const
      const common = {
        rounds: 7,
        items: { count: calls, of: "vectors" },
        difference: differenceOf([read])
      }
      return [
        yield* compare({
          ...common,
          name: "online read, kept answer",
          data: `${calls} vectors of 21 features, ${markets} markets in turn`,
          competitors: [
            {
              name: "this project",
              role: "ours",
              run: inTurn((index) => store.getCurrentFeatures(market(index), all))
            },
            ...current
          ],
          goals: [{ against: "better-sqlite3 by key, JSON", atMost: 0.5 }]
        }),
        yield* compare({
          ...common,
          name: "online read, computed anew",
          data: `${calls} vectors of 21 features from live state, ${markets} markets in turn`,
          competitors: [
            {
              name: "this project",
              role: "ours",
              run: inTurn((index) =>
                Effect.zipRight(store.invalidate(market(index)), store.getCurrentFeatures(market(index), all))
              )
            },
            ...current
          ],
          goals: [{ against: "better-sqlite3 by key, JSON", atMost: 2 }]
        }),
        yield* compare({
          ...common,
          name: "read as of an instant",
          data:
            `${calls} vectors of 21 features computed from events, ${markets} markets x ${ticks / markets} books, ` +
            "random minutes",
          competitors: [
            {
              name: "this project, computed",
              role: "ours",
              run: inTurn((index) => store.getFeaturesAt(market(index), instant(index), all))
            },
            {
              name: "better-sqlite3, stored at every minute, JSON",
              role: "peer",
              run: plainly((index) => valueIn(table.asOf.get(market(index), instant(index))))
            }
          ],
          goals: [{ against: "better-sqlite3, stored at every minute, JSON", atMost: 2 }]
        })
      ]
    }).pipe(Effect.provide(app))
  }).pipe(Effect.scoped, Effect.provide(NodeContext.layer))
