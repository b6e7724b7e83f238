import type { MarketEvent } from "../../domain/Event.js"
import type { GapReason, MarketFeed } from "./MarketFeed.js"
import type { Outbox } from "./Outbox.js"
import type { Shard } from "./Shard.js"
import type { Tally } from "./Tally.js"
import { gapEvent, loseBook, type Outcome } from "./transitions.js"

/** A book that has been known for this long, in ms, was no vain attempt: a fresh one is asked for at once. */
const calm = 30_000

/** Announcements that are kept until somebody asks for them. */
const mostAnnounced = 10_000

/** Delay of the next attempt, in ms. It needs no chance in it: all that is due is asked for in one request. */
const backoff = (attempts: number): number => attempts === 0 ? 0 : Math.min(250 * 2 ** attempts, 30_000)

/** Has REST asked for a fresh book, the later the more often this was in vain; Infinity for `now` while nobody listens. */
export const askForBook = (feed: MarketFeed, now: number): void => {
  feed.askAt = now + backoff(feed.attempts)
  feed.attempts++
}

/** What all connections of the channel share: who follows what, and where events and counts go. */
export class Switchboard {
  readonly byToken = new Map<string, MarketFeed>()
  readonly byMarket = new Map<string, MarketFeed>()
  readonly shards = new Set<Shard>()
  /** nothing is taken any more */
  isStopped = false
  private readonly announcements = new Set<string>()

  constructor(readonly outbox: Outbox, readonly tally: Tally) {}

  outcome(now: number): Outcome {
    return { events: [], dropped: this.tally.drop, now }
  }

  /** Notes that a market's book is not known any more; the gap is told once. */
  lose(shard: Shard, feed: MarketFeed, reason: GapReason, { events, now }: Outcome): void {
    if (loseBook(feed)) {
      if (now - feed.syncedAt > calm) feed.attempts = 0
      events.push(gapEvent(feed, reason))
      this.tally.gap(reason)
    }
    askForBook(feed, shard.isOpen ? now : Infinity)
  }

  /** Likewise for all markets of a connection, whether or not there is room for the gaps now. */
  loseAll(shard: Shard, reason: GapReason, now: number): void {
    const outcome = this.outcome(now)
    for (const feed of shard.feeds) this.lose(shard, feed, reason, outcome)
    this.outbox.owe(outcome.events)
  }

  /** Hands events over. What finds no room is lost, but for what the log must not be without; and the log is told. */
  deliver(shard: Shard, events: ReadonlyArray<MarketEvent>, now: number): void {
    if (events.length === 0 || this.outbox.offer(events)) return
    this.outbox.owe(
      events.filter(({ body }) => body.kind === "gap" || body.kind === "resolution" || body.kind === "market_closed")
    )
    this.overflow(shard, now)
  }

  /** What the connection says is lost until there is room again. */
  overflow(shard: Shard, now: number): void {
    if (shard.isOverflowing) return
    shard.isOverflowing = true
    this.loseAll(shard, "overflow", now)
  }

  /** There is room again: fresh books for those who lost theirs. */
  resume(now: number): void {
    for (const shard of this.shards) {
      if (!shard.isOverflowing) continue
      shard.isOverflowing = false
      for (const feed of shard.feeds) askForBook(feed, shard.isOpen ? now : Infinity)
    }
  }

  announce(market: string): void {
    if (this.announcements.size < mostAnnounced) this.announcements.add(market)
  }

  takeAnnounced(): ReadonlyArray<string> {
    const taken = [...this.announcements]
    this.announcements.clear()
    return taken
  }
}
