import { Clock, Effect, Layer, Option, Ref } from "effect"
import * as Catalogue from "../../live/Catalogue.js"
import * as Recorder from "../../live/Recorder.js"
import type { PolymarketSettings } from "../../polymarket/settings.js"
import * as Telemetry from "../../telemetry/Telemetry.js"
import { statusLine } from "../terminal/statusLine.js"
import { bytes, counted, duration, visible } from "../terminal/text.js"
import { makeRate } from "./rate.js"
import { type LiveStatus, makeStatus, renderStatus } from "./status.js"
import { venueLayer } from "./venue.js"

/** Everything between the venue and the log: over a live context, for as long as the scope lasts. */
export const recordingLayer = (polymarket: PolymarketSettings, selection: Catalogue.Selection) =>
  Catalogue.layer({
    selection,
    describeEvery: polymarket.describeSecs * 1000,
    discoverEvery: polymarket.discoverSecs * 1000
  }).pipe(
    Layer.provideMerge(venueLayer(polymarket)),
    Layer.provideMerge(Recorder.layer),
    Layer.provideMerge(Telemetry.layer)
  )

/** What a live command prints in the end. */
export interface RecordingSummary {
  readonly database: string
  readonly elapsed_ms: number
  readonly markets: number
  readonly events: number
  readonly duplicates: number
  readonly gaps: number
  readonly reconnects: number
  readonly bytes: number
}

/** Watches a recording from its start to its end, across the closing of all that it was made of. */
export const watchRecording = (database: string) =>
  Effect.gen(function*() {
    const start = yield* Clock.currentTimeMillis
    const status = yield* Ref.make(Option.none<Effect.Effect<LiveStatus>>())
    return {
      /** Shows how it goes, in one line, as long as the scope lasts. */
      show: Effect.gen(function*() {
        const now = yield* makeStatus
        const perSecond = yield* makeRate
        yield* Ref.set(status, Option.some(now))
        yield* statusLine(
          Effect.flatMap(now, (seen) => Effect.map(perSecond(seen.events), (rate) => renderStatus(seen, rate)))
        )
      }),
      summary: Effect.gen(function*() {
        const last = Option.getOrUndefined(yield* Effect.transposeOption(yield* Ref.get(status)))
        const result: RecordingSummary = {
          database,
          elapsed_ms: (yield* Clock.currentTimeMillis) - start,
          markets: last?.markets ?? 0,
          events: last?.events ?? 0,
          duplicates: last?.duplicates ?? 0,
          gaps: last?.gaps ?? 0,
          reconnects: last?.reconnects ?? 0,
          bytes: last?.bytes ?? 0
        }
        return result
      })
    }
  })

export const renderRecording = (summary: RecordingSummary): string =>
  `recorded ${counted(summary.events, "event")} of ${counted(summary.markets, "market")} in ` +
  `${duration(summary.elapsed_ms)}: ${counted(summary.gaps, "gap")}, ${counted(summary.reconnects, "reconnect")}, ` +
  `${bytes(summary.bytes)} received\ninto ${visible(summary.database)}`
