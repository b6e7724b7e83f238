import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, TestClock } from "effect"
import { Instant } from "../../src/domain/Instant.js"
import { MarketId } from "../../src/domain/MarketId.js"
import { FeatureRepository, type ServedAnswer } from "../../src/store/FeatureRepository.js"
import { makeServedLog } from "../../src/store/ServedLog.js"
import { StorageFailure } from "../../src/store/StorageFailure.js"
import { plainStorage } from "../support/storages.js"

const answer = (sequence: number): ServedAnswer => ({
  group: { name: "g", version: "1" },
  market: MarketId.make("m"),
  at: Instant(1_780_000_000_000),
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
      const log = yield* makeServedLog(repository)
      for (let i = 0; i < 5_000; i++) log.note(answer(i))
      assert.strictEqual(control.given.length, 0)
      yield* TestClock.adjust("250 millis")
      assert.deepStrictEqual(control.given, Array.from({ length: 5_000 }, (_, i) => i))
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(control.given.length, 5_000)
    }).pipe(Effect.provide(plainStorage)))

  it.scoped("keeps what storage refuses, says once that is too much, and loses nothing", () =>
    Effect.gen(function*() {
      const { control, repository } = yield* refusing
      const log = yield* makeServedLog(repository)
      for (let i = 0; i < 199_999; i++) log.note(answer(i))
      yield* TestClock.adjust("10 seconds")
      // there is room for one more
      assert.isFalse(log.isFull())
      log.note(answer(199_999))
      assert.isTrue(log.isFull())
      assert.isTrue(Exit.isFailure(yield* Effect.exit(log.flush)))
      control.refuses = false
      yield* log.flush
      assert.isFalse(log.isFull())
      assert.strictEqual(control.given.length, 200_000)
      assert.isTrue(control.given.every((sequence, i) => sequence === i))
    }).pipe(Effect.provide(plainStorage)))
})
