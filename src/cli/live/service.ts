import { Cause, Effect, Exit, type Scope } from "effect"
import { Ending } from "../Ending.js"

/**
 * Runs what goes on until it is told to stop: by `until`, or by SIGINT or SIGTERM. Once everything it held has been closed,
 * `summary` is run, and the process ends with 0.
 */
export const runService = <E, R, E2, R2>(
  service: Effect.Effect<void, E, R | Scope.Scope>,
  until: Effect.Effect<void>,
  summary: Effect.Effect<void, E2, R2>
) =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function*() {
      const exit = yield* Effect.exit(restore(Effect.scoped(Effect.zipRight(service, until))))
      if (Exit.isFailure(exit) && !Cause.isInterruptedOnly(exit.cause)) return yield* Effect.failCause(exit.cause)
      yield* summary
      yield* (yield* Ending).graceful
    })
  )
