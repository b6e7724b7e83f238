import { Effect, Either, type Scope, Stream } from "effect"
import type { MarketId } from "../domain/MarketId.js"
import type { FeatureVector } from "../features/FeatureVector.js"
import { queryReader } from "./decode.js"
import { StreamQuery } from "./documents.js"
import { Problem, problemDocument } from "./Problem.js"
import { listed, type Offer, type Reads, selectionOf } from "./reads.js"

/** All that makes one vector another one: not its instant, and not the ages that go with it. */
const contentOf = (vector: FeatureVector<unknown>): string =>
  JSON.stringify([vector.sequence, ...vector.entries().map(([, { reason, status, value }]) => [value, status, reason])])

const alive = ": alive\n\n"

/**
 * `GET /features/{market}/stream`: server-sent events, one at first and one whenever the vector has changed when it is
 * looked at again. A stream that is quiet shows by comments that it is alive; a failure ends it with an event that says why.
 */
export const makeChanges = (
  { offer, reads, settings, stopping }: {
    readonly offer: Offer
    readonly reads: Reads
    readonly settings: { readonly maxStreams: number; readonly heartbeatSecs: number }
    /** ends every stream once it returns */
    readonly stopping: Effect.Effect<void>
  }
) => {
  const readQuery = queryReader(StreamQuery, ({ feature_service, features, interval_ms = 1000 }) =>
    Either.map(
      selectionOf(offer, { features: listed(features), feature_service }),
      (references) => ({ references, intervalMillis: interval_ms })
    ))
  let open = 0
  const opened: Effect.Effect<void, Problem, Scope.Scope> = Effect.acquireRelease(
    Effect.suspend(() => {
      if (open >= settings.maxStreams) {
        const detail = `at most ${settings.maxStreams} streams are open at once`
        return new Problem({ kind: "unavailable", detail, retryAfter: 5 })
      }
      open++
      return Effect.void
    }),
    () =>
      Effect.sync(() => {
        open--
      })
  )
  /** The events of a market; the scope holds one of the places there are. */
  return (market: MarketId, query: string): Effect.Effect<Stream.Stream<string>, Problem, Scope.Scope> =>
    Effect.gen(function*() {
      const { intervalMillis, references } = yield* readQuery(query)
      const look = reads.vectorOf(market, references, undefined)
      // what cannot be answered is refused before anything is streamed
      yield* look
      yield* opened
      const events = Stream.tick(intervalMillis).pipe(
        Stream.mapEffect(() => look),
        Stream.changesWith((one, other) => contentOf(one) === contentOf(other)),
        Stream.map((vector) => `event: vector\nid: ${vector.sequence}\ndata: ${reads.renderVector(vector)}\n\n`),
        Stream.catchAll((problem) =>
          Stream.make(`event: problem\ndata: ${JSON.stringify(problemDocument(problem))}\n\n`)
        )
      )
      const heartbeats = Stream.as(Stream.drop(Stream.tick(settings.heartbeatSecs * 1000), 1), alive)
      return Stream.merge(events, heartbeats, { haltStrategy: "left" }).pipe(Stream.interruptWhen(stopping))
    })
}
