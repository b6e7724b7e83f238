import type { HttpClientError, HttpClientRequest } from "@effect/platform"
import { Effect, Exit, Layer, Schema, Scope, TestClock } from "effect"
import { Ingest } from "../../src/context/Ingest.js"
import { Intake } from "../../src/context/Intake.js"
import { LiveClock } from "../../src/context/LiveClock.js"
import { LiveMarketSource } from "../../src/context/LiveMarketSource.js"
import type { MarketEvent } from "../../src/domain/Event.js"
import { MarketId } from "../../src/domain/MarketId.js"
import type { NewsMarket } from "../../src/news/matcher.js"
import { followNews } from "../../src/news/NewsSource.js"
import { NewsSettings } from "../../src/news/settings.js"
import { type Answer, inProcess, quiesced, quietly } from "../polymarket/asking.js"
import { plainEventLog } from "../support/plainLog.js"

export const newsSettings = (given: object = {}): NewsSettings => Schema.decodeUnknownSync(NewsSettings)(given)

export const newsMarket = (id: string, question: string): NewsMarket => ({
  id: MarketId.make(id),
  slug: undefined,
  question
})

/** Lets so many seconds pass under the test clock, and everything run that they let run. */
export const pass = (seconds: number) =>
  Effect.gen(function*() {
    yield* quiesced
    for (let i = 0; i < seconds; i++) {
      yield* TestClock.adjust("1 seconds")
      yield* quiesced
    }
  })

/** What a recorder does, at once: everything offered is published before anybody asks whether it is. */
const intakeOver = (published: Array<MarketEvent>, isFull: () => boolean) =>
  Layer.effect(
    Intake,
    Effect.map(Ingest, (ingest) => {
      let held: ReadonlyArray<MarketEvent> = []
      return Intake.of({
        offer: (events) => {
          if (isFull()) return false
          held = [...held, ...events]
          return true
        },
        room: Effect.sleep("1 seconds"),
        settled: Effect.suspend(() => {
          const batch = held
          held = []
          published.push(...batch)
          return Effect.asVoid(Effect.orDie(ingest.publish(batch)))
        })
      })
    })
  )

/** `gap wire m1`, `news wire m1 g1` */
const say = ({ body, market, source }: MarketEvent): string =>
  [body.kind, source, market, ...body.kind === "news" ? [body.document.id] : []].join(" ")

export type Feed = (
  request: HttpClientRequest.HttpClientRequest,
  nth: number
) => Effect.Effect<Answer, HttpClientError.HttpClientError>

/** A log, and runs of the news source over it, one after the other. */
export const withLog = <A, E>(
  use: (run: {
    readonly start: (
      settings: NewsSettings,
      markets: () => ReadonlyArray<NewsMarket>,
      feed: Feed,
      isFull?: () => boolean
    ) => Effect.Effect<{
      /** what was published since this was asked last */
      readonly told: Effect.Effect<ReadonlyArray<string>>
      readonly asked: ReadonlyArray<{ readonly at: number; readonly url: string }>
      readonly stop: Effect.Effect<void>
    }>
  }) => Effect.Effect<A, E>
) =>
  Effect.gen(function*() {
    const live = yield* Layer.build(
      LiveMarketSource(86_400_000).pipe(Layer.provideMerge(LiveClock.pipe(
        Layer.provideMerge(plainEventLog)
      )))
    )
    return yield* use({
      start: (settings, markets, feed, isFull = () => false) =>
        Effect.gen(function*() {
          const published: Array<MarketEvent> = []
          const venue = inProcess(feed)
          const scope = yield* Scope.make()
          const layer = Layer.merge(intakeOver(published, isFull), venue.layer).pipe(
            Layer.provideMerge(Layer.succeedContext(live))
          )
          const context = yield* Layer.buildWithScope(layer, yield* Scope.make())
          yield* followNews(settings, Effect.sync(markets)).pipe(Scope.extend(scope), Effect.provide(context))
          const told = Effect.gen(function*() {
            const { settled } = yield* Effect.provide(Intake, context)
            yield* settled
            return published.splice(0).map(say)
          })
          return { told, asked: venue.asked, stop: Effect.zipRight(Scope.close(scope, Exit.void), quiesced) }
        })
    })
  }).pipe(Effect.scoped, quietly)
