import { Deferred, Effect, Queue } from "effect"
import type { GapReason, MarketFeed } from "./MarketFeed.js"

/** One connection's worth of markets: both tokens of each are on the same socket. Plain mutable data. */
export class Shard {
  readonly feeds = new Set<MarketFeed>()
  /** whether the subscription stands: what is said now is heard */
  isOpen = false
  /** whether a message that could be read has come over this connection */
  hasData = false
  /** Our own times, ms */
  dataAt = 0
  pongAt = 0
  /** events were lost for want of room, and the log is to be told before anything else */
  isOverflowing = false
  /** words to the venue, for as long as the connection lasts */
  outbound: Queue.Enqueue<string> | undefined = undefined
  /** by which the connection is told to end, and why */
  private ending: Deferred.Deferred<GapReason> | undefined = undefined

  /** Prepares for a connection; returns what awaits the call for its end. */
  readonly begin = Effect.gen(this, function*() {
    const outbound = yield* Queue.unbounded<string>()
    const ending = yield* Deferred.make<GapReason>()
    this.outbound = outbound
    this.ending = ending
    this.hasData = false
    return { outbound, ended: Deferred.await(ending) }
  })

  /** What the connection still says is not heard. */
  end(reason: GapReason): void {
    this.isOpen = false
    if (this.ending !== undefined) Deferred.unsafeDone(this.ending, Effect.succeed(reason))
  }

  say(message: object): void {
    if (this.isOpen && this.outbound !== undefined) Queue.unsafeOffer(this.outbound, JSON.stringify(message))
  }

  get tokens(): ReadonlyArray<string> {
    return [...this.feeds].flatMap(({ no, yes }) => [yes, no])
  }
}
