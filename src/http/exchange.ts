import type * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { Duration, Effect, Schema, Stream } from "effect"

/** An answer, whole. */
export interface Reply {
  readonly status: number
  readonly headers: Headers.Headers
  readonly body: Uint8Array
}

/** Why there was no whole answer; all of it may pass by itself but `too_large` and `bad_request`. */
const ExchangeProblem = Schema.Literal("no_connection", "broken_off", "timeout", "too_large", "bad_request")

/** There was no whole answer. It holds nothing of what was asked or said. */
export class ExchangeFailed extends Schema.TaggedError<ExchangeFailed>()("ExchangeFailed", {
  problem: ExchangeProblem,
  /** in words for a user */
  detail: Schema.String
}) {}

export interface ExchangeLimits {
  /** for the whole of it, from the connection to the last byte */
  readonly timeout: Duration.DurationInput
  readonly mostBytes: number
}

/** The system's name of a transport's failure (`ECONNREFUSED`), wherever in a chain of causes it stands. */
const systemCode = (cause: unknown, depth = 0): string | undefined => {
  if (typeof cause !== "object" || cause === null || depth > 4) return undefined
  if ("code" in cause && typeof cause.code === "string") return cause.code
  return "cause" in cause ? systemCode(cause.cause, depth + 1) : undefined
}

const failedBy = (error: HttpClientError.HttpClientError): ExchangeFailed => {
  const code = systemCode(error.cause)
  const by = code === undefined ? "" : ` (${code})`
  if (error._tag === "ResponseError") {
    return new ExchangeFailed({ problem: "broken_off", detail: `the answer broke off${by}` })
  }
  return error.reason === "Transport"
    ? new ExchangeFailed({ problem: "no_connection", detail: `no connection${by}` })
    : new ExchangeFailed({ problem: "bad_request", detail: "the request cannot be made" })
}

/** Reads an answer to its end, or lets go of it once it is larger than allowed, whatever length it had promised. */
const readBytes = (stream: Stream.Stream<Uint8Array, HttpClientError.ResponseError>, most: number) =>
  Effect.suspend(() => {
    const parts: Array<Uint8Array> = []
    let size = 0
    return Stream.runForEach(stream, (part): Effect.Effect<void, ExchangeFailed> => {
      size += part.length
      if (size > most) {
        const detail = `the answer is larger than ${Math.round(most / 1_048_576)} MB`
        return new ExchangeFailed({ problem: "too_large", detail })
      }
      parts.push(part)
      return Effect.void
    }).pipe(Effect.map(() => Buffer.concat(parts)))
  })

/**
 * One request and its whole answer, whatever its status, within limits. Nothing is said to others about how this process
 * traces itself, and a connection is let go of with the answer.
 */
export const exchange = (
  http: HttpClient.HttpClient,
  request: HttpClientRequest.HttpClientRequest,
  { mostBytes, timeout }: ExchangeLimits
): Effect.Effect<Reply, ExchangeFailed> =>
  HttpClient.withScope(HttpClient.withTracerPropagation(http, false)).execute(request).pipe(
    Effect.flatMap(({ headers, status, stream }) =>
      Effect.map(readBytes(stream, mostBytes), (body) => ({ status, headers, body }))
    ),
    Effect.scoped,
    Effect.catchTags({ RequestError: (error) => failedBy(error), ResponseError: (error) => failedBy(error) }),
    Effect.disconnect,
    Effect.timeoutFail({
      duration: timeout,
      onTimeout: () =>
        new ExchangeFailed({ problem: "timeout", detail: `no whole answer within ${Duration.format(timeout)}` })
    })
  )
