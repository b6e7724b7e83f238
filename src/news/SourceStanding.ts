import { Effect } from "effect"
import { Intake } from "../context/Intake.js"
import { MarketClock } from "../context/MarketClock.js"
import { MarketSource } from "../context/MarketSource.js"
import type { MarketEvent } from "../domain/Event.js"
import type { NewsMarket } from "./matcher.js"

/** Whether a source is watched and answers. */
export interface Standing {
  readonly source: string
  readonly isUp: boolean
  /** why, in words for the log */
  readonly reason: string
}

const gapEvent = (market: NewsMarket, kind: "gap" | "gap_end", source: string, reason: string): MarketEvent => ({
  market: market.id,
  source,
  eventTime: undefined,
  body: { kind, interruption: { scope: "source", reason } }
})

/**
 * Brings what the log says of a source into line with how it stands, for every market that is followed: a gap where the log
 * takes it for healthy and it is not, and the end of one, whoever began it: a run that was killed leaves its gaps open.
 * Sources that nobody watches any more are ended too, or sentiment would stay unknown for ever.
 */
export const makeStandings = (
  sources: ReadonlySet<string>,
  markets: Effect.Effect<ReadonlyArray<NewsMarket>>
) =>
  Effect.gen(function*() {
    const states = yield* MarketSource
    const clock = yield* MarketClock
    const intake = yield* Intake

    const eventsOf = (market: NewsMarket, { isUp, reason, source }: Standing) =>
      Effect.map(states.load(market.id), (handle): ReadonlyArray<MarketEvent> => {
        handle.moveTo(clock.unsafeNow())
        const { sourcesDown } = handle.state
        const retired = [...sourcesDown].filter((other) => !sources.has(other))
        return [
          ...retired.map((other) => gapEvent(market, "gap_end", other, "no longer configured")),
          ...sourcesDown.has(source) === isUp ? [gapEvent(market, isUp ? "gap_end" : "gap", source, reason)] : []
        ]
      })

    const offer = (events: ReadonlyArray<MarketEvent>): Effect.Effect<void> =>
      Effect.suspend(() =>
        events.length === 0 || intake.offer(events) ? Effect.void : Effect.zipRight(intake.room, offer(events))
      )

    return (standing: Standing) =>
      Effect.gen(function*() {
        // what was offered before is in the states by then, and is not offered twice
        yield* intake.settled
        const events = yield* Effect.forEach(yield* markets, (market) => eventsOf(market, standing))
        yield* offer(events.flat())
        return events.flat().length
      }).pipe(Effect.catchTag("StorageFailure", (failure) =>
        Effect.as(
          Effect.logWarning("how a news source stands could not be compared with the log; the next poll tries again")
            .pipe(
              Effect.annotateLogs({ source: standing.source, failure: failure.message })
            ),
          0
        )))
  })
