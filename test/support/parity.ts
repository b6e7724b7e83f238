import { Effect, FastCheck as fc } from "effect"
import { strict as assert } from "node:assert"
import type { FeatureValue } from "../../src/features/FeatureVector.js"
import { FeatureStore } from "../../src/store/FeatureStore.js"
import { disagreements } from "./agreement.js"
import { liveApp, registryOf } from "./apps.js"
import { configurable } from "./configurable.js"
import { HandClock } from "./handClock.js"
import { opening } from "./histories.js"
import type { NaiveParameters } from "./naive/index.js"
import { allGroups, type Captured, eventsOf, perform, type Performance } from "./performance.js"
import { scripts } from "./scripts.js"
import { servedEqualsHistory } from "./servedParity.js"
import type { plainStorage, sqliteInMemory } from "./storages.js"

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

/** What happens to a live store, under which parameters, and whether it may serve anything twice. */
export const parityCases = fc.record({ script: scripts, parameters: configurable, cached: fc.boolean() })

type ParityCase = typeof parityCases extends fc.Arbitrary<infer Case> ? Case : never

/**
 * Live and history give the same bits, which are the naive reference's: anything else fails. How many vectors have been
 * compared with history, and how many answers were served.
 */
export const sameLiveAndInHistory = (
  { cached, parameters, script }: ParityCase,
  storage: typeof plainStorage | typeof sqliteInMemory
) =>
  Effect.suspend(() => {
    const registry = registryOf(parameters, cached ? Infinity : 0)
    const clock = new HandClock(opening)
    const app = liveApp(registry)
    return Effect.gen(function*() {
      const performance = yield* Effect.provide(perform(script, clock), app)
      agreesWithNaive(performance, parameters, registry)
      const served = (yield* servedEqualsHistory(registry)).length
      if (cached) return { compared: 0, served }
      const compared = yield* Effect.provide(historyEqualsCaptured(performance), app)
      // of markets that nothing was known of, nothing is logged
      assert.ok(served >= performance.captured.filter(({ vector }) => vector.sequence > 0).length)
      return { compared, served }
    }).pipe(Effect.provide(storage), Effect.withClock(clock))
  })
