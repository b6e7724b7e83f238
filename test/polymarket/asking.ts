import { HttpClient, type HttpClientError, type HttpClientRequest, HttpClientResponse } from "@effect/platform"
import { Effect, Fiber, Layer, Logger, LogLevel, Option, Random, Schema, TestClock } from "effect"
import { PolymarketSettings } from "../../src/polymarket/settings.js"
import * as Telemetry from "../../src/telemetry/Telemetry.js"

/** Settings of a venue whose three hosts are one. */
export const settingsAt = (url: string): PolymarketSettings =>
  Schema.decodeUnknownSync(PolymarketSettings)({ gamma_url: url, clob_url: url, data_url: url })

export interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** A venue within this process: it answers as it is told, and notes when it was asked for what. */
export const inProcess = (
  answer: (
    request: HttpClientRequest.HttpClientRequest,
    nth: number
  ) => Effect.Effect<Answer, HttpClientError.HttpClientError>
) => {
  const asked: Array<{ readonly at: number; readonly url: string }> = []
  const client = HttpClient.make((request, url) =>
    Effect.gen(function*() {
      asked.push({
        at: yield* Effect.clockWith((clock) => clock.currentTimeMillis),
        url: `${url.pathname}${url.search}`
      })
      const { body = {}, headers = {}, status = 200 } = yield* answer(request, asked.length - 1)
      const text = typeof body === "string" ? body : JSON.stringify(body)
      return HttpClientResponse.fromWeb(request, new Response(text, { status, headers: { ...headers } }))
    })
  )
  return { asked, layer: Layer.merge(Layer.succeed(HttpClient.HttpClient, client), Telemetry.layer) }
}

/** Lets everything run that does not wait for the test clock. */
export const quiesced = Effect.repeatN(Effect.promise(() => new Promise((resolve) => void setImmediate(resolve))), 4)

/** Runs to the end under the test clock, which jumps from sleep to sleep. */
export const played = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(Effect.either(effect))
    while (Option.isNone(yield* Fiber.poll(fiber))) {
      yield* quiesced
      const sleeps = yield* TestClock.sleeps()
      if (sleeps.length > 0) yield* TestClock.setTime(Math.min(...sleeps))
    }
    return yield* Fiber.join(fiber)
  })

/** Without pauses between attempts. */
export const hurriedly = Effect.withRandom(Random.fixed([0]))

export const quietly = Logger.withMinimumLogLevel(LogLevel.None)
