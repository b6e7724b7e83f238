import { it } from "@effect/vitest"
import { Deferred, Effect, Exit, FastCheck as fc, Layer, Logger, LogLevel, Scope, TestClock, TestContext } from "effect"
import { assert, describe } from "vitest"
import { Ingest } from "../../src/context/Ingest.js"
import { Intake } from "../../src/context/Intake.js"
import type { MarketEvent } from "../../src/domain/Event.js"
import { MarketId } from "../../src/domain/MarketId.js"
import * as RecorderLayer from "../../src/live/Recorder.js"
import { Recorder } from "../../src/live/Recorder.js"
import type { Appended } from "../../src/store/EventLog.js"
import { StorageFailure } from "../../src/store/StorageFailure.js"
import * as Telemetry from "../../src/telemetry/Telemetry.js"

const market = MarketId.make("m")

const trade = (size: number): MarketEvent => ({
  market,
  source: "test",
  eventTime: undefined,
  body: { kind: "trade", price: 500_000, size, side: "buy" }
})

const sizesOf = (events: ReadonlyArray<MarketEvent>) =>
  events.map(({ body }) => body.kind === "trade" ? body.size : NaN)

/** A way in that keeps what it is given in a list, takes a while, and refuses the calls that it is told to. */
const slowIngest = (kept: Array<number>, refuses: (call: number) => boolean, takes = "3 millis" as const) => {
  let call = 0
  return Layer.succeed(Ingest, {
    publish: (events) =>
      Effect.gen(function*() {
        yield* Effect.sleep(takes)
        if (refuses(++call)) return yield* new StorageFailure({ operation: "append events", cause: "no space" })
        kept.push(...sizesOf(events))
        const appended: Appended = {
          sequence: kept.length,
          events: events.length,
          duplicates: 0,
          kinds: [],
          columns: []
        }
        return appended
      })
  })
}

const recording = (ingest: Layer.Layer<Ingest>) =>
  Layer.provide(RecorderLayer.layer, Layer.merge(ingest, Telemetry.layer))

/** Runs a program with a recorder, and ends the recorder before the result is looked at. */
const run = <A, E>(ingest: Layer.Layer<Ingest>, program: Effect.Effect<A, E, Intake | Recorder>) =>
  Effect.gen(function*() {
    const scope = yield* Scope.make()
    const services = yield* Effect.provideService(Layer.build(recording(ingest)), Scope.Scope, scope)
    const result = yield* Effect.provide(program, services)
    const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
    yield* TestClock.adjust("10 seconds")
    yield* closing
    return result
  })

describe("Recorder", () => {
  it("publishes everything once, in order, whatever storage refuses and whenever it ends", async () => {
    const step = fc.record({ events: fc.integer({ min: 0, max: 5 }), pause: fc.integer({ min: 0, max: 30 }) })
    // more in a row than five would take longer than an end waits
    const refusals = fc.array(fc.boolean(), { maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), refusals, (steps, refused) => {
        const kept: Array<number> = []
        let given = 0
        const program = Effect.gen(function*() {
          const intake = yield* Intake
          for (const { events, pause } of steps) {
            assert.isTrue(intake.offer(Array.from({ length: events }, () => trade(++given))))
            yield* TestClock.adjust(pause)
          }
        })
        return Effect.runPromise(
          run(slowIngest(kept, (call) => refused[call - 1] ?? false), program).pipe(
            Effect.provide(TestContext.TestContext),
            Logger.withMinimumLogLevel(LogLevel.None)
          )
        ).then(() => assert.deepEqual(kept, Array.from({ length: given }, (_, i) => i + 1)))
      }),
      { numRuns: 60 }
    )
  })

  it.effect("says when what was taken is durable, and not before", () => {
    const kept: Array<number> = []
    return run(
      slowIngest(kept, (call) => call === 1),
      Effect.gen(function*() {
        const intake = yield* Intake
        yield* intake.settled
        intake.offer([trade(1), trade(2)])
        const settled = yield* Effect.fork(intake.settled)
        yield* TestClock.adjust("5 millis")
        assert.isNull(yield* settled.poll.pipe(Effect.map((exit) => exit._tag === "None" ? null : exit)))
        yield* TestClock.adjust("1 seconds")
        yield* settled
        assert.deepEqual(kept, [1, 2])
        const { events, held } = yield* (yield* Recorder).recorded
        assert.deepEqual({ events, held }, { events: 2, held: 0 })
      })
    )
  })

  it.effect("takes all of an offer or nothing while too much is held, and says when there is room", () => {
    const kept: Array<number> = []
    const half = Array.from({ length: 250_000 }, (_, i) => trade(i))
    return run(
      slowIngest(kept, () => false),
      Effect.gen(function*() {
        const intake = yield* Intake
        assert.isTrue(intake.offer(half))
        assert.isTrue(intake.offer(half))
        assert.isFalse(intake.offer([trade(1)]))
        const room = yield* Effect.fork(intake.room)
        yield* TestClock.adjust("40 millis")
        assert.isTrue((yield* room.poll)._tag === "None")
        yield* TestClock.adjust("1 seconds")
        yield* room
        assert.isTrue(intake.offer([trade(1)]))
        yield* TestClock.adjust("1 seconds")
        assert.strictEqual(kept.length, 500_001)
      })
    )
  })

  it.effect("tells its listeners of every batch after it was published", () => {
    const kept: Array<number> = []
    return run(
      slowIngest(kept, () => false),
      Effect.gen(function*() {
        const told: Array<number> = []
        const [intake, recorder] = [yield* Intake, yield* Recorder]
        yield* recorder.listen(({ events }) => told.push(events))
        intake.offer([trade(1)])
        yield* TestClock.adjust("1 seconds")
        intake.offer([trade(2), trade(3)])
        yield* TestClock.adjust("1 seconds")
        assert.deepEqual(told, [1, 2])
      })
    )
  })

  it.effect("gives up after five seconds where storage takes nothing, so that a process can end", () =>
    Effect.gen(function*() {
      const ended = yield* Deferred.make<boolean>()
      yield* run(
        slowIngest([], () => true),
        Effect.flatMap(Intake, (intake) => Effect.sync(() => intake.offer([trade(1)])))
      )
        .pipe(Effect.zipRight(Deferred.succeed(ended, true)))
      assert.isTrue(yield* Deferred.await(ended))
    }))
})
