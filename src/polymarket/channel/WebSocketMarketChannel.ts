import type * as Socket from "@effect/platform/Socket"
import { Clock, Effect, FiberMap, Layer } from "effect"
import { Intake } from "../../context/Intake.js"
import type { MarketId } from "../../domain/MarketId.js"
import { feedMetrics } from "../../telemetry/feedMetrics.js"
import type { Telemetry } from "../../telemetry/Telemetry.js"
import type { Clob } from "../Clob.js"
import { MarketChannel } from "../MarketChannel.js"
import type { PolymarketSettings } from "../settings.js"
import type { VenueMarket } from "../VenueMarket.js"
import { polymarket } from "../venueName.js"
import { bookPatience, keepConnected, subscribe, unsubscribe } from "./connection.js"
import { MarketFeed } from "./MarketFeed.js"
import { Outbox } from "./Outbox.js"
import { reconcile } from "./reconcile.js"
import { Shard } from "./Shard.js"
import { Switchboard } from "./Switchboard.js"
import { Tally } from "./Tally.js"
import { gapEvent } from "./transitions.js"

/** How long the end may take for telling the gaps, should there be no room for them. */
const lastChance = "2 seconds"

const make = Effect.fnUntraced(function*(settings: PolymarketSettings) {
  const metrics = yield* feedMetrics
  const outbox = new Outbox(yield* Intake)
  const board = new Switchboard(outbox, new Tally())
  const connections = yield* FiberMap.make<Shard>()
  const connect = yield* FiberMap.runtime(connections)<Socket.WebSocketConstructor>()
  const perShard = Math.max(1, Math.floor(settings.tokensPerSocket / 2))

  yield* Effect.forkScoped(reconcile(board, settings, metrics))
  yield* Effect.forkScoped(
    Effect.flatMap(Effect.clock, (clock) => outbox.pay(() => board.resume(clock.unsafeCurrentTimeMillis())))
  )

  const shardWithRoom = (): Shard => {
    for (const shard of board.shards) if (shard.feeds.size < perShard) return shard
    const shard = new Shard()
    board.shards.add(shard)
    return shard
  }

  const follow = (markets: ReadonlyArray<VenueMarket>) =>
    Effect.map(Clock.currentTimeMillis, (now) => {
      const added = new Map<Shard, Array<MarketFeed>>()
      for (const market of markets) {
        if (board.byMarket.has(market.id)) continue
        const feed = new MarketFeed(market)
        board.byMarket.set(feed.id, feed)
        for (const token of [feed.yes, feed.no]) board.byToken.set(token, feed)
        const shard = shardWithRoom()
        shard.feeds.add(feed)
        if (shard.isOpen) feed.askAt = now + bookPatience
        added.set(shard, [...added.get(shard) ?? [], feed])
        outbox.owe([gapEvent(feed, "started")])
        board.tally.gap("started")
      }
      for (const [shard, feeds] of added) {
        shard.say(subscribe(feeds.flatMap(({ no, yes }) => [yes, no])))
        connect(shard, keepConnected(board, shard, settings, metrics), { onlyIfMissing: true })
      }
    })

  const unfollow = (markets: ReadonlyArray<MarketId>) =>
    Effect.gen(function*() {
      const now = yield* Clock.currentTimeMillis
      const gone = new Set(markets.flatMap((market) => board.byMarket.get(market) ?? []))
      for (const shard of [...board.shards]) {
        const own = [...shard.feeds].filter((feed) => gone.has(feed))
        if (own.length === 0) continue
        const outcome = board.outcome(now)
        for (const feed of own) {
          board.lose(shard, feed, "unfollowed", outcome)
          shard.feeds.delete(feed)
          board.byMarket.delete(feed.id)
          for (const token of [feed.yes, feed.no]) board.byToken.delete(token)
        }
        outbox.owe(outcome.events)
        shard.say(unsubscribe(own.flatMap(({ no, yes }) => [yes, no])))
        if (shard.feeds.size > 0) continue
        board.shards.delete(shard)
        yield* FiberMap.remove(connections, shard)
      }
    })

  // the log must not say that a book was followed while nobody listened
  yield* Effect.addFinalizer(() =>
    Effect.gen(function*() {
      const now = yield* Clock.currentTimeMillis
      board.isStopped = true
      for (const shard of board.shards) board.loseAll(shard, "stopped", now)
      metrics.connections.set({ source: polymarket }, 0)
      yield* outbox.settled.pipe(
        Effect.interruptible,
        Effect.timeout(lastChance),
        Effect.catchAll(() =>
          Effect.logWarning("there was no room to tell the log that markets are not followed any more")
        )
      )
      yield* board.tally.flush(metrics)
    })
  )

  return MarketChannel.of({
    follow,
    unfollow,
    status: Effect.sync(() => [...board.byMarket.values()].map(({ id, synced }) => ({ market: id, synced }))),
    announced: Effect.sync(() => board.takeAnnounced())
  })
})

/** The venue's market channel over websockets, checked against its REST books. */
export const layer = (
  settings: PolymarketSettings
): Layer.Layer<MarketChannel, never, Clob | Socket.WebSocketConstructor | Intake | Telemetry> =>
  Layer.scoped(MarketChannel, make(settings))
