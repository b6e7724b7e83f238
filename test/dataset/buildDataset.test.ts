import { Effect, FastCheck as fc, Layer } from "effect"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "vitest"
import { seeded } from "../../src/audit/random.js"
import { SnapshotSource } from "../../src/context/SnapshotSource.js"
import { Instant } from "../../src/domain/Instant.js"
import { MarketId } from "../../src/domain/MarketId.js"
import type { FeatureValue, Status } from "../../src/features/FeatureVector.js"
import { reasons } from "../../src/features/Reason.js"
import { importFile } from "../../src/importer/importFiles.js"
import { EventLog } from "../../src/store/EventLog.js"
import { FeatureStore } from "../../src/store/FeatureStore.js"
import * as Store from "../../src/store/makeFeatureStore.js"
import { disagreements } from "../support/agreement.js"
import { registryOf } from "../support/apps.js"
import { configurable } from "../support/configurable.js"
import { histories, instantsOf, marketIds, opening } from "../support/histories.js"
import { defaultParameters, type EventBody } from "../support/naive/index.js"
import { recorded } from "../support/observed.js"
import { allGroups } from "../support/performance.js"
import {
  build,
  type Content,
  contentOf,
  differing,
  overPlain,
  overSqlite,
  pathOf,
  record,
  written
} from "./building.js"

const formats = ["parquet", "csv", "ndjson", "arrow"] as const
const registry = registryOf(defaultParameters)
const statuses: ReadonlyArray<Status> = ["PRESENT", "STALE", "NULL", "MISSING"]

/** A feature's answer as a row of a dataset has it, stale values kept. */
const answerIn = ({ column }: Content, row: number, key: string): FeatureValue => {
  const value = column(key)[row]
  const status = column(`${key}.status`)[row]
  const reason = column(`${key}.reason`)[row]
  const age = column(`${key}.age_ms`)[row]
  return {
    value: typeof value === "number" ? value : null,
    status: statuses.find((one) => one === status) ?? "MISSING",
    reason: reasons.find((one) => one === reason) ?? null,
    age_ms: typeof age === "number" ? age : null,
    computed_at: Instant(Number(column("timestamp")[row])),
    version: "",
    fingerprint: ""
  }
}

const keys = registry.groups.flatMap((group) => group.features.map((feature) => `${group.name}.${feature.name}`))

const isSame = (a: FeatureValue, b: FeatureValue): boolean =>
  Object.is(a.value, b.value) && a.status === b.status && a.reason === b.reason && a.age_ms === b.age_ms

const spineText = (rows: ReadonlyArray<{ readonly market: string; readonly at: number }>) =>
  ["market,timestamp", ...rows.map(({ at, market }) => `${market},${at}`)].join("\n")

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/polymarket-quotes/${name}`, import.meta.url))

/** Groups that go stale at different ages, as quotes come minutes apart. */
const ageing = registryOf({ ...defaultParameters, maxAgeSecs: { market: 60, orderbook: 600, price_history: 120 } })

describe("a dataset of the recorded sample", () => {
  it("equals the answer of the store in every cell of 10,000 rows, in every format", () =>
    overSqlite(Effect.gen(function*() {
      for (const name of ["markets.ndjson", "quotes.csv.gz", "resolutions.ndjson"]) yield* importFile(fixture(name))
      const markets = yield* (yield* EventLog).markets
      const random = seeded(3)
      const rows = Array.from({ length: 10_000 }, (_, row) => {
        const { firstAvailableAt, lastAvailableAt, market } = markets[Math.floor(random() * markets.length)] ??
          { market: "nowhere", firstAvailableAt: opening, lastAvailableAt: opening }
        const span = lastAvailableAt - firstAvailableAt
        const at = firstAvailableAt + Math.floor(random() * 1.02 * span) - 60_000
        return { market: row % 500 === 0 ? "nowhere" : market, at }
      })
      const spine = { kind: "file" as const, file: yield* written("spine.csv", spineText(rows)) }
      const files = yield* Effect.forEach(formats, (format) => pathOf(`set.${format}`))
      for (const out of files) yield* build(ageing, { spine, out, withStatus: true, keepStale: true })
      const contents = yield* Effect.forEach(files, contentOf)
      const seen = new Set<Status>()
      yield* Effect.gen(function*() {
        const store = yield* FeatureStore
        for (const content of contents.slice(0, 1)) {
          assert.deepStrictEqual(content.column("market"), rows.map(({ market }) => market))
          assert.deepStrictEqual(content.column("timestamp"), rows.map(({ at }) => at))
          for (const [row, { at, market }] of rows.entries()) {
            const vector = yield* store.getFeaturesAt(MarketId.make(market), Instant(at), allGroups)
            for (const [key, answer] of vector.entries()) {
              const found = answerIn(content, row, key)
              seen.add(found.status)
              if (!isSame(found, answer)) assert.deepStrictEqual(found, answer, `${key} of ${market} at ${at}`)
            }
          }
          for (const other of contents) {
            assert.deepStrictEqual(other.manifest, content.manifest)
            assert.deepStrictEqual(differing(content, other), [])
          }
        }
      }).pipe(Effect.provide(Layer.provide(Store.layer(ageing, SnapshotSource), SnapshotSource)))
      assert.strictEqual(seen.size, statuses.length)
    })))
})

const asked = histories.chain((lines) =>
  fc.record({
    lines: fc.constant(lines),
    parameters: configurable,
    rows: fc.array(fc.record({ market: fc.constantFrom(...marketIds, "m9"), at: instantsOf(lines) }), {
      minLength: 1,
      maxLength: 12
    })
  })
)

describe("a dataset of random histories", () => {
  it("agrees with the naive reference in value, status, reason and age", () =>
    fc.assert(
      fc.asyncProperty(asked, ({ lines, parameters: chosen, rows }) =>
        overPlain(Effect.gen(function*() {
          yield* record(lines)
          const out = yield* pathOf("set.ndjson")
          const spine = { kind: "file" as const, file: yield* written("spine.csv", spineText(rows)) }
          yield* build(registryOf(chosen), { spine, out, withStatus: true, keepStale: true })
          const content = yield* contentOf(out)
          const events = recorded(lines)
          for (const [row, { at, market }] of rows.entries()) {
            const answers = keys.map((key) => [key, answerIn(content, row, key)] as const)
            assert.deepStrictEqual(disagreements(answers, events, market, at, chosen), [])
          }
        }))),
      { numRuns: 25 }
    ))

  it("does not change by what becomes known after its rows, nor by labels that are known later", () =>
    fc.assert(
      fc.asyncProperty(asked, fc.constantFrom(0, 1, 0.5), ({ lines, rows }, outcome) =>
        overPlain(Effect.gen(function*() {
          const last = Math.max(...rows.map(({ at }) => at))
          const resolutions: ReadonlyArray<EventBody> = marketIds.map((market) => (
            { type: "resolution", market, available_at: last + 1, outcome }
          ))
          const known = lines.filter((line) => line.available_at <= last)
          const later = lines.filter((line) => line.available_at > last)
          const spine = { kind: "file" as const, file: yield* written("spine.csv", spineText(rows)) }
          const [before, after] = [yield* pathOf("before.ndjson"), yield* pathOf("after.ndjson")]
          const options = { spine, labels: true, knownBy: Instant(last), withStatus: true }
          yield* record(known, "known")
          const built = yield* build(registry, { ...options, out: before })
          yield* record([...later, ...resolutions], "later")
          yield* build(registry, { ...options, out: after })
          assert.strictEqual(readFileSync(before, "utf8"), readFileSync(after, "utf8"))
          // and as the log stood then, all of it is the same
          const again = yield* build(registry, {
            ...options,
            out: after,
            overwrite: true,
            logPosition: built.manifest.log_position
          })
          assert.deepStrictEqual(again.manifest, built.manifest)
        }))),
      { numRuns: 25 }
    ))
})
