import * as NodeContext from "@effect/platform-node/NodeContext"
import { Effect, FastCheck as fc, Layer } from "effect"
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { auditLookahead } from "../../src/audit/lookahead.js"
import { auditParity } from "../../src/audit/parity.js"
import { auditWarmup } from "../../src/audit/warmup.js"
import { SnapshotSource } from "../../src/context/SnapshotSource.js"
import { buildDataset } from "../../src/dataset/buildDataset.js"
import type { DatasetFormat } from "../../src/dataset/DatasetFormat.js"
import { Instant } from "../../src/domain/Instant.js"
import type { WorkerPool } from "../../src/parallel/WorkerPool.js"
import { EventLog } from "../../src/store/EventLog.js"
import { FeatureRepository } from "../../src/store/FeatureRepository.js"
import { FeatureStore, type MaterializeRequest } from "../../src/store/FeatureStore.js"
import { standardRegistry } from "../support/evaluate.js"
import { opening } from "../support/histories.js"
import { allGroups } from "../support/performance.js"
import { folder, sqliteInMemory } from "../support/storages.js"
import { openStore, run, workersOf } from "./sharing.js"

const sizes = [1, 2, 3, 4] as const
const forever = Instant(opening + 10 * 365 * 86_400_000)

const digestOf = (columns: ReadonlyArray<Float64Array | Uint8Array>) =>
  columns.reduce((hash, column) => hash.update(column), createHash("sha256")).digest("hex")

/** Everything that is materialised: where it stands, and a digest of all columns, bit for bit. */
const materialised = Effect.gen(function*() {
  const repository = yield* FeatureRepository
  const markets = (yield* (yield* EventLog).markets).map(({ market }) => market)
  return yield* Effect.forEach(
    standardRegistry.computed,
    ({ name, version }) =>
      Effect.forEach(
        markets,
        (market) =>
          Effect.map(repository.readMaterialised({ name, version }, market, Instant(0), forever), (chunks) =>
            chunks.map(({ newestAt, reasons, values, ...place }) => ({
              place,
              digest: digestOf([newestAt, ...values, ...reasons])
            })))
      )
  )
})

/** Grids of up to so many instants: more than a part of a market's grid, which is 65,536. */
const mostInstants = 70_000

const requests = fc.record({
  markets: fc.subarray([0, 1, 2, 3, 4, 5, 6, 7, 8], { minLength: 1, maxLength: 5 }),
  groups: fc.subarray([...allGroups], { minLength: 1 }),
  everyMillis: fc.constantFrom(7, 60_000),
  first: fc.integer({ min: -3, max: 40 }),
  instants: fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 1, max: 9_000 }) },
    { weight: 1, arbitrary: fc.constant(mostInstants) }
  )
})

describe("materialising on several threads", () => {
  it("stores the rows that one thread stores, over grids that overlap", () =>
    run(Effect.gen(function*() {
      const alone = yield* openStore
      const shared = yield* openStore
      const pools = yield* Effect.forEach(sizes, (size) => workersOf(shared.database, size))
      const markets = (yield* Effect.provide(Effect.flatMap(EventLog, (log) => log.markets), alone.context))
        .map(({ market }) => market)
      assert.isAbove(markets.length, 6)
      const materialize = (request: MaterializeRequest) =>
        Effect.flatMap(FeatureStore, (store) => store.materialize(request))
      const asked = fc.sample(requests, { seed: 11, numRuns: 8 })
      for (const [index, { everyMillis, first, groups, instants, markets: chosen }] of asked.entries()) {
        const from = Instant(opening + first * 60_000)
        const request: MaterializeRequest = {
          references: groups,
          everyMillis,
          from,
          to: Instant(from + (instants - 1) * everyMillis),
          markets: chosen.flatMap((market) => markets.slice(market, market + 1))
        }
        const workers = pools[index % pools.length]
        const one = yield* Effect.provide(materialize(request), alone.context)
        const several = yield* Effect.provide(materialize({ ...request, workers }), shared.context)
        assert.deepStrictEqual(several, one)
      }
      const stored = yield* Effect.provide(materialised, alone.context)
      assert.isAbove(stored.flat(2).length, 60)
      assert.deepStrictEqual(yield* Effect.provide(materialised, shared.context), stored)
    })), 60_000)
})

/** Builds the same dataset here and with a pool, and compares the files. */
const sameFile = (pool: WorkerPool, format: DatasetFormat, rest: { labels: boolean; withStatus: boolean }) =>
  Effect.gen(function*() {
    const path = yield* folder
    const markets = (yield* (yield* EventLog).markets).map(({ market }) => market).slice(0, 5)
    const build = (name: string, workers?: WorkerPool) =>
      Effect.map(
        buildDataset(standardRegistry, SnapshotSource, {
          references: ["market", "temporal", "orderbook.microprice"],
          spine: {
            kind: "grid",
            everyMillis: 1_009,
            from: Instant(opening),
            to: Instant(opening + 13_999_999),
            markets
          },
          out: join(path, name),
          format,
          keepStale: false,
          overwrite: false,
          ...rest,
          workers
        }),
        ({ manifest }) => ({ manifest, bytes: readFileSync(join(path, name)) })
      )
    const one = yield* build("one")
    const several = yield* build("several", pool)
    assert.deepStrictEqual(several.manifest, one.manifest)
    assert.strictEqual(one.manifest.rows, 5 * 13_876)
    assert.isTrue(several.bytes.equals(one.bytes), `${format} of ${pool.size} threads`)
  })

describe("building a dataset on several threads", () => {
  it("writes the bytes that one thread writes, in every format", () =>
    run(Effect.gen(function*() {
      const { context, database } = yield* openStore
      const around = Layer.merge(Layer.succeedContext(context), NodeContext.layer)
      const formats = [["parquet", 3], ["csv", 2], ["ndjson", 4], ["arrow", 1]] as const
      for (const [format, size] of formats) {
        const pool = yield* workersOf(database, size)
        const isRich = format === "parquet"
        yield* Effect.provide(sameFile(pool, format, { labels: isRich, withStatus: isRich }), around)
      }
    })), 60_000)
})

describe("auditing on several threads", () => {
  it("reports what one thread reports", () =>
    run(Effect.gen(function*() {
      const { context, database } = yield* openStore
      yield* Effect.provide(
        Effect.gen(function*() {
          const sampling = { samples: 40, seed: 5 }
          const one = yield* auditLookahead(standardRegistry, Layer.empty, sampling)
          const warm = yield* auditWarmup(standardRegistry, Layer.empty, { ...sampling, strict: true })
          assert.isAbove(one.markets, 5)
          assert.isNotEmpty(warm.findings)
          for (const size of [2, 3] as const) {
            const workers = yield* workersOf(database, size)
            assert.deepStrictEqual(
              yield* auditLookahead(standardRegistry, Layer.empty, { ...sampling, workers }),
              one
            )
            assert.deepStrictEqual(
              yield* auditWarmup(standardRegistry, Layer.empty, { ...sampling, strict: true, workers }),
              warm
            )
          }
        }),
        context
      )
    })), 60_000)

  it("finds the same in what was served, right and wrong answers alike", () =>
    run(Effect.gen(function*() {
      const { context, database } = yield* openStore
      yield* Effect.provide(
        Effect.gen(function*() {
          const log = yield* EventLog
          const repository = yield* FeatureRepository
          const markets = yield* log.markets
          yield* repository.register([{ name: "temporal", version: "0.1", fingerprint: "gone", definition: "{}" }])
          yield* repository.writeServed(markets.map(({ lastAvailableAt, market }, index) => ({
            group: { name: "temporal", version: index === 0 ? "0.1" : "1.0" },
            market,
            at: lastAvailableAt,
            sequence: index,
            values: Float64Array.of(1, 2, 3, 4),
            reasons: new Uint8Array(4)
          })))
          const options = { samples: 0, seed: 1, markets: [] }
          const scratch = Layer.fresh(sqliteInMemory)
          const one = yield* auditParity(standardRegistry, scratch, options)
          assert.strictEqual(one.served.skipped, 1)
          assert.isNotEmpty(one.served.differences)
          const workers = yield* workersOf(database, 2)
          assert.deepStrictEqual(yield* auditParity(standardRegistry, scratch, { ...options, workers }), one)
        }),
        context
      )
    })), 60_000)
})
