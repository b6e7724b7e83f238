import { Effect, FastCheck as fc } from "effect"
import { assert, describe, it } from "vitest"
import type { FeatureValue } from "../../src/features/FeatureVector.js"
import { FeatureStore } from "../../src/store/FeatureStore.js"
import { disagreements } from "../support/agreement.js"
import { liveApp, registryOf } from "../support/apps.js"
import { configurable } from "../support/configurable.js"
import { HandClock } from "../support/handClock.js"
import { opening } from "../support/histories.js"
import type { NaiveParameters } from "../support/naive/index.js"
import { allGroups, type Captured, eventsOf, perform, type Performance } from "../support/performance.js"
import { scripts } from "../support/scripts.js"
import { servedEqualsHistory } from "../support/servedParity.js"
import { plainStorage, sqliteInMemory } from "../support/storages.js"

type Registry = ReturnType<typeof registryOf>

/** The naive reference is slow: about this many vectors of a performance are compared with it. */
const comparedWithNaive = 8

/** Each value of a vector is the naive reference's, or was given for this market before and may be given again. */
const agreesWithNaive = (performance: Performance, parameters: NaiveParameters, registry: Registry) => {
  const events = eventsOf(performance)
  const given = new Map<string, FeatureValue>()
  const isKept = ({ asOf, market }: Captured["vector"], key: string, value: FeatureValue | undefined) => {
    const kept = given.get(`${market} ${key}`)
    const ttl = registry.computed.find((group) => key.startsWith(`${group.name}.`))?.ttlMillis ?? 0
    return value !== undefined && value.computed_at < asOf && asOf - value.computed_at < ttl &&
      value.computed_at === kept?.computed_at && Object.is(value.value, kept.value) && value.reason === kept.reason
  }
  const stride = Math.ceil(performance.captured.length / comparedWithNaive)
  const failures = performance.captured.flatMap(({ vector }, index) => {
    const entries = vector.entries()
    const own = index % stride === 0
      ? disagreements(entries, events, vector.market, vector.asOf, parameters, vector.sequence)
      : []
    const failed = own.filter((line) => {
      const key = line.split(" ")[0] ?? ""
      return !isKept(vector, key, vector.get(key))
    })
    for (const [key, value] of entries) given.set(`${vector.market} ${key}`, value)
    return failed
  })
  assert.deepStrictEqual(failures, [])
}

/** What came after a vector was given though it was known at the same instant: only a log position tells it apart. */
const overtaken = (performance: Performance, { published, vector }: Captured) =>
  performance.lines.slice(published).some((line) => line.market === vector.market && line.available_at === vector.asOf)

const historyEqualsCaptured = (performance: Performance) =>
  Effect.gen(function*() {
    const store = yield* FeatureStore
    let compared = 0
    for (const captured of performance.captured) {
      if (overtaken(performance, captured)) continue
      const { asOf, market } = captured.vector
      const history = yield* store.getFeaturesAt(market, asOf, allGroups)
      assert.deepStrictEqual(history.toJSON(), captured.vector.toJSON())
      compared++
    }
    return compared
  })

const cases = fc.record({ script: scripts, parameters: configurable, cached: fc.boolean() })

const laws = (storage: typeof plainStorage | typeof sqliteInMemory, numRuns: number) => {
  let [compared, served] = [0, 0]
  fc.assert(
    fc.property(cases, ({ cached, parameters, script }) => {
      const registry = registryOf(parameters, cached ? Infinity : 0)
      const clock = new HandClock(opening)
      const app = liveApp(registry)
      Effect.runSync(
        Effect.gen(function*() {
          const performance = yield* Effect.provide(perform(script, clock), app)
          agreesWithNaive(performance, parameters, registry)
          served += (yield* servedEqualsHistory(registry)).length
          if (!cached) {
            compared += yield* Effect.provide(historyEqualsCaptured(performance), app)
            assert.strictEqual(served >= performance.captured.length, true)
          }
        }).pipe(Effect.provide(storage), Effect.withClock(clock))
      )
    }),
    { numRuns }
  )
  return { compared, served }
}

describe("live and history", () => {
  it("give the same bits, which are the naive reference's, at any moment of any history", () => {
    const { compared, served } = laws(plainStorage, 500)
    // it has been about something
    assert.isAbove(compared, 2_000)
    assert.isAbove(served, 20_000)
  })

  it("give the same bits through the database", () => {
    laws(sqliteInMemory, 60)
  })
})
