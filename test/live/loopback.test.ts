import { Clock, Effect, Layer, Logger, LogLevel, Schema } from "effect"
import { assert, describe, it } from "vitest"
import { recordingLayer } from "../../src/cli/live/recording.js"
import { MarketId } from "../../src/domain/MarketId.js"
import { PolymarketSettings } from "../../src/polymarket/settings.js"
import { Replay } from "../../src/state/Replay.js"
import { EventLog } from "../../src/store/EventLog.js"
import { FeatureStore } from "../../src/store/FeatureStore.js"
import { liveApp } from "../support/apps.js"
import { standardRegistry } from "../support/evaluate.js"
import { sqliteInMemory } from "../support/storages.js"
import type { Fault } from "../support/venue/faults.js"
import { LoopbackVenue, loopbackVenue } from "../support/venue/loopback.js"
import { venueUrls } from "../support/venue/urls.js"
import { isVenueBook } from "../support/venue/watch.js"

const faultsFrom = (start: number): ReadonlyArray<Fault> => [
  { kind: "close", at: start + 2_000 },
  { kind: "odd_frame", at: start + 3_500, frame: "bad_utf8_text" },
  { kind: "refuse", at: start + 4_500, until: start + 4_700 }
]

/** Records from the venue for some seconds, and shuts down in good order. */
const record = Effect.gen(function*() {
  const { authority } = yield* LoopbackVenue
  const urls = venueUrls(authority)
  const settings = yield* Schema.decode(PolymarketSettings)({
    gamma_url: urls.gammaUrl,
    clob_url: urls.clobUrl,
    data_url: urls.dataUrl,
    websocket_url: urls.websocketUrl,
    tokens_per_socket: 20
  })
  yield* Effect.gen(function*() {
    yield* Effect.sleep("6 seconds")
    const store = yield* FeatureStore
    const log = yield* EventLog
    for (const { market } of yield* log.markets) yield* store.getCurrentFeatures(market, ["orderbook", "market"])
  }).pipe(Effect.provide(recordingLayer(settings, { ids: [], filter: {}, most: 30 })))
})

describe("the recorder over real sockets", () => {
  it("lists, follows, reconnects, and holds the venue's books", async () => {
    const outcome = await Effect.gen(function*() {
      const start = yield* Clock.currentTimeMillis
      const plan = { seed: 3, markets: 40, start, rate: 200 }
      return yield* Effect.gen(function*() {
        const { feed, venue } = yield* LoopbackVenue
        yield* record
        const log = yield* EventLog
        let [followed, gaps, wrong] = [0, 0, 0]
        for (const { listing } of venue.markets) {
          const { columns } = yield* log.read(MarketId.make(listing.conditionId))
          if (columns.length === 0) continue
          followed++
          gaps += columns.reduce((sum, { kind, rows }) => sum + (kind === "gap" ? rows : 0), 0)
          const times = columns.flatMap(({ eventTime, kind }) =>
            kind === "book" || kind === "price_change" ? [...eventTime] : []
          )
          const past = venue.past(listing.index)
          past.advance(Math.max(...times))
          const replay = new Replay(columns)
          replay.seek(Infinity)
          if (!isVenueBook(replay.state.book, past)) wrong++
        }
        // the ends of connections are on their way
        yield* Effect.sleep("20 millis").pipe(Effect.repeat({ while: () => feed.connections.size > 0, times: 100 }))
        return { followed, gaps, wrong, ended: feed.ended.length, open: feed.connections.size }
      }).pipe(Effect.provide(loopbackVenue({ plan, faults: faultsFrom(start) })))
    }).pipe(
      Effect.provide(liveApp(standardRegistry).pipe(Layer.provideMerge(sqliteInMemory))),
      Logger.withMinimumLogLevel(LogLevel.None),
      Effect.runPromise
    )
    const { ended, followed, gaps, open, wrong } = outcome
    assert.deepStrictEqual({ followed, wrong, open }, { followed: 30, wrong: 0, open: 0 })
    // three sockets, begun four times unless one fault finds another one's end; each end is a gap of ten markets
    assert.isAtLeast(ended, 6)
    assert.isAtLeast(gaps, 30 + ended * 10)
  })
})
