import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { Clock, Effect, Option, RateLimiter } from "effect"
import { exchange } from "../http/exchange.js"
import { fullJitter } from "../http/fullJitter.js"
import { parseRetryAfter } from "../http/retryAfter.js"
import { feedMetrics } from "../telemetry/feedMetrics.js"
import { answerOf, type Miss, unanswered } from "./venueAnswer.js"
import { VenueFailure } from "./VenueFailure.js"
import { polymarket } from "./venueName.js"

/** One of the venue's hosts, and how many requests it allows in 10 seconds. */
export interface VenueHost {
  readonly url: string
  /** the key of `[feature_store.polymarket]` that says where it is */
  readonly key: string
  readonly limit: number
  /** by the first part of a route: what is limited on its own, within the whole */
  readonly routeLimits: Readonly<Record<string, number>>
}

export interface Question {
  /** such as `/markets/{id}`: for errors, metrics and limits */
  readonly route: string
  /** the route filled in; the route itself where absent */
  readonly path?: string
  readonly query?: ReadonlyArray<readonly [name: string, value: string]>
  /** makes it a POST, as JSON */
  readonly body?: unknown
}

/** Asks a host for JSON; none where the venue says that there is no such thing (404). */
export type Ask = (question: Question) => Effect.Effect<Option.Option<unknown>, VenueFailure>

const requestLimits = { timeout: "15 seconds", mostBytes: 64 * 1_048_576 } as const
const mostRetries = 5
const backoff = { first: 250, longest: 30_000 }

/** ms: who asks for a longer pause is not waited for */
const longestPause = 60_000

/** At most `limit` in any 10 seconds: half may be made at once, and half come back over the 10 seconds that follow. */
const limiter = (limit: number) =>
  RateLimiter.make({ limit: Math.max(1, Math.floor(limit / 2)), interval: "10 seconds" })

interface Gate {
  /** Returns when a request may be made. */
  readonly pass: Effect.Effect<void>
  /** Lets nobody pass before this instant. */
  readonly closeUntil: (millis: number) => void
}

/**
 * What requests of one kind wait for: the pauses that the venue asks for, their limit, and that of the host. One at a time,
 * or those that wait for the host would have passed their own limit long before they leave.
 */
const makeGate = Effect.fnUntraced(function*(limit: number | undefined, host: RateLimiter.RateLimiter) {
  const own = limit === undefined ? undefined : yield* limiter(limit)
  const inTurn = yield* Effect.makeSemaphore(1)
  let closedUntil = 0
  const opened = Effect.flatMap(
    Clock.currentTimeMillis,
    (now) => closedUntil > now ? Effect.sleep(closedUntil - now) : Effect.void
  )
  const limits = own === undefined ? host(Effect.void) : Effect.zipRight(own(Effect.void), host(Effect.void))
  const gate: Gate = {
    pass: inTurn.withPermits(1)(Effect.zipRight(opened, limits)),
    closeUntil: (millis) => {
      closedUntil = Math.max(closedUntil, millis)
    }
  }
  return gate
})

/**
 * Tries again what may fare better: after as long as the venue asks for in Retry-After, otherwise after a random part of a
 * pause that doubles each time.
 */
const withRetries = <A>(attempt: Effect.Effect<A, Miss>, gate: Gate, retries = 0): Effect.Effect<A, Miss> =>
  Effect.catchAll(Effect.zipRight(gate.pass, attempt), (miss) =>
    Effect.gen(function*() {
      const now = yield* Clock.currentTimeMillis
      const asked = Option.flatMap(Option.fromNullable(miss.retryAfter), (header) => parseRetryAfter(header, now))
      const isTooLong = Option.exists(asked, (millis) => millis > longestPause)
      if (!miss.mayPass || retries === mostRetries || isTooLong) return yield* Effect.fail(miss)
      if (Option.isSome(asked)) gate.closeUntil(now + asked.value)
      else yield* Effect.sleep(yield* fullJitter(retries, backoff))
      return yield* withRetries(attempt, gate, retries + 1)
    }))

const hintOf = ({ key, limit }: VenueHost, { mayPass, status }: Miss): string => {
  const setting = `feature_store.polymarket.${key}`
  if (status === 429) return `try again later; it takes ${limit} requests in 10 seconds`
  if (status === 401 || status === 403 || status === 451) return "it may not serve the region of this machine"
  return mayPass ? `try again later; is the network up, and ${setting} right?` : `is ${setting} right?`
}

const requestOf = ({ url }: VenueHost, { body, path, query = [], route }: Question) => {
  const address = `${url.replace(/\/+$/u, "")}${path ?? route}`
  const headers = {
    accept: "application/json",
    "accept-encoding": "identity",
    "user-agent": "polysniper-feature-store"
  }
  const options = { urlParams: query, headers }
  return body === undefined
    ? HttpClientRequest.get(address, options)
    : HttpClientRequest.bodyUnsafeJson(HttpClientRequest.post(address, options), body)
}

/** How a host of the venue is asked: within its limits, patiently, and with a failure that a user can read at the end. */
export const makeAsk = Effect.fnUntraced(function*(host: VenueHost) {
  const http = yield* HttpClient.HttpClient
  const metrics = yield* feedMetrics
  const whole = yield* limiter(host.limit)
  const other = yield* makeGate(undefined, whole)
  const own = yield* Effect.forEach(
    Object.entries(host.routeLimits),
    ([route, limit]) => Effect.map(makeGate(limit, whole), (gate) => [route, gate] as const)
  )
  const gates = new Map(own)
  const ask: Ask = (question) => {
    const operation = `${question.body === undefined ? "GET" : "POST"} ${question.route}`
    const attempt = exchange(http, requestOf(host, question), requestLimits).pipe(
      Effect.mapError(unanswered),
      Effect.tap(({ body }) =>
        Effect.sync(() => {
          metrics.frames.inc({ source: polymarket, kind: operation })
          metrics.bytes.inc({ source: polymarket }, body.length)
        })
      ),
      Effect.flatMap(answerOf)
    )
    return withRetries(attempt, gates.get(question.route.split("/")[1] ?? "") ?? other).pipe(
      Effect.mapError((miss) =>
        new VenueFailure({
          operation,
          problem: miss.problem,
          hint: hintOf(host, miss),
          ...(miss.status === undefined ? {} : { status: miss.status })
        })
      )
    )
  }
  return ask
})
