import { Array, Effect, FastCheck as fc, Fiber, Layer, Stream } from "effect"
import { assert, describe, it } from "vitest"
import { Ingest } from "../../src/context/Ingest.js"
import { MarketSource } from "../../src/context/MarketSource.js"
import type { MarketEvent } from "../../src/domain/Event.js"
import { Instant } from "../../src/domain/Instant.js"
import { MarketId } from "../../src/domain/MarketId.js"
import type { FeatureVector } from "../../src/features/FeatureVector.js"
import { Replay } from "../../src/state/Replay.js"
import { EventLog } from "../../src/store/EventLog.js"
import { FeatureStore } from "../../src/store/FeatureStore.js"
import { StorageFailure } from "../../src/store/StorageFailure.js"
import { liveApp, registryOf } from "../support/apps.js"
import { differences, Evaluator } from "../support/evaluate.js"
import { HandClock } from "../support/handClock.js"
import { histories, marketIds, opening } from "../support/histories.js"
import { defaultParameters } from "../support/naive/index.js"
import { timedOf } from "../support/observed.js"
import { allGroups, perform } from "../support/performance.js"
import { scripts } from "../support/scripts.js"
import { servedEqualsHistory } from "../support/servedParity.js"
import { plainStorage, sqliteInMemory } from "../support/storages.js"

const m1 = MarketId.make("m1")

const quote = (cents: number, market: string = m1): MarketEvent => ({
  market: MarketId.make(market),
  source: undefined,
  eventTime: undefined,
  body: { kind: "quote", bestBid: cents * 10_000, bestAsk: cents * 10_000 + 10_000, volume24h: undefined }
})

const imported = (digest: string, ...events: ReadonlyArray<readonly [event: MarketEvent, availableAt: number]>) =>
  Effect.flatMap(EventLog, (log) =>
    log.importFile(
      { digest, name: digest },
      Stream.make({
        kind: "events" as const,
        events: events.map(([event, availableAt]) => ({ event, availableAt: Instant(availableAt) }))
      })
    ))

/** Windows short enough for a history to leave them, and no cache. */
const narrow = registryOf({
  orderbook: { levels: 3 },
  sentiment: { window_secs: 60, half_life_secs: 30 },
  price_history: { window_secs: 60, min_coverage_secs: 1 }
}, 0)

const uncached = registryOf(defaultParameters, 0)

const price = (market = m1) =>
  Effect.gen(function*() {
    const store = yield* FeatureStore
    const vector = yield* store.getCurrentFeatures(market, ["market.current_price"])
    return vector.get("market.current_price")?.value
  })

const live = <A, E>(
  program: Effect.Effect<
    A,
    E,
    Layer.Layer.Success<ReturnType<typeof liveApp>> | Layer.Layer.Success<typeof plainStorage>
  >,
  clock: HandClock,
  registry = uncached,
  storage: typeof plainStorage | typeof sqliteInMemory = plainStorage
) =>
  Effect.runSync(
    program.pipe(Effect.provide(Layer.provideMerge(liveApp(registry), storage)), Effect.withClock(clock))
  )

/** With fewer steps between two yields a fiber of Effect gets nowhere. */
const fewestOps = 16

describe("live states", () => {
  it("see what is imported behind them, once more is published, and say so in their log position", () => {
    const clock = new HandClock(opening)
    live(
      Effect.gen(function*() {
        const ingest = yield* Ingest
        const store = yield* FeatureStore
        yield* ingest.publish([quote(40), quote(20, "m2")])
        assert.strictEqual(yield* price(), 0.405)
        assert.strictEqual(yield* price(MarketId.make("m2")), 0.205)
        clock.pass(600_000)
        yield* imported("a", [quote(50), opening + 300_000], [quote(60, "m2"), opening + 300_000])
        yield* ingest.publish([quote(41)])
        clock.pass(60_000)
        for (const market of ["m1", "m2"]) yield* store.getCurrentFeatures(MarketId.make(market), allGroups)
        assert.strictEqual(yield* price(MarketId.make("m2")), 0.605)
        yield* store.flush
        yield* servedEqualsHistory(uncached)
      }),
      clock
    )
  })

  it("wait with what was imported under a later instant until it has come", () => {
    const clock = new HandClock(opening)
    live(
      Effect.gen(function*() {
        const ingest = yield* Ingest
        const store = yield* FeatureStore
        yield* imported("a", [quote(60), opening + 2_000], [quote(50), opening + 1_000])
        assert.strictEqual(yield* price(), null)
        yield* ingest.publish([quote(40)])
        assert.strictEqual(yield* price(), 0.405)
        clock.pass(999)
        assert.strictEqual(yield* price(), 0.405)
        clock.pass(1)
        assert.strictEqual(yield* price(), 0.505)
        clock.pass(1_000)
        assert.strictEqual(yield* price(), 0.605)
        yield* store.flush
        yield* servedEqualsHistory(uncached)
      }),
      clock
    )
  })

  it("keep the log's order where a publish takes long and an imported event comes due meanwhile", () => {
    const clock = new HandClock(opening)
    const slow = Layer.effect(
      EventLog,
      Effect.map(EventLog, (log) => ({
        ...log,
        // the batch is durable, and its publisher does not know it yet
        append: (events, at) => Effect.tap(log.append(events, at), () => Effect.yieldNow())
      }))
    ).pipe(Layer.provideMerge(plainStorage))
    Effect.runSync(
      Effect.gen(function*() {
        const ingest = yield* Ingest
        const store = yield* FeatureStore
        yield* imported("a", [quote(60), opening + 1_000])
        assert.strictEqual(yield* price(), null)
        clock.pass(999)
        const publishing = yield* Effect.fork(ingest.publish([quote(40)]))
        yield* Effect.yieldNow()
        clock.pass(1)
        yield* price()
        yield* Fiber.join(publishing)
        assert.strictEqual(yield* price(), 0.605)
        yield* store.flush
        yield* servedEqualsHistory(uncached)
      }).pipe(Effect.provide(Layer.provideMerge(liveApp(uncached), slow)), Effect.withClock(clock))
    )
  })

  it("are the same after a restart, whatever was published", () => {
    fc.assert(
      fc.property(scripts, (script) => {
        const clock = new HandClock(opening)
        Effect.runSync(
          Effect.gen(function*() {
            const ask = Effect.flatMap(
              FeatureStore,
              (store) =>
                Effect.forEach(
                  marketIds,
                  (market) =>
                    Effect.map(store.getCurrentFeatures(MarketId.make(market), allGroups), (vector) => vector.toJSON())
                )
            )
            const before = yield* Effect.provide(Effect.zipRight(perform(script, clock), ask), liveApp(narrow))
            assert.deepStrictEqual(yield* Effect.provide(ask, liveApp(narrow)), before)
          }).pipe(Effect.provide(plainStorage), Effect.withClock(clock))
        )
      }),
      { numRuns: 300 }
    )
  })

  it("forget what no window reaches, and answer as if they had not", () => {
    const clock = new HandClock(opening)
    live(
      Effect.gen(function*() {
        const ingest = yield* Ingest
        const store = yield* FeatureStore
        const source = yield* MarketSource
        const { state } = yield* source.load(m1)
        for (let i = 0; i < 6_000; i++) {
          clock.pass(i % 7 === 0 ? 250 : 50)
          const news: MarketEvent = {
            market: m1,
            source: `s${i % 3}`,
            eventTime: undefined,
            body: {
              kind: "news",
              document: { id: `${i}`, text: i % 2 === 0 ? "good" : "bad", publishedAt: undefined, url: undefined }
            }
          }
          yield* ingest.publish(i % 3 === 0 ? [quote(40 + i % 20), news] : [quote(40 + i % 20)])
          if (i % 500 === 0) yield* store.getCurrentFeatures(m1, allGroups)
        }
        // a minute is some 760 prices and 250 documents
        assert.isBelow(state.prices.length - state.prices.start, 1_000)
        assert.isBelow(state.news.length - state.news.start, 400)
        assert.isBelow(state.prices.time.length, 5_000)
        yield* store.flush
        assert.strictEqual((yield* servedEqualsHistory(narrow)).length, 60)
      }),
      clock,
      narrow
    )
  })

  it("show nothing of a batch that storage refused", () => {
    const clock = new HandClock(opening)
    let refuses = false
    const refusing = Layer.effect(
      EventLog,
      Effect.map(EventLog, (log) => ({
        ...log,
        append: (events, at) =>
          refuses ? Effect.fail(new StorageFailure({ operation: "append", cause: "full" })) : log.append(events, at)
      }))
    ).pipe(Layer.provideMerge(plainStorage))
    Effect.runSync(
      Effect.gen(function*() {
        const ingest = yield* Ingest
        yield* ingest.publish([quote(40)])
        assert.strictEqual(yield* price(), 0.405)
        refuses = true
        const failure = yield* Effect.flip(ingest.publish([quote(50)]))
        assert.strictEqual(failure._tag, "StorageFailure")
        assert.strictEqual(yield* price(), 0.405)
        refuses = false
        yield* ingest.publish([quote(60)])
        assert.strictEqual(yield* price(), 0.605)
      }).pipe(Effect.provide(Layer.provideMerge(liveApp(uncached), refusing)), Effect.withClock(clock))
    )
  })

  it("are published whole even where the publisher is interrupted", () => {
    const clock = new HandClock(opening)
    live(
      Effect.gen(function*() {
        const ingest = yield* Ingest
        const log = yield* EventLog
        yield* price()
        for (let ops = fewestOps; ops < 60; ops++) {
          const publishing = yield* Effect.fork(
            Effect.withMaxOpsBeforeYield(ingest.publish([quote(40 + ops % 9)]), ops)
          )
          yield* Effect.yieldNow()
          yield* Fiber.interrupt(publishing)
          const { columns } = yield* log.read(m1)
          const replay = new Replay(columns)
          replay.seek(clock.millis)
          const { state } = yield* Effect.flatMap(MarketSource, (source) => source.load(m1))
          assert.strictEqual(state.sequence, replay.state.sequence)
        }
      }),
      clock,
      uncached,
      sqliteInMemory
    )
  })
})

const crowd = fc.record({
  lines: histories.filter((lines) => lines.length > 0),
  ops: fc.array(fc.integer({ min: fewestOps, max: 80 }), { minLength: 6, maxLength: 6 }),
  imports: fc.boolean()
})

const markets = marketIds.map((id) => MarketId.make(id))

/** What was known by then, and nothing that was known later only. */
const isOfItsTime = (vector: FeatureVector<unknown>, now: number) => {
  assert.isAtMost(vector.asOf, now)
  for (const [key, { age_ms }] of vector.entries()) assert.isAtLeast(age_ms ?? 0, 0, key)
}

describe("many fibers at once", () => {
  const law = (storage: typeof plainStorage | typeof sqliteInMemory, numRuns: number) =>
    fc.assert(
      fc.property(crowd, ({ imports, lines, ops }) => {
        const clock = new HandClock(opening)
        live(
          Effect.gen(function*() {
            const ingest = yield* Ingest
            const store = yield* FeatureStore
            const log = yield* EventLog
            const batches = Array.chunksOf(lines.map((line) => timedOf(line).event), 3)
            const importing = (events: ReadonlyArray<MarketEvent>, digest: string) =>
              log.importFile(
                { digest, name: digest },
                Stream.make({
                  kind: "events" as const,
                  events: events.map((event, n) => ({ event, availableAt: Instant(clock.millis + (n - 1) * 5) }))
                })
              )
            const writing = [0, 1].map((half) =>
              Effect.forEach(batches.filter((_, i) => i % 2 === half), (batch, i) =>
                imports && half === 1 && i % 3 === 0
                  ? Effect.asVoid(importing(batch, `${i}`))
                  : Effect.asVoid(ingest.publish(batch)), { discard: true })
            )
            const asking = [0, 1, 2].map((first) =>
              Effect.forEach(Array.makeBy(12, (i) => i), (i) =>
                Effect.gen(function*() {
                  const market = markets[(first + i) % markets.length] ?? m1
                  isOfItsTime(yield* store.getCurrentFeatures(market, allGroups), clock.millis)
                  isOfItsTime(yield* store.getFeaturesAt(market, Instant(clock.millis - i), allGroups), clock.millis)
                }), { discard: true })
            )
            const ticking = Effect.forEach(Array.makeBy(40, (i) => i % 3), (millis) =>
              Effect.sync(() => clock.pass(millis)), { discard: true })
            yield* Effect.forEach([...writing, ...asking, ticking], (each, index) =>
              Effect.withMaxOpsBeforeYield(each, ops[index % ops.length] ?? fewestOps), {
              concurrency: "unbounded",
              discard: true
            })
            yield* store.flush
            yield* servedEqualsHistory(uncached)
            if (imports) {
              return
            }
            for (const market of markets) {
              const now = yield* store.getCurrentFeatures(market, allGroups)
              const past = yield* store.getFeaturesAt(market, Instant(clock.millis), allGroups)
              assert.deepStrictEqual(now.toJSON(), past.toJSON())
            }
          }),
          clock,
          uncached,
          storage
        )
      }),
      { numRuns }
    )

  it("publish, import and ask, and no answer misses an event that its log position holds", () => {
    law(plainStorage, 200)
  })

  it("do so on the database", () => {
    law(sqliteInMemory, 50)
  })

  it("apply events in the order in which the log has them", () => {
    fc.assert(
      fc.property(crowd, ({ lines, ops }) => {
        const clock = new HandClock(opening)
        live(
          Effect.gen(function*() {
            const ingest = yield* Ingest
            const source = yield* MarketSource
            const log = yield* EventLog
            const handles = yield* Effect.forEach(
              markets,
              (market) => Effect.map(source.load(market), (handle) => [market, handle] as const)
            )
            yield* Effect.forEach(lines, (line, i) =>
              Effect.withMaxOpsBeforeYield(
                Effect.zipRight(Effect.sync(() => clock.pass(i % 2)), ingest.publish([timedOf(line).event])),
                ops[i % ops.length] ?? fewestOps
              ), { concurrency: "unbounded", discard: true })
            for (const [market, handle] of handles) {
              const { columns } = yield* log.read(market)
              const replay = new Replay(columns)
              replay.seek(clock.millis)
              handle.moveTo(Instant(clock.millis))
              const history = new Evaluator(replay.state)
              const present = new Evaluator(handle.state).bits(clock.millis)
              assert.deepStrictEqual(differences(history.names(), present, history.bits(clock.millis)), [])
            }
          }),
          clock
        )
      }),
      { numRuns: 200 }
    )
  })
})
