import { Effect, type Scope } from "effect"
import { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import type { EventLog } from "./EventLog.js"
import type { FeatureRepository, ServedAnswer } from "./FeatureRepository.js"
import type { StorageFailure } from "./StorageFailure.js"

/** Answers written at a time, at the latest this long after they were served. */
const batch = 2_000
const flushEvery = "250 millis"

/** Answers held while storage refuses them; beyond it requests wait, and fail with what storage says. */
const mostHeld = 200_000

/**
 * The log of what was served, behind the requests: they note, and a fiber of its own writes in batches.
 *
 * An answer that knew nothing of its market is written only where the event log does hold something of it as of then:
 * elsewhere the log has just been asked, and has said what a recomputation would. Anybody may ask for any name, and would
 * fill the disk with names.
 */
export interface ServedLog {
  /** `isKnown`: whether the answer knew anything of its market. */
  readonly note: (answer: ServedAnswer, isKnown: boolean) => void
  /** Whether too much is held back: then a request flushes before it is answered. */
  readonly isFull: () => boolean
  readonly flush: Effect.Effect<void, StorageFailure>
}

interface Held {
  readonly answer: ServedAnswer
  readonly isKnown: boolean
}

/** Those markets that the log holds nothing of as of any of the answers that knew nothing of them. */
const unheardOf = (log: EventLog["Type"], held: ReadonlyArray<Held>) => {
  const newest = new Map<MarketId, Instant>()
  for (const { answer: { at, market }, isKnown } of held) {
    if (!isKnown) newest.set(market, Instant(Math.max(at, newest.get(market) ?? at)))
  }
  return Effect.map(
    Effect.filter(
      newest,
      ([market, to]) => Effect.map(log.read(market, { to }), ({ columns }) => columns.length === 0)
    ),
    (markets) => new Set(markets.map(([market]) => market))
  )
}

export const makeServedLog = (
  repository: FeatureRepository["Type"],
  log: EventLog["Type"]
): Effect.Effect<ServedLog, never, Scope.Scope> =>
  Effect.gen(function*() {
    let held: Array<Held> = []
    const write = (taken: ReadonlyArray<Held>) =>
      Effect.flatMap(unheardOf(log, taken), (nobody) => {
        const answers = taken.flatMap(({ answer, isKnown }) => !isKnown && nobody.has(answer.market) ? [] : [answer])
        return answers.length === 0 ? Effect.void : repository.writeServed(answers)
      })
    const oneAtATime = yield* Effect.makeSemaphore(1)
    // between a write and its being noted nothing may interrupt, or the answers would be logged twice
    const flush = oneAtATime.withPermits(1)(
      Effect.uninterruptible(Effect.whileLoop({
        while: () => held.length > 0,
        body: () => {
          const taken = held.slice(0, batch)
          return Effect.map(write(taken), () => taken.length)
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
      note: (answer, isKnown) => {
        held.push({ answer, isKnown })
        waiting.unsafeOpen()
      },
      isFull: () => held.length >= mostHeld,
      flush
    }
  })
