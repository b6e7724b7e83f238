import { Cause, Effect } from "effect"
import { MarketClock } from "../context/MarketClock.js"
import type { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import { firstMultiple } from "../domain/multiples.js"
import { MarketStates } from "../state/views.js"
import { FeatureStore } from "../store/FeatureStore.js"
import { DecisionJournal } from "./DecisionJournal.js"
import { decisionOf } from "./decisionOf.js"
import type { Signal } from "./Signal.js"
import { SignalSink } from "./SignalSink.js"
import type { Strategy } from "./Strategy.js"

/** What one round of decisions came to. */
export interface LiveRound {
  /** the multiple of the interval that the round was due at */
  readonly at: Instant
  readonly decisions: number
  /** markets on which the decision failed; the others were not affected */
  readonly failures: number
  /** rounds before this one that were left out because an earlier one took too long */
  readonly skipped: number
}

export interface LiveOptions<E, R> {
  /** the markets to decide on, asked before every round; they decide in this order */
  readonly markets: Effect.Effect<ReadonlyArray<MarketId>, E, R>
  /** told after every round */
  readonly onRound?: ((round: LiveRound) => Effect.Effect<void>) | undefined
}

/**
 * Drives a strategy in the present: at every multiple of its interval, by the market clock, it decides on each market that
 * is known and open, from features computed at that instant, as a backtest does over what was recorded. A decision is in
 * the journal before the sink is told of it. A round that is late leaves out the ones it has missed.
 */
export const runLive = <E, R, E2, R2>(strategy: Strategy<E, R>, { markets, onRound }: LiveOptions<E2, R2>) =>
  Effect.gen(function*() {
    const clock = yield* MarketClock
    const store = yield* FeatureStore
    const states = yield* MarketStates
    const journal = yield* DecisionJournal
    const sink = yield* SignalSink

    /** What is decided on a market now; `undefined` where it is closed, or nothing is known of it yet. */
    const decideOn = (market: MarketId) =>
      Effect.gen(function*() {
        // a kept answer may be seconds old: a decision is made from its own instant
        yield* store.invalidate(market)
        const vector = yield* store.getCurrentFeatures(market, strategy.features)
        const { closed, known } = yield* states.of(market)
        if (!known || closed) return undefined
        const signals: ReadonlyArray<Signal> = yield* strategy.decide(vector)
        const decision = decisionOf(strategy, vector, signals)
        if (decision === undefined) return signals
        yield* store.flush
        yield* journal.record([decision])
        yield* sink.accept(decision)
        return signals
      })

    const round = (at: Instant, skipped: number) =>
      Effect.gen(function*() {
        let [decisions, failures] = [0, 0]
        for (const market of yield* markets) {
          yield* decideOn(market).pipe(
            Effect.tap((signals) =>
              Effect.sync(() => {
                if (signals !== undefined) decisions++
              })
            ),
            Effect.catchAllCause((cause) =>
              Cause.isInterrupted(cause) ? Effect.interrupt : Effect.suspend(() => {
                failures++
                return Effect.logWarning("no decision", cause).pipe(Effect.annotateLogs({ market }))
              })
            )
          )
        }
        yield* onRound?.({ at, decisions, failures, skipped }) ?? Effect.void
      })

    /** Machine time may wake us a little early by the market's clock. */
    const waitFor = (at: Instant): Effect.Effect<void> =>
      Effect.flatMap(clock.now, (now) => now >= at ? Effect.void : Effect.zipRight(Effect.sleep(at - now), waitFor(at)))

    const { intervalMillis } = strategy
    let next = firstMultiple(yield* clock.now, intervalMillis)
    let skipped = 0
    return yield* Effect.forever(Effect.gen(function*() {
      yield* waitFor(next)
      yield* round(next, skipped)
      const following = firstMultiple(Math.max(next + 1, yield* clock.now), intervalMillis)
      skipped = (following - next) / intervalMillis - 1
      next = following
    }))
  })
