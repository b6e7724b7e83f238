import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, TestClock } from "effect"
import { Instant } from "../../src/domain/Instant.js"
import { MarketId } from "../../src/domain/MarketId.js"
import { EventLog } from "../../src/store/EventLog.js"
import { FeatureRepository, type ServedAnswer } from "../../src/store/FeatureRepository.js"
import { makeServedLog } from "../../src/store/ServedLog.js"
import { StorageFailure } from "../../src/store/StorageFailure.js"
import { plainStorage } from "../support/storages.js"

const noon = Instant(1_780_000_000_000)
const m = MarketId.make("m")

const answer = (sequence: number, market = m, at = noon): ServedAnswer => ({
  group: { name: "g", version: "1" },
  market,
  at,
  sequence,
  values: Float64Array.of(1),
  reasons: Uint8Array.of(0)
})

/** A repository that refuses while it is told to, and counts what it was given. */
const refusing = Effect.map(FeatureRepository, (repository) => {
  const given: Array<number> = []
  const control = { refuses: true, given }
  const writeServed = (answers: ReadonlyArray<ServedAnswer>) =>
    Effect.suspend(() => {
      if (control.refuses) return Effect.fail(new StorageFailure({ operation: "log served features", cause: "full" }))
      for (const { sequence } of answers) given.push(sequence)
      return Effect.void
    })
  return { control, repository: { ...repository, writeServed } }
})

describe("the served log", () => {
  it.scoped("writes what was noted by itself, in order and once", () =>
    Effect.gen(function*() {
      const { control, repository } = yield* refusing
      control.refuses = false
      const log = yield* makeServedLog(repository, yield* EventLog)
      for (let i = 0; i < 5_000; i++) log.note(answer(i), true)
      assert.strictEqual(control.given.length, 0)
      yield* TestClock.adjust("250 millis")
      assert.deepStrictEqual(control.given, Array.from({ length: 5_000 }, (_, i) => i))
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(control.given.length, 5_000)
    }).pipe(Effect.provide(plainStorage)))

  it.scoped("keeps what storage refuses, says once that is too much, and loses nothing", () =>
    Effect.gen(function*() {
      const { control, repository } = yield* refusing
      const log = yield* makeServedLog(repository, yield* EventLog)
      for (let i = 0; i < 199_999; i++) log.note(answer(i), true)
      yield* TestClock.adjust("10 seconds")
      // there is room for one more
      assert.isFalse(log.isFull())
      log.note(answer(199_999), true)
      assert.isTrue(log.isFull())
      assert.isTrue(Exit.isFailure(yield* Effect.exit(log.flush)))
      control.refuses = false
      yield* log.flush
      assert.isFalse(log.isFull())
      assert.strictEqual(control.given.length, 200_000)
      assert.isTrue(control.given.every((sequence, i) => sequence === i))
    }).pipe(Effect.provide(plainStorage)))

  it.scoped("writes nothing of markets that nobody knows, and what the event log can say otherwise about", () =>
    Effect.gen(function*() {
      const { control, repository } = yield* refusing
      control.refuses = false
      const events = yield* EventLog
      const log = yield* makeServedLog(repository, events)
      const appended = Instant(noon + 1_000)
      yield* events.append(
        [{ market: m, source: undefined, eventTime: undefined, body: { kind: "market_closed" } }],
        appended
      )
      const [nobody, other] = [MarketId.make("nobody"), MarketId.make("other")]
      log.note(answer(1, nobody), false)
      log.note(answer(2, nobody, Instant(noon + 9_000)), false)
      // before the log held anything of it, and then although the log held something
      log.note(answer(3, m, Instant(appended - 1)), false)
      yield* log.flush
      assert.deepStrictEqual(control.given, [])
      log.note(answer(4, m, appended), false)
      log.note(answer(5, other), true)
      yield* log.flush
      assert.deepStrictEqual(control.given, [4, 5])
    }).pipe(Effect.provide(plainStorage)))
})
