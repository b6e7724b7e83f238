import { Effect } from "effect"
import { Recorder } from "../../live/Recorder.js"
import type { Recorded } from "../../live/recorderMetrics.js"
import { MarketChannel } from "../../polymarket/MarketChannel.js"
import { feedMetrics } from "../../telemetry/feedMetrics.js"
import { bytes, count, duration } from "../terminal/text.js"

/** What a live command tells of itself: counts since its start, and of the moment. */
export interface LiveStatus extends Recorded {
  readonly markets: number
  /** markets whose book is known at present */
  readonly synced: number
  readonly connections: number
  readonly reconnects: number
  readonly bytes: number
}

interface Summed {
  readonly get: () => Promise<{ readonly values: ReadonlyArray<{ readonly value: number }> }>
}

const sumOf = (metric: Summed) =>
  Effect.map(Effect.promise(() => metric.get()), ({ values }) => values.reduce((sum, { value }) => sum + value, 0))

/** An Effect that tells the status, for as long as the process lasts. */
export const makeStatus = Effect.map(
  Effect.all({ recorder: Recorder, channel: MarketChannel, metrics: feedMetrics }),
  ({ channel, metrics, recorder }) =>
    Effect.gen(function*() {
      const books = yield* channel.status
      return {
        ...yield* recorder.recorded,
        markets: books.length,
        synced: books.filter(({ synced }) => synced).length,
        connections: yield* sumOf(metrics.connections),
        reconnects: yield* sumOf(metrics.reconnects),
        bytes: yield* sumOf(metrics.bytes)
      } satisfies LiveStatus
    })
)

const lag = (millis: number): string => Number.isNaN(millis) ? "-" : duration(millis)

/** The status in one line; `perSecond` is the rate of events of late. */
export const renderStatus = (status: LiveStatus, perSecond: number): string =>
  [
    `${count(status.synced)}/${count(status.markets)} books`,
    `${count(status.events)} events`,
    `${count(Math.round(perSecond))}/s`,
    `lag p50 ${lag(status.lagP50)} p99 ${lag(status.lagP99)}`,
    `${count(status.gaps)} gaps`,
    bytes(status.bytes),
    ...status.held > 1_000 ? [`${count(status.held)} waiting for the disk`] : []
  ].join("  ")
