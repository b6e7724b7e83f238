import { Effect, Either, FastCheck as fc, Layer, Stream } from "effect"
import { assert, describe, it } from "vitest"
import { servedParity } from "../../src/audit/servedParity.js"
import { Instant } from "../../src/domain/Instant.js"
import { MarketId } from "../../src/domain/MarketId.js"
import { EventLog } from "../../src/store/EventLog.js"
import type { FeatureRepository } from "../../src/store/FeatureRepository.js"
import { FeatureStore } from "../../src/store/FeatureStore.js"
import { LogMaintenance } from "../../src/store/LogMaintenance.js"
import * as SqliteLogMaintenance from "../../src/store/sqlite/SqliteLogMaintenance.js"
import { liveApp, registryOf } from "../support/apps.js"
import { HandClock } from "../support/handClock.js"
import { histories, instantsOf, marketIds, opening } from "../support/histories.js"
import type { EventBody } from "../support/naive/index.js"
import { timedOf } from "../support/observed.js"
import { allGroups, perform } from "../support/performance.js"
import { scripts } from "../support/scripts.js"
import { restlessLog, sqliteStorage } from "../support/storages.js"

const windows = {
  orderbook: { levels: 3 },
  sentiment: { window_secs: 600, half_life_secs: 300 },
  price_history: { window_secs: 600, min_coverage_secs: 300 },
  maxAgeSecs: { market: 60, orderbook: 5, sentiment: 60, temporal: 60, price_history: 60 }
}
const registry = registryOf(windows, 0)
const { historyMillis } = registry
const longer = registryOf({ ...windows, price_history: { window_secs: 900, min_coverage_secs: 300 } }, 0)

const storage = SqliteLogMaintenance.layer.pipe(Layer.provideMerge(sqliteStorage(":memory:", restlessLog)))

const markets = marketIds.map((id) => MarketId.make(id))

const importing = (lines: ReadonlyArray<EventBody>) =>
  Effect.flatMap(
    EventLog,
    (log) =>
      log.importFile(
        { digest: "lines", name: "lines" },
        Stream.make({ kind: "events" as const, events: lines.map(timedOf) })
      )
  )

/** A store of its own, which remembers nothing of another. */
const inStore = <A, E>(effect: Effect.Effect<A, E, FeatureStore>, own = registry) =>
  Effect.provide(effect, Layer.fresh(liveApp(own)))

const answers = (instants: ReadonlyArray<number>) =>
  inStore(
    Effect.flatMap(FeatureStore, (store) =>
      Effect.forEach(markets, (market) =>
        Effect.forEach(instants, (at) =>
          Effect.map(store.getFeaturesAt(market, Instant(at), allGroups), (vector) =>
            vector.toJSON()))))
  )

const compact = (dropBefore: number | undefined) =>
  Effect.flatMap(LogMaintenance, (maintenance) =>
    maintenance.compact({
      dropBefore: dropBefore === undefined ? undefined : Instant(dropBefore),
      historyMillis,
      shrink: true
    }))

const inNew = <A, E>(effect: Effect.Effect<A, E, EventLog | FeatureRepository | LogMaintenance>) =>
  Effect.runSync(effect.pipe(Effect.provide(storage), Effect.withClock(new HandClock(opening))))

const cases = histories.filter((lines) => lines.length > 0).chain((lines) =>
  fc.record({
    lines: fc.constant(lines),
    keep: instantsOf(lines),
    instants: fc.array(instantsOf(lines), { minLength: 6, maxLength: 6 }),
    again: fc.boolean()
  })
)

/** Around every instant at which something happens, and where windows begin or end with it. */
const edges = (lines: ReadonlyArray<EventBody>, keep: number): ReadonlyArray<number> =>
  lines.flatMap(({ available_at }) => [available_at - 1, available_at, available_at + historyMillis]).filter((at) =>
    at >= keep
  ).slice(0, 12)

describe("a log from which old events were dropped", () => {
  it("answers as before from the instant on that was to be kept, and says that it cannot before", () => {
    let dropped = 0
    fc.assert(
      fc.property(cases, ({ again, instants, keep, lines }) =>
        inNew(Effect.gen(function*() {
          yield* importing(lines)
          const asked = [keep, keep + 1, ...instants.filter((at) => at >= keep), ...edges(lines, keep)]
          const before = yield* answers(asked)
          const sequence = yield* Effect.flatMap(EventLog, (log) => log.watermark)
          const foreseen = yield* Effect.flatMap(LogMaintenance, (maintenance) =>
            maintenance.preview({ dropBefore: Instant(keep), historyMillis }))
          const done = yield* compact(keep)
          if (again) {
            yield* compact(keep - 60_000)
          }
          assert.deepStrictEqual(yield* answers(asked), before)
          assert.deepInclude(done, foreseen)
          assert.strictEqual(done.dropped + done.kept, sequence)
          assert.strictEqual(done.completeSince, keep - historyMillis)
          assert.strictEqual(
            yield* Effect.flatMap(EventLog, (log) =>
              log.watermark),
            sequence
          )
          dropped += done.dropped
          const failure = yield* Effect.flip(answers([keep - 1]))
          assert.deepInclude(failure, { _tag: "StorageFailure", earliest: keep })
        }))),
      { numRuns: 60 }
    )
    assert.isAbove(dropped, 200)
  })

  it("puts small chunks together and drops nothing where nothing is said of dropping", () => {
    inNew(Effect.gen(function*() {
      const quote = (cents: number): EventBody => ({
        type: "quote",
        market: "m1",
        available_at: opening,
        best_bid: cents / 100,
        best_ask: cents / 100 + 0.01
      })
      const log = yield* EventLog
      for (let i = 0; i < 300; i++) yield* log.append([timedOf(quote(40 + i % 9)).event], Instant(opening + i))
      const before = yield* log.read(MarketId.make("m1"))
      const done = yield* compact(undefined)
      assert.deepInclude(done, { dropped: 0, kept: 300, completeSince: 0 })
      assert.strictEqual(done.pieces.after, 1)
      assert.isAbove(done.pieces.before, 20)
      assert.deepStrictEqual(yield* log.read(MarketId.make("m1")), before)
    }))
  })

  it("loses no reader while it is compacted, unless what it has not read yet was dropped: then it says so", () => {
    const lines = Array.from({ length: 30_000 }, (_, i): EventBody => ({
      type: "quote",
      market: marketIds[i % 3] ?? "m1",
      available_at: opening + i * 100,
      best_bid: 0.4 + i % 7 / 100,
      best_ask: 0.5
    }))
    const keep = opening + 2_000_000
    /** The events that a scan sees during which the log is compacted. */
    const scanned = (from: number) =>
      Effect.gen(function*() {
        yield* importing(lines)
        let [seen, done] = [0, false]
        yield* Stream.runForEachChunk((yield* EventLog).scan({ from: Instant(from) }), (entries) =>
          Effect.suspend(() => {
            seen += entries.length
            if (done) return Effect.void
            done = true
            return Effect.asVoid(compact(keep))
          }))
        return seen
      })
    const failure = inNew(Effect.flip(scanned(opening)))
    assert.include(failure.message, "events were dropped from it while it was read")
    const since = keep - historyMillis
    assert.strictEqual(inNew(scanned(since)), 30_000 - (since - opening) / 100)
  })

  it("asks for more of a longer window, in every path", () => {
    inNew(Effect.gen(function*() {
      const lines = Array.from({ length: 50 }, (_, i): EventBody => ({
        type: "quote",
        market: "m1",
        available_at: opening + i * 60_000,
        best_bid: 0.4,
        best_ask: 0.41
      }))
      yield* importing(lines)
      const keep = opening + 30 * 60_000
      yield* compact(keep)
      const refused = (at: number, own: typeof registry) =>
        inStore(
          Effect.gen(function*() {
            const store = yield* FeatureStore
            const request = { references: ["market"], everyMillis: 60_000, from: Instant(at), to: Instant(at + 60_000) }
            const spine = Stream.make({ market: MarketId.make("m1"), timestamp: Instant(at) })
            const all = yield* Effect.all([
              Effect.either(Effect.asVoid(store.getFeaturesAt(MarketId.make("m1"), Instant(at), ["market"]))),
              Effect.either(Stream.runDrain(store.getHistoricalFeatures(spine, ["market"]))),
              Effect.either(Effect.asVoid(store.materialize(request)))
            ])
            return all.map(Either.isLeft)
          }),
          own
        )
      assert.deepStrictEqual(yield* refused(keep - 1, registry), [true, true, true])
      assert.deepStrictEqual(yield* refused(keep, registry), [false, false, false])
      assert.deepStrictEqual(yield* refused(keep + 299_999, longer), [true, true, true])
      assert.deepStrictEqual(yield* refused(keep + 300_000, longer), [false, false, false])
    }))
  })

  it("keeps what was served auditable, and counts what it has let go of as that", () => {
    let [checked, beyond] = [0, 0]
    fc.assert(
      fc.property(scripts, fc.nat(4 * 3_600_000), (script, after) => {
        const clock = new HandClock(opening)
        Effect.runSync(
          Effect.gen(function*() {
            yield* Effect.provide(perform(script, clock), liveApp(registry))
            yield* compact(Math.min(clock.millis, opening + after))
            const parity = yield* servedParity(registry, Layer.empty)
            assert.deepStrictEqual(parity.differences, [])
            checked += parity.answers
            beyond += parity.beyondRetention
          }).pipe(Effect.provide(storage), Effect.withClock(clock))
        )
      }),
      { numRuns: 40 }
    )
    assert.isAbove(checked, 300)
    assert.isAbove(beyond, 300)
  })
})
