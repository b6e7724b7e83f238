import { type Context, Effect, FastCheck as fc, Layer, Stream } from "effect"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { servedParity } from "../../src/audit/servedParity.js"
import { Ingest } from "../../src/context/Ingest.js"
import { Instant } from "../../src/domain/Instant.js"
import { MarketId } from "../../src/domain/MarketId.js"
import { EventLog } from "../../src/store/EventLog.js"
import { FeatureStore } from "../../src/store/FeatureStore.js"
import { liveApp, registryOf } from "../support/apps.js"
import { HandClock } from "../support/handClock.js"
import { marketIds, opening } from "../support/histories.js"
import type { EventBody } from "../support/naive/index.js"
import { timedOf } from "../support/observed.js"
import { allGroups } from "../support/performance.js"
import { type Act, scripts } from "../support/scripts.js"
import { servedEqualsHistory } from "../support/servedParity.js"
import { folder, restlessLog, sqliteStorage } from "../support/storages.js"

/** Windows short enough for a history to leave them, and no cache. */
const registry = registryOf({
  orderbook: { levels: 3 },
  sentiment: { window_secs: 60, half_life_secs: 30 },
  price_history: { window_secs: 60, min_coverage_secs: 1 }
}, 0)

const markets = marketIds.map((id) => MarketId.make(id))

/** How many times the whole log of a market is read. */
const counting = (read: { whole: number }) =>
  Layer.effect(
    EventLog,
    Effect.map(EventLog, (log) => ({
      ...log,
      read: (market, range) =>
        Effect.suspend(() => {
          if (range?.after === undefined) read.whole++
          return log.read(market, range)
        })
    }))
  )

type App = Context.Context<FeatureStore | Ingest | EventLog>

const ask = (app: App) =>
  Effect.flatMap(
    FeatureStore,
    (store) =>
      Effect.forEach(markets, (market) =>
        Effect.map(store.getCurrentFeatures(market, allGroups), (vector) => vector.toJSON()))
  ).pipe(Effect.provide(app))

const publish = (app: App, lines: ReadonlyArray<EventBody>) =>
  Effect.flatMap(Ingest, (ingest) => ingest.publish(lines.map((line) => timedOf(line).event))).pipe(Effect.provide(app))

const importLines = (app: App, digest: string, lines: ReadonlyArray<EventBody>, at: number) =>
  Effect.flatMap(EventLog, (log) =>
    log.importFile(
      { digest, name: digest },
      Stream.make({
        kind: "events" as const,
        events: lines.map((line, i) => ({ event: timedOf(line).event, availableAt: Instant(at + i * 7 - 21) }))
      })
    )).pipe(Effect.provide(app))

const cases = fc.record({
  script: scripts,
  /** by publishing: who does it, and whether by an import with instants around now */
  writers: fc.array(fc.constantFrom("one", "one", "one", "two", "import" as const), { minLength: 5, maxLength: 5 })
})

const play = (script: ReadonlyArray<Act>, writers: ReadonlyArray<string>) => {
  const clock = new HandClock(opening)
  return Effect.gen(function*() {
    const path = join(yield* folder, "features.db")
    const open = Layer.build(liveApp(registry).pipe(Layer.provideMerge(sqliteStorage(path, restlessLog))))
    const one = yield* open
    const two = yield* open
    let compared = 0
    for (const [index, act] of script.entries()) {
      if (act.act === "wait") clock.pass(act.millis)
      if (act.act === "publish") {
        const writer = writers[index % writers.length]
        if (writer === "import") yield* importLines(one, `${index}`, act.lines, clock.millis)
        else yield* publish(writer === "two" ? two : one, act.lines)
      }
      if (act.act === "wait" || index % 4 !== 0) continue
      // what was durable before this millisecond is seen by everyone
      clock.pass(1)
      const seen = yield* ask(two)
      assert.deepStrictEqual(seen, yield* ask(one))
      const past = yield* Effect.forEach(
        markets,
        (market) =>
          Effect.flatMap(FeatureStore, (store) => store.getFeaturesAt(market, Instant(clock.millis), allGroups)).pipe(
            Effect.map((vector) => vector.toJSON()),
            Effect.provide(one)
          )
      )
      assert.deepStrictEqual(seen, past)
      compared++
    }
    for (const app of [one, two]) yield* Effect.flatMap(FeatureStore, (store) => store.flush).pipe(Effect.provide(app))
    const served = yield* Effect.provide(servedEqualsHistory(registry), one)
    const { answers, differences } = yield* Effect.provide(servedParity(registry, Layer.empty), one)
    assert.deepStrictEqual(differences, [])
    assert.strictEqual(answers, served.length)
    return compared
  }).pipe(Effect.scoped, Effect.withClock(clock))
}

describe("a process beside another one on a database", () => {
  it("serves what the other publishes and imports, and every answer is what the log gives for it", async () => {
    let compared = 0
    await fc.assert(
      fc.asyncProperty(cases, async ({ script, writers }) => {
        compared += await Effect.runPromise(play(script, writers))
      }),
      { numRuns: 15 }
    )
    assert.isAbove(compared, 30)
  }, 120_000)

  const quote = (cents: number, market = "m1"): EventBody => ({
    type: "quote",
    market,
    available_at: opening,
    best_bid: cents / 100,
    best_ask: cents / 100 + 0.01
  })

  it("reads only what a market has gained, where that comes behind all that it has seen", async () => {
    const clock = new HandClock(opening)
    const reads = { whole: 0 }
    await Effect.runPromise(
      Effect.gen(function*() {
        const path = join(yield* folder, "features.db")
        const storage = sqliteStorage(path)
        const writer = yield* Layer.build(Layer.provideMerge(liveApp(registry), storage))
        const reader = yield* Layer.build(
          liveApp(registry).pipe(Layer.provideMerge(counting(reads)), Layer.provideMerge(storage), Layer.fresh)
        )
        const price = Effect.flatMap(
          FeatureStore,
          (store) => store.getCurrentFeatures(MarketId.make("m1"), ["market.current_price"])
        ).pipe(
          Effect.map((vector) => vector.get("market.current_price")?.value),
          Effect.provide(reader)
        )
        assert.isNull(yield* price)
        assert.strictEqual(reads.whole, 1)
        for (let i = 0; i < 40; i++) {
          yield* publish(writer, [quote(40 + i % 9), quote(20, "m2")])
          clock.pass(1)
          assert.strictEqual(yield* price, (2 * (40 + i % 9) + 1) / 200)
        }
        assert.strictEqual(reads.whole, 1)
        // known to be later than this, so that the state is built anew
        clock.pass(1_000)
        yield* importLines(writer, "late", [quote(70)], clock.millis - 5_000)
        assert.strictEqual(yield* price, (2 * 43 + 1) / 200)
        assert.strictEqual(reads.whole, 2)
      }).pipe(Effect.scoped, Effect.withClock(clock))
    )
  })

  it("looks once a millisecond for what others have written, and sees it in the next", async () => {
    const clock = new HandClock(opening)
    await Effect.runPromise(
      Effect.gen(function*() {
        const path = join(yield* folder, "features.db")
        const open = Layer.build(liveApp(registry).pipe(Layer.provideMerge(sqliteStorage(path))))
        const writer = yield* open
        const reader = yield* open
        const sequence = Effect.flatMap(
          FeatureStore,
          (store) => store.getCurrentFeatures(MarketId.make("m1"), ["market.current_price"])
        ).pipe(
          Effect.map((vector) => vector.sequence),
          Effect.provide(reader)
        )
        assert.strictEqual(yield* sequence, 0)
        yield* publish(writer, [quote(40)])
        assert.strictEqual(yield* sequence, 0)
        clock.pass(1)
        assert.strictEqual(yield* sequence, 1)
        // nor does a clock that is set back hide anything
        yield* publish(writer, [quote(41)])
        clock.millis -= 3_600_000
        assert.strictEqual(yield* sequence, 2)
      }).pipe(Effect.scoped, Effect.withClock(clock))
    )
  })
})
