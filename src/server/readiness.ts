import { Cause, Effect } from "effect"

/** Looks whether a part works: what is wrong with it in words for whoever asks, `null` where nothing is. */
export type Check = Effect.Effect<string | null>
export type Checks = Readonly<Record<string, Check>>

export interface Readiness {
  readonly ready: boolean
  readonly checks: Readonly<Record<string, string | null>>
}

const patience = "2 seconds"
const kept = "1 second"

/** A check that does not come back, or fails where it should not, is a failed one. */
const guarded = (name: string, check: Check): Check =>
  check.pipe(
    Effect.disconnect,
    Effect.timeoutTo({ duration: patience, onSuccess: (found) => found, onTimeout: () => "does not answer" }),
    Effect.catchAllCause((cause) =>
      Cause.isInterruptedOnly(cause) ? Effect.interrupt : Effect.as(
        Effect.logError("a check failed", cause).pipe(Effect.annotateLogs("check", name)),
        "fails"
      )
    )
  )

/** All checks together, looked at once a second at most, however often they are asked for. */
export const makeReadiness = (checks: Checks): Effect.Effect<Effect.Effect<Readiness>> =>
  Effect.cachedWithTTL(
    Effect.map(
      Effect.all(Object.fromEntries(Object.entries(checks).map(([name, check]) => [name, guarded(name, check)]))),
      (found): Readiness => ({ ready: Object.values(found).every((problem) => problem === null), checks: found })
    ),
    kept
  )
