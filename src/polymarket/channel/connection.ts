import * as Socket from "@effect/platform/Socket"
import { Clock, Effect, Queue } from "effect"
import { fullJitter } from "../../http/fullJitter.js"
import type { FeedMetrics } from "../../telemetry/feedMetrics.js"
import type { PolymarketSettings } from "../settings.js"
import { polymarket } from "../venueName.js"
import { PriceChangeReader } from "./PriceChangeReader.js"
import { makeReceive } from "./receive.js"
import type { Shard } from "./Shard.js"
import type { Switchboard } from "./Switchboard.js"
import { beginSubscription } from "./transitions.js"

/** How long a connection may take to stand. */
const openTimeout = "5 seconds"

/** How long a subscription may take to bring a market's book, in ms, before REST is asked for it. */
export const bookPatience = 3_000

/**
 * ms. The venue's advice is to wait up to 30 s in the end; while an outage is young less, so that it is over here within 5 s
 * of being over there.
 */
const longestDelay = { young: 4_000, old: 30_000 }
const youth = 120_000

export const subscribe = (tokens: ReadonlyArray<string>) => ({ assets_ids: tokens, operation: "subscribe" })
export const unsubscribe = (tokens: ReadonlyArray<string>) => ({ assets_ids: tokens, operation: "unsubscribe" })

/** Keeps the subscription of one shard, over one connection after the other, until it is interrupted. */
export const keepConnected = (
  board: Switchboard,
  shard: Shard,
  settings: PolymarketSettings,
  metrics: FeedMetrics
): Effect.Effect<never, never, Socket.WebSocketConstructor> => {
  const reader = new PriceChangeReader(board.byToken)
  let hasBeenOpen = false
  const opened = Effect.map(Clock.currentTimeMillis, (now) => {
    if (hasBeenOpen) metrics.reconnects.inc({ source: polymarket })
    hasBeenOpen = true
    shard.isOpen = true
    shard.dataAt = shard.pongAt = now
    for (const feed of shard.feeds) {
      beginSubscription(feed)
      feed.attempts = 0
      feed.askAt = now + bookPatience
    }
    shard.say({ assets_ids: shard.tokens, type: "market", custom_feature_enabled: true })
  })

  const closed = Effect.sync(() => {
    shard.isOpen = false
  })

  const beStale = Effect.gen(function*() {
    const timeout = settings.pongTimeoutSecs * 1_000
    while (true) {
      const left = shard.pongAt + timeout - (yield* Clock.currentTimeMillis)
      if (shard.isOpen && left <= 0) return "stale" as const
      yield* Effect.sleep(shard.isOpen ? left : timeout)
    }
  })

  const connectOnce = Effect.gen(function*() {
    const clock = yield* Effect.clock
    const { ended, outbound } = yield* shard.begin
    const socket = yield* Socket.makeWebSocket(settings.websocketUrl, { openTimeout, closeCodeIsError: () => true })
    const write = yield* socket.writer
    const receive = makeReceive(board, shard, reader)
    const run = socket.runRaw((data) => receive(data, clock.unsafeCurrentTimeMillis()), { onOpen: opened })
    const speak = Effect.forever(Effect.flatMap(Queue.take(outbound), write))
    const ping = Effect.forever(
      Effect.zipRight(Effect.sleep(settings.pingSecs * 1_000), Effect.sync(() => Queue.unsafeOffer(outbound, "PING")))
    )
    // an abrupt end, a proper one and a failure are all the same: the connection is gone
    const dropped = Effect.as(
      Effect.exit(Effect.raceFirst(run, Effect.raceFirst(speak, ping))),
      "disconnected" as const
    )
    return yield* Effect.raceFirst(dropped, Effect.raceFirst(beStale, ended))
  }).pipe(Effect.scoped, Effect.ensuring(closed))

  return Effect.gen(function*() {
    let failures = 0
    let downSince = yield* Clock.currentTimeMillis
    while (true) {
      const reason = yield* connectOnce
      const now = yield* Clock.currentTimeMillis
      board.loseAll(shard, reason, now)
      if (shard.hasData) {
        failures = 0
        downSince = now
      }
      const longest = now - downSince < youth ? longestDelay.young : longestDelay.old
      yield* Effect.sleep(yield* fullJitter(failures++, { first: 250, longest }))
    }
  })
}
