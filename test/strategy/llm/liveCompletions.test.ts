import { FetchHttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Either, Layer, Logger, LogLevel, Redacted, Schema } from "effect"
import type { StorageFailure } from "../../../src/store/StorageFailure.js"
import type { Answer, Completion } from "../../../src/strategy/llm/answer.js"
import { type CompletionFailed, Completions } from "../../../src/strategy/llm/Completions.js"
import * as LiveCompletions from "../../../src/strategy/llm/liveCompletions.js"
import { modelsOf } from "../../../src/strategy/llm/settings.js"
import {
  answers,
  type Asked,
  completionServer,
  cutOff,
  fails,
  html,
  type Reply,
  says,
  silent
} from "../../support/completionServer.js"
import { modelAt, settingsOf } from "./settingsOf.js"

const prompt = { system: "Be brief.", user: "Will it?", hash: `sha256:${"0".repeat(64)}` }
const answer: Answer = { prediction: "yes", confidence: 0.8, target_price: 0.62, reasoning: "because" }
const canary = "sk-canary-7f3a"

const Body = Schema.parseJson(Schema.Record({ key: Schema.String, value: Schema.Unknown }))

interface More {
  readonly settings?: object
  readonly model?: object
}

/** A model at a host that replies so, to be asked, with all that the host was asked so far. */
const withHost = <A, E>(
  replies: ReadonlyArray<Reply>,
  { model = {}, settings = {} }: More,
  use: (
    ask: Effect.Effect<Completion, CompletionFailed | StorageFailure>,
    asked: ReadonlyArray<Asked>
  ) => Effect.Effect<A, E>
) =>
  Effect.scoped(Effect.gen(function*() {
    const host = yield* completionServer(...replies)
    const given = settingsOf({
      timeout_secs: 0.3,
      max_retries: 0,
      ...settings,
      models: { only: modelAt(host.url, model) }
    })
    const layer = LiveCompletions.layer(given, () => Redacted.make(canary)).pipe(Layer.provide(FetchHttpClient.layer))
    const { ask } = yield* Effect.provide(Completions, yield* Layer.build(layer))
    const [only] = modelsOf(given)
    return yield* only === undefined ? Effect.dieMessage("there is one model") : use(ask(only, prompt), host.asked)
  })).pipe(Logger.withMinimumLogLevel(LogLevel.None))

/** Asks once, and returns what came of it with all that the host was asked. */
const askHost = (replies: ReadonlyArray<Reply>, more: More = {}) =>
  withHost(replies, more, (ask, asked) => Effect.map(Effect.either(ask), (result) => ({ asked, result })))

/** The reason, and nothing of what was sent or came back anywhere in the error. */
const failedBy = (replies: ReadonlyArray<Reply>, more: More = {}) =>
  Effect.map(askHost(replies, more), ({ asked, result }) => {
    assert.strictEqual(result._tag, "Left")
    const failure = result._tag === "Left" ? result.left : undefined
    for (const text of [String(failure), JSON.stringify(failure), String(failure?.stack), String(failure?.cause)]) {
      assert.notInclude(text, canary)
      assert.notInclude(text, "Will it?")
    }
    const { reason, status }: Partial<CompletionFailed> = failure?._tag === "CompletionFailed" ? failure : {}
    return { reason, status, requests: asked.length }
  })

describe("a model at an OpenAI-compatible host", () => {
  it.live("is asked for an answer of the schema, with its key, and the answer is checked", () =>
    Effect.gen(function*() {
      const { asked: [one], result } = yield* askHost([answers(answer)], { model: { temperature: 0 } })
      assert.deepStrictEqual(Either.getOrNull(result), {
        answer,
        input_tokens: 700,
        output_tokens: 60
      })
      assert.strictEqual(one?.path, "/v1/chat/completions")
      assert.strictEqual(one?.headers.authorization, `Bearer ${canary}`)
      const body = yield* Schema.decode(Body)(one?.body ?? "")
      assert.deepInclude(body, {
        model: "some-model",
        temperature: 0,
        max_tokens: 1000,
        messages: [{ role: "system", content: "Be brief." }, { role: "user", content: "Will it?" }]
      })
      for (const part of ["json_schema", "\"strict\":true", "\"target_price\"", "\"enum\":[\"yes\",\"no\",\"hold\"]"]) {
        assert.include(one?.body, part)
      }
    }))

  it.live("may be one that knows JSON and no schema, and is not told a temperature", () =>
    Effect.gen(function*() {
      const { asked: [one], result } = yield* askHost([answers(answer)], {
        model: { structured_output: "json_object" }
      })
      assert.strictEqual(result._tag, "Right")
      assert.include(one?.body, "\"response_format\":{\"type\":\"json_object\"}")
      assert.notInclude(one?.body, "\"temperature\"")
    }))

  it.live("is asked by OpenAI's own API where that is configured", () =>
    Effect.gen(function*() {
      const { asked: [one], result } = yield* askHost([answers(answer)], {
        model: { provider: "openai", model: "gpt-4o-mini" }
      })
      assert.deepStrictEqual(Either.getOrNull(result)?.answer, answer)
      assert.strictEqual(one?.path, "/v1/responses")
      assert.strictEqual(one?.headers.authorization, `Bearer ${canary}`)
      assert.include(one?.body, "\"type\":\"json_schema\"")
      const failure = yield* failedBy([says("{\"prediction\":\"yes\"}")], { model: { provider: "openai" } })
      assert.strictEqual(failure.reason, "llm_malformed")
    }))
})

describe("an answer that is none has a reason, and nothing else of it is kept", () => {
  const cases: ReadonlyArray<
    readonly [title: string, reply: Reply, reason: CompletionFailed["reason"], status?: number]
  > = [
    ["no answer in time", silent, "llm_timeout"],
    ["429", fails(429), "llm_rate_limited", 429],
    ["500", fails(500), "llm_unavailable", 500],
    ["401", fails(401), "llm_refused", 401],
    ["404", fails(404), "llm_refused", 404],
    ["a body cut off", cutOff, "llm_malformed", 200],
    ["a page in place of JSON", html, "llm_malformed", 200],
    ["text in place of JSON", says("I think yes"), "llm_malformed"],
    ["nothing", says(""), "llm_malformed"],
    ["a field missing", answers({ ...answer, confidence: undefined }), "llm_malformed"],
    ["a word that is no prediction", answers({ ...answer, prediction: "maybe" }), "llm_malformed"],
    ["a confidence above 1", answers({ ...answer, confidence: 1.2 }), "llm_malformed"],
    ["a target price below 0", answers({ ...answer, target_price: -0.1 }), "llm_malformed"],
    ["a number as text", answers({ ...answer, target_price: "0.5" }), "llm_malformed"],
    ["a number beyond floats", says(JSON.stringify(answer).replace("0.62", "1e999")), "llm_malformed"],
    ["an empty envelope", (_, response) => response.end("{}"), "llm_malformed"]
  ]
  for (const [title, reply, reason, status] of cases) {
    it.live(title, () =>
      Effect.map(failedBy([reply]), (failure) => {
        assert.deepStrictEqual(failure, { reason, status, requests: 1 })
      }))
  }

  it.live("a host that is not there", () =>
    Effect.gen(function*() {
      const failure = yield* failedBy([answers(answer)], { model: { base_url: "http://127.0.0.1:1/v1" } })
      assert.deepInclude(failure, { reason: "llm_unavailable", requests: 0 })
    }))
})

describe("what may pass is tried again", () => {
  it.live("a 500 and a cut body, then the answer", () =>
    Effect.gen(function*() {
      const { asked, result } = yield* askHost([fails(500), cutOff, answers(answer)], { settings: { max_retries: 2 } })
      assert.strictEqual(result._tag, "Right")
      assert.lengthOf(asked, 3)
    }))

  it.live("a 429 after as long as the host asks", () =>
    Effect.gen(function*() {
      const [elapsed, { result }] = yield* Effect.timed(
        askHost([fails(429, { "retry-after": "1" }), answers(answer)], { settings: { max_retries: 1 } })
      )
      assert.strictEqual(result._tag, "Right")
      // longer than any pause of our own before a first retry
      assert.isAtLeast(Duration.toMillis(elapsed), 1000)
    }))

  it.live("a wrong key, a bad request and a wrong answer are not", () =>
    Effect.forEach(
      [fails(401), fails(400), says("{}")],
      (reply) =>
        Effect.map(failedBy([reply, answers(answer)], { settings: { max_retries: 3 } }), ({ requests }) => {
          assert.strictEqual(requests, 1)
        })
    ))
})

describe("limits", () => {
  const reasonOf = (ask: Effect.Effect<unknown, CompletionFailed | StorageFailure>) =>
    Effect.match(ask, {
      onFailure: (failure) => failure._tag === "CompletionFailed" ? failure.reason : failure._tag,
      onSuccess: () => "answered"
    })

  it.live("of tokens count what was used, and nothing of what the host has refused", () =>
    withHost(
      [fails(500), answers(answer)],
      { settings: { max_tokens_per_day: 1100 } },
      (ask, asked) =>
        Effect.gen(function*() {
          // at most 9 + 1000 tokens an attempt; 760 were used
          const reasons = [yield* reasonOf(ask), yield* reasonOf(ask), yield* reasonOf(ask)]
          assert.deepStrictEqual(reasons, ["llm_unavailable", "answered", "llm_budget"])
          assert.lengthOf(asked, 2)
        })
    ))

  it.live("of tokens count the worst case of what was never answered", () =>
    withHost(
      [silent, answers(answer)],
      { settings: { max_tokens_per_day: 2000 } },
      (ask, asked) =>
        Effect.gen(function*() {
          assert.deepStrictEqual([yield* reasonOf(ask), yield* reasonOf(ask)], ["llm_timeout", "llm_budget"])
          assert.lengthOf(asked, 1)
        })
    ))

  it.live("of requests a minute let a question wait, which its timeout does not count", () =>
    withHost(
      [answers(answer)],
      { settings: { requests_per_minute: 1, timeout_secs: 0.1 } },
      (ask, asked) =>
        Effect.gen(function*() {
          assert.strictEqual(yield* reasonOf(ask), "answered")
          assert.strictEqual((yield* Effect.timeoutOption(Effect.disconnect(ask), "400 millis"))._tag, "None")
          assert.lengthOf(asked, 1)
        })
    ))

  it.live("of failures leave a host alone that has refused five times", () =>
    withHost([fails(401)], {}, (ask, asked) =>
      Effect.gen(function*() {
        const reasons = yield* Effect.replicateEffect(reasonOf(ask), 7)
        assert.deepStrictEqual(new Set(reasons.slice(0, 5)), new Set(["llm_refused"]))
        assert.deepStrictEqual(reasons.slice(5), ["llm_circuit_open", "llm_circuit_open"])
        assert.lengthOf(asked, 5)
      })))
})
