import { Clock, Effect, Option, Random } from "effect"
import { parseRetryAfter } from "../../http/retryAfter.js"
import type { CompletionFailed } from "./Completions.js"

/** Why an attempt failed, and whether and when another may be made. */
export interface Failure {
  readonly failed: CompletionFailed
  readonly mayRetry: boolean
  /** what the host asked for in Retry-After, an amount of seconds or a date */
  readonly retryAfter: string | undefined
}

/** The first pause and the longest one, in ms; a host that asks for a longer one is not waited for. */
const firstPause = 500
const longestPause = 60_000

/**
 * Tries again what may be tried again: as the host asks in Retry-After, otherwise after a pause that doubles each time, of
 * which a random half to whole is waited so that several do not come back at once.
 */
export const withRetries = <A>(
  attempt: Effect.Effect<A, Failure>,
  retriesLeft: number,
  pause = firstPause
): Effect.Effect<A, CompletionFailed> =>
  Effect.catchAll(attempt, ({ failed, mayRetry, retryAfter }) =>
    Effect.gen(function*() {
      if (!mayRetry || retriesLeft === 0) return yield* failed
      const asked = retryAfter === undefined
        ? Option.none()
        : parseRetryAfter(retryAfter, yield* Clock.currentTimeMillis)
      const wait = Option.isSome(asked) ? asked.value : Math.min(pause, longestPause) * (0.5 + (yield* Random.next) / 2)
      if (wait > longestPause) return yield* failed
      yield* Effect.sleep(wait)
      return yield* withRetries(attempt, retriesLeft - 1, pause * 2)
    }))
