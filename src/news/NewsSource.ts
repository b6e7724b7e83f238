import { Effect } from "effect"
import { feedMetrics } from "../telemetry/feedMetrics.js"
import { type Deliver, makeDeliver } from "./delivery.js"
import { makeFeedReader, type PollFailed } from "./FeedReader.js"
import type { NewsMarket } from "./matcher.js"
import type { FeedSettings, NewsSettings } from "./settings.js"
import { makeStandings } from "./SourceStanding.js"

/** ms before a failed poll is tried again; twice as long after each further failure, up to the feed's interval. */
const firstRetry = 10_000

/** How long the end of the source may take to say so. */
const lastWords = "2 seconds"

/**
 * Polls the configured feeds for as long as its scope is open, and hands over what is about the markets that are followed.
 * A feed counts as down from the start until its first poll has succeeded, while several polls in a row fail, and from the
 * end on: nobody watches it then, and no document does not mean no news.
 */
export const followNews = (settings: NewsSettings, markets: Effect.Effect<ReadonlyArray<NewsMarket>>) =>
  Effect.gen(function*() {
    const deliver = yield* makeDeliver(settings, markets)
    const stand = yield* makeStandings(new Set(Object.keys(settings.feeds)), markets)
    const metrics = yield* feedMetrics

    const follow = Effect.fnUntraced(function*(source: string, { intervalSecs, url }: FeedSettings) {
      const { poll } = yield* makeFeedReader(source, url)
      let isUp = false
      let failures = 0
      let reason = "not watched until now"

      const succeeded = Effect.fnUntraced(function*(documents: Parameters<Deliver>[0]) {
        if (failures > 0) {
          yield* Effect.logInfo("a news feed answers again").pipe(Effect.annotateLogs({ source, failures }))
        }
        failures = 0
        isUp = true
        yield* stand({ source, isUp, reason: "watched again" })
        yield* deliver(documents)
        return intervalSecs * 1000
      })

      const failed = Effect.fnUntraced(function*({ problem, retryAfter = 0 }: PollFailed) {
        failures++
        if (failures === 1) {
          yield* Effect.logWarning("a news feed cannot be polled").pipe(Effect.annotateLogs({ source, problem }))
        }
        if (isUp && failures >= settings.outageAfter) {
          isUp = false
          reason = `${failures} polls failed: ${problem}`
          metrics.gaps.inc({ source, reason: "polls failed" })
        }
        if (!isUp) yield* stand({ source, isUp, reason })
        return Math.max(retryAfter, Math.min(intervalSecs * 1000, firstRetry * 2 ** (failures - 1)))
      })

      yield* stand({ source, isUp, reason })
      yield* Effect.addFinalizer(() =>
        stand({ source, isUp: false, reason: "no longer watched" }).pipe(
          Effect.interruptible,
          Effect.timeout(lastWords),
          Effect.ignoreLogged
        )
      )
      const once = Effect.flatMap(poll, succeeded).pipe(Effect.catchTag("PollFailed", failed))
      yield* Effect.forkScoped(Effect.forever(Effect.flatMap(once, (pause) => Effect.sleep(pause))))
    })

    yield* Effect.forEach(Object.entries(settings.feeds), ([source, feed]) => follow(source, feed), { discard: true })
    return { deliver }
  })
