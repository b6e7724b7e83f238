import { Effect, type Scope } from "effect"
import type { FeatureRepository, ServedAnswer } from "./FeatureRepository.js"
import type { StorageFailure } from "./StorageFailure.js"

/** Answers written at a time, at the latest this long after they were served. */
const batch = 2_000
const flushEvery = "250 millis"

/** Answers held while storage refuses them; beyond it requests wait, and fail with what storage says. */
const mostHeld = 200_000

/** The log of what was served, behind the requests: they note, and a fiber of its own writes in batches. */
export interface ServedLog {
  readonly note: (answer: ServedAnswer) => void
  /** Whether too much is held back: then a request flushes before it is answered. */
  readonly isFull: () => boolean
  readonly flush: Effect.Effect<void, StorageFailure>
}

export const makeServedLog = (
  repository: FeatureRepository["Type"]
): Effect.Effect<ServedLog, never, Scope.Scope> =>
  Effect.gen(function*() {
    let held: Array<ServedAnswer> = []
    const oneAtATime = yield* Effect.makeSemaphore(1)
    // between a write and its being noted nothing may interrupt, or the answers would be logged twice
    const flush = oneAtATime.withPermits(1)(
      Effect.uninterruptible(Effect.whileLoop({
        while: () => held.length > 0,
        body: () => {
          const answers = held.slice(0, batch)
          return Effect.map(repository.writeServed(answers), () => answers.length)
        },
        step: (written) => {
          held = held.slice(written)
        }
      }))
    )
    const quietly = Effect.catchAll(flush, (failure) =>
      Effect.logWarning("served features are not logged yet").pipe(Effect.annotateLogs("failure", failure.message)))
    yield* Effect.addFinalizer(() =>
      quietly
    )
    // idle while nothing is served
    const waiting = yield* Effect.makeLatch(false)
    // what storage refused is tried again
    const again = Effect.suspend(() => held.length > 0 ? waiting.open : Effect.void)
    const round = Effect.all([waiting.await, Effect.sleep(flushEvery), waiting.close, quietly, again], {
      discard: true
    })
    yield* Effect.forkScoped(Effect.forever(round))
    return {
      note: (answer) => {
        held.push(answer)
        waiting.unsafeOpen()
      },
      isFull: () => held.length >= mostHeld,
      flush
    }
  })
