import { Clock, Effect } from "effect"
import { CompletionFailed, type CompletionReason } from "./Completions.js"

/** Failures in a row after which a model is left alone, and for how long. */
const mostFailures = 5
const restMillis = 60_000

/** Failures of the host rather than of one answer. */
const ofHost: ReadonlyArray<CompletionReason> = ["llm_timeout", "llm_rate_limited", "llm_unavailable", "llm_refused"]

/** Leaves a host alone for a minute once five questions in a row have failed by its fault. */
export const makeBreaker = () => {
  let failures = 0
  let openUntil = 0
  return <A>(ask: Effect.Effect<A, CompletionFailed>): Effect.Effect<A, CompletionFailed> =>
    Effect.flatMap(
      Clock.currentTimeMillis,
      (now) =>
        now < openUntil ? Effect.fail(new CompletionFailed({ reason: "llm_circuit_open" })) : Effect.tapBoth(ask, {
          onSuccess: () =>
            Effect.sync(() => {
              failures = 0
            }),
          onFailure: ({ reason }) =>
            Effect.map(Clock.currentTimeMillis, (failedAt) => {
              if (!ofHost.includes(reason)) return
              failures += 1
              if (failures >= mostFailures) {
                failures = 0
                openUntil = failedAt + restMillis
              }
            })
        })
    )
}
