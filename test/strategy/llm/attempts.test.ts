import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Option, TestClock } from "effect"
import { type Failure, withRetries } from "../../../src/strategy/llm/attempts.js"
import { makeBreaker } from "../../../src/strategy/llm/breaker.js"
import { estimatedTokens, makeBudget } from "../../../src/strategy/llm/budget.js"
import { CompletionFailed, type CompletionReason } from "../../../src/strategy/llm/Completions.js"
import { modelsOf } from "../../../src/strategy/llm/settings.js"
import { modelAt, settingsOf } from "./settingsOf.js"

const failed = (reason: CompletionReason) => new CompletionFailed({ reason })

/** An attempt that fails so many times before it succeeds, and the instants at which it was made. */
const failingTimes = (times: number, failure: Partial<Failure> = {}) => {
  const at: Array<number> = []
  const attempt = Effect.flatMap(Effect.clock, (clock) =>
    Effect.suspend(() => {
      at.push(clock.unsafeCurrentTimeMillis())
      return at.length > times
        ? Effect.succeed("answer")
        : Effect.fail({ failed: failed("llm_unavailable"), mayRetry: true, retryAfter: undefined, ...failure })
    }))
  return { at, attempt }
}

/** Runs to the end under the test clock, which jumps from sleep to sleep. */
const played = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(Effect.either(effect))
    while (Option.isNone(yield* Fiber.poll(fiber))) {
      const [next] = yield* TestClock.sleeps()
      yield* next === undefined ? Effect.yieldNow() : TestClock.setTime(next)
    }
    return yield* Fiber.join(fiber)
  })

describe("retries", () => {
  it.effect("come after pauses that double, each a random half to whole of it", () =>
    Effect.gen(function*() {
      const { at, attempt } = failingTimes(6)
      const result = yield* played(withRetries(attempt, 6))
      assert.strictEqual(result._tag, "Right")
      const pauses = at.slice(1).map((instant, i) => instant - (at[i] ?? 0))
      for (const [i, pause] of pauses.entries()) {
        const whole = 500 * 2 ** i
        assert.isAtLeast(pause, whole / 2)
        assert.isAtMost(pause, whole)
      }
      assert.lengthOf(new Set(pauses.map((pause, i) => pause / 2 ** i)), 6)
    }))

  it.effect("end with the last failure once there were enough", () =>
    Effect.gen(function*() {
      const { at, attempt } = failingTimes(9)
      const result = yield* played(withRetries(attempt, 3))
      assert.deepInclude(result, { _tag: "Left" })
      assert.lengthOf(at, 4)
    }))

  const afterPause = (retryAfter: string) =>
    Effect.gen(function*() {
      const { at, attempt } = failingTimes(1, { retryAfter })
      yield* played(withRetries(attempt, 1))
      return at.length === 1 ? undefined : (at[1] ?? NaN) - (at[0] ?? NaN)
    })

  it.effect("come when the host asks for it, in seconds or as a date", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* afterPause("17"), 17_000)
      assert.strictEqual(yield* afterPause("0"), 0)
      // the test clock starts at 0
      yield* TestClock.setTime(0)
      assert.strictEqual(yield* afterPause("Thu, 01 Jan 1970 00:00:42 GMT"), 42_000)
      yield* TestClock.setTime(100_000)
      assert.strictEqual(yield* afterPause("Thu, 01 Jan 1970 00:00:42 GMT"), 0)
    }))

  it.effect("do not come where the host asks for more than a minute", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* afterPause("60"), 60_000)
      assert.strictEqual(yield* afterPause("61"), undefined)
    }))

  it.effect("do not come where another attempt would be no use", () =>
    Effect.gen(function*() {
      const { at, attempt } = failingTimes(1, { mayRetry: false })
      yield* played(withRetries(attempt, 5))
      assert.lengthOf(at, 1)
    }))
})

describe("the circuit breaker", () => {
  const asks = (reason: CompletionReason | undefined) => {
    let made = 0
    const ask = Effect.suspend(() => {
      made += 1
      return reason === undefined ? Effect.succeed(made) : Effect.fail(failed(reason))
    })
    return { ask, made: () => made }
  }
  const reasonOf = (effect: Effect.Effect<unknown, CompletionFailed>) =>
    Effect.match(effect, { onFailure: ({ reason }) => reason, onSuccess: () => "answered" })

  it.effect("opens after five failures of the host in a row, for a minute", () =>
    Effect.gen(function*() {
      const guarded = makeBreaker()
      const { ask, made } = asks("llm_timeout")
      for (let i = 0; i < 5; i++) assert.strictEqual(yield* reasonOf(guarded(ask)), "llm_timeout")
      yield* TestClock.adjust("59999 millis")
      assert.strictEqual(yield* reasonOf(guarded(ask)), "llm_circuit_open")
      assert.strictEqual(made(), 5)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* reasonOf(guarded(ask)), "llm_timeout")
    }))

  it.effect("stays closed where answers come between, and where answers are merely wrong", () =>
    Effect.gen(function*() {
      const guarded = makeBreaker()
      for (let i = 0; i < 20; i++) {
        yield* reasonOf(guarded(asks(i % 5 === 4 ? undefined : "llm_unavailable").ask))
        yield* reasonOf(guarded(asks("llm_malformed").ask))
      }
      assert.strictEqual(yield* reasonOf(guarded(asks(undefined).ask)), "answered")
    }))
})

describe("the budget", () => {
  const [model] = modelsOf(
    settingsOf({ models: { m: modelAt("http://h/v1", { input_usd_per_million: 1, output_usd_per_million: 10 }) } })
  )
  if (model === undefined) throw new Error("there is one model")
  const isTaken = (budget: ReturnType<typeof makeBudget>, input: number, output: number) =>
    Effect.option(budget.reserve(model, { input, output })).pipe(Effect.map((one) => one._tag === "Some"))

  it.effect("of tokens takes what fits, by the worst case, up to the last one", () =>
    Effect.gen(function*() {
      const budget = makeBudget({ maxTokensPerDay: 100 })
      assert.isTrue(yield* isTaken(budget, 60, 30))
      assert.isFalse(yield* isTaken(budget, 10, 1))
      assert.isTrue(yield* isTaken(budget, 9, 1))
      assert.isFalse(yield* isTaken(budget, 0, 1))
    }))

  it.effect("of dollars counts input and output by their prices", () =>
    Effect.gen(function*() {
      // 200,000 of input cost 0.20 USD, 30,000 of output 0.30
      const budget = makeBudget({ maxUsdPerDay: 0.5 })
      assert.isTrue(yield* isTaken(budget, 200_000, 30_000))
      assert.isFalse(yield* isTaken(budget, 1, 0))
    }))

  it.effect("gives back what was set aside and not used", () =>
    Effect.gen(function*() {
      const budget = makeBudget({ maxTokensPerDay: 100 })
      const { settle } = yield* budget.reserve(model, { input: 50, output: 50 })
      yield* settle({ input: 20, output: 5 })
      assert.isTrue(yield* isTaken(budget, 70, 5))
      assert.isFalse(yield* isTaken(budget, 1, 0))
    }))

  it.effect("starts anew with each UTC day, and late answers of the day before are not counted in it", () =>
    Effect.gen(function*() {
      const budget = makeBudget({ maxTokensPerDay: 100 })
      yield* TestClock.setTime(86_400_000 - 1)
      const { settle } = yield* budget.reserve(model, { input: 100, output: 0 })
      assert.isFalse(yield* isTaken(budget, 1, 0))
      yield* TestClock.adjust("1 millis")
      assert.isTrue(yield* isTaken(budget, 100, 0))
      yield* settle({ input: 0, output: 0 })
      assert.isFalse(yield* isTaken(budget, 1, 0))
    }))

  it("takes a token for every two characters, rounded up", () => {
    assert.strictEqual(estimatedTokens("12345"), 3)
  })
})
