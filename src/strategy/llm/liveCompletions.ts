import type * as AiError from "@effect/ai/AiError"
import * as LanguageModel from "@effect/ai/LanguageModel"
import { Effect, Layer, RateLimiter, type Redacted } from "effect"
import { Answer, type Completion, longestReasoning } from "./answer.js"
import { type Failure, withRetries } from "./attempts.js"
import { makeBreaker } from "./breaker.js"
import { type Budget, estimatedTokens, makeBudget } from "./budget.js"
import { CompletionFailed, type CompletionReason, Completions } from "./Completions.js"
import * as languageModel from "./languageModel.js"
import type { Prompt } from "./prompt.js"
import { type LlmSettings, modelsOf, type NamedModel } from "./settings.js"

/** The key that a model's host is sent, `undefined` where it needs none. */
export type KeyOf = (model: NamedModel) => Redacted.Redacted | undefined

const failure = (reason: CompletionReason, mayRetry: boolean, status?: number, retryAfter?: string): Failure => ({
  failed: new CompletionFailed({ reason, ...(status === undefined ? {} : { status }) }),
  mayRetry,
  retryAfter
})

const isTemporary = (status: number): boolean => status >= 500 || [408, 409, 425, 429].includes(status)

/** What became of an attempt, in our own words: theirs may quote headers, keys and whole bodies. */
const failureOf = (error: AiError.AiError): Failure => {
  switch (error._tag) {
    case "HttpRequestError":
      return failure("llm_unavailable", error.reason === "Transport")
    case "HttpResponseError": {
      const { headers, status } = error.response
      // a body that ends early or is no JSON comes from whatever stands before the model, and may be whole next time
      if (error.reason !== "StatusCode") return failure("llm_malformed", true, status)
      const reason = status === 429 ? "llm_rate_limited" : isTemporary(status) ? "llm_unavailable" : "llm_refused"
      return failure(reason, isTemporary(status), status, headers["retry-after"])
    }
    case "MalformedOutput":
      return failure("llm_malformed", false)
    case "MalformedInput":
    case "UnknownError":
      return failure("llm_refused", false)
  }
}

/** One attempt. What it used at most is set aside first; only a host that has refused it is known to have used nothing. */
const attempt = (
  service: LanguageModel.Service,
  budget: Budget,
  model: NamedModel,
  prompt: Prompt,
  timeoutSecs: number
): Effect.Effect<Completion, Failure> =>
  Effect.gen(function*() {
    const worst = { input: estimatedTokens(prompt.system + prompt.user), output: model.maxOutputTokens }
    const { settle } = yield* Effect.mapError(
      budget.reserve(model, worst),
      (failed): Failure => ({ failed, mayRetry: false, retryAfter: undefined })
    )
    const { usage: { inputTokens, outputTokens }, value } = yield* service.generateObject({
      prompt: [
        { role: "system", content: prompt.system },
        { role: "user", content: [{ type: "text", text: prompt.user }] }
      ],
      schema: Answer,
      objectName: "prediction"
    }).pipe(
      Effect.mapError(failureOf),
      Effect.tapError(({ failed: { status } }) =>
        status !== undefined && status >= 400 ? settle({ input: 0, output: 0 }) : Effect.void
      ),
      Effect.disconnect,
      Effect.timeoutFail({ duration: timeoutSecs * 1000, onTimeout: () => failure("llm_timeout", true) })
    )
    yield* settle({ input: inputTokens ?? worst.input, output: outputTokens ?? worst.output })
    return {
      answer: { ...value, reasoning: value.reasoning.slice(0, longestReasoning) },
      input_tokens: inputTokens ?? null,
      output_tokens: outputTokens ?? null
    }
  })

/** A refusal is for people to mend: a wrong key, a wrong name. */
const noteRefusal = ({ name }: NamedModel, { reason, status }: CompletionFailed) =>
  reason === "llm_refused"
    ? Effect.logWarning("the host refuses what a model is asked: check its key and its name").pipe(
      Effect.annotateLogs({ model: name, ...(status === undefined ? {} : { http: status }) })
    )
    : Effect.void

/** How one model is asked: limited in rate, tried again, and left alone where it keeps failing. */
const makeAsk = (settings: LlmSettings, budget: Budget, keyOf: KeyOf) => (model: NamedModel) =>
  Effect.gen(function*() {
    const service = yield* Effect.provide(
      LanguageModel.LanguageModel,
      yield* Layer.build(languageModel.layer(model, keyOf(model)))
    )
    const limited = yield* RateLimiter.make({ limit: settings.requestsPerMinute, interval: "1 minute" })
    const guarded = makeBreaker()
    const ask = (prompt: Prompt) =>
      attempt(service, budget, model, prompt, settings.timeoutSecs).pipe(
        limited,
        (limitedAttempt) => withRetries(limitedAttempt, settings.maxRetries),
        Effect.tapError((failed) => noteRefusal(model, failed)),
        guarded
      )
    return [model.name, ask] as const
  })

/** Answers of the models themselves, over HTTP. */
export const layer = (settings: LlmSettings, keyOf: KeyOf) =>
  Layer.scoped(
    Completions,
    Effect.gen(function*() {
      const budget = makeBudget(settings)
      const asks = new Map(yield* Effect.forEach(modelsOf(settings), makeAsk(settings, budget, keyOf)))
      return {
        ask: (model, prompt) =>
          asks.get(model.name)?.(prompt) ?? Effect.fail(new CompletionFailed({ reason: "llm_refused" }))
      }
    })
  )
