import type { EventBody, MarketEvent } from "../../domain/Event.js"
import type { Instant } from "../../domain/Instant.js"
import { polymarket } from "../venueName.js"
import { foldBook, foldChanges, mirrorPrice, saidAsk, saidBid, type YesBook, type YesChange } from "./fold.js"
import type { GapReason, MarketFeed, Pending } from "./MarketFeed.js"
import type { BookMessage, PriceChangeMessage, ResolvedMessage, TradeMessage } from "./messages.js"
import { changeBook, hasBest, isChanged, isSameBook, replaceBook } from "./yesBook.js"

/** Why a message, though it could be read, gave no event. */
export type DropReason =
  /** it was said before */
  | "duplicate"
  /** the book that it changes is not known */
  | "in_gap"
  /** a book by REST was ahead of it */
  | "superseded"
  /** a book that lacks what is known to have changed */
  | "outdated_book"
  /** a trade behind a newer one */
  | "late_trade"

/** What reading a frame leads to. */
export interface Outcome {
  /** to be handed over, in this order */
  readonly events: Array<MarketEvent>
  readonly dropped: (reason: DropReason) => undefined
  /** our own time, ms */
  readonly now: number
}

/** More changes than come while a fresh book is on its way. */
const mostPending = 256

const eventOf = (feed: MarketFeed, eventTime: Instant | undefined, body: EventBody): MarketEvent => ({
  market: feed.id,
  source: polymarket,
  eventTime,
  body
})

export const gapEvent = (feed: MarketFeed, reason: GapReason): MarketEvent =>
  eventOf(feed, undefined, { kind: "gap", interruption: { scope: "market", reason } })

/** From here on the book is not known. Returns whether it was. */
export const loseBook = (feed: MarketFeed): boolean => {
  const was = feed.synced
  feed.synced = false
  feed.floor = Math.max(feed.floor, feed.said, feed.base)
  feed.pending = []
  feed.epoch++
  feed.suspectAt = Infinity
  return was
}

/** A new subscription begins with a book, which may be the very one that the last subscription said last. */
export const beginSubscription = (feed: MarketFeed): void => {
  loseBook(feed)
  feed.said = 0
  feed.messages.forget()
}

const hear = (feed: MarketFeed, now: number): void => {
  feed.heardAt = now
  feed.heard++
  feed.suspectAt = Infinity
}

const changeIdentity = (feed: MarketFeed, { changes, timestamp }: PriceChangeMessage): number => {
  const identity = feed.identity.start(timestamp)
  for (const { hash, price, side, size, token } of changes) {
    identity.add((token === feed.no ? 2 : 0) + (side === "ask" ? 1 : 0)).add(price).add(size).add(hash)
  }
  return identity.value
}

/** Of what both tokens' books say alike. */
const bookIdentity = (feed: MarketFeed, timestamp: Instant, { asks, bids }: YesBook): number => {
  const identity = feed.identity.start(timestamp).add(bids.length)
  for (const side of [bids, asks]) for (const [price, size] of side) identity.add(price).add(size)
  return identity.value
}

const changeEvent = (feed: MarketFeed, timestamp: Instant, changes: ReadonlyArray<YesChange>): MarketEvent =>
  eventOf(feed, timestamp, { kind: "price_change", changes })

const hold = (feed: MarketFeed, { changes, timestamp }: Pending): undefined => {
  if (feed.pending.length === mostPending) {
    feed.floor = Math.max(feed.floor, feed.pending.shift()?.timestamp ?? 0)
  }
  feed.pending.push({ timestamp, changes })
}

/**
 * Takes a change of levels, all of them of this market. Returns why the book is not known any more, if so.
 *
 * In a gap it is kept back until a book comes; what such a book has not seen yet is appended right behind it.
 */
export const takeChange = (feed: MarketFeed, message: PriceChangeMessage, outcome: Outcome): GapReason | undefined => {
  const { changes, timestamp } = message
  const identity = changeIdentity(feed, message)
  if (timestamp <= feed.said && feed.messages.has(identity)) return outcome.dropped("duplicate")
  feed.messages.note(identity)
  hear(feed, outcome.now)
  if (timestamp < feed.said) {
    if (feed.synced) return "out_of_order"
    // a book must have seen both this change and those that overtook it
    feed.floor = Math.max(feed.floor, feed.said)
    feed.pending = []
    return outcome.dropped("in_gap")
  }
  const isSameMoment = timestamp === feed.said
  feed.said = timestamp
  if (!feed.synced) return hold(feed, message)
  if (timestamp < feed.base) return outcome.dropped("superseded")
  const folded = foldChanges(feed, changes)
  // older messages are of one token each: the second one says what the first has said
  if (isSameMoment && isChanged(feed.book, folded)) return outcome.dropped("duplicate")
  changeBook(feed.book, folded)
  if (!hasBest(feed.book, saidBid(feed, changes), saidAsk(feed, changes))) return "book_mismatch"
  if (folded.length > 0) outcome.events.push(changeEvent(feed, timestamp, folded))
  return undefined
}

/** The book as of a time, and behind it what has changed since. Refuses what is contradicted by that. */
const beginWith = (
  feed: MarketFeed,
  timestamp: Instant,
  levels: YesBook,
  since: ReadonlyArray<Pending>,
  { dropped, events, now }: Outcome
): boolean => {
  for (let i = since.length; i < feed.pending.length; i++) dropped("in_gap")
  feed.pending = []
  replaceBook(feed.book, levels)
  const folded = since.map(({ changes, timestamp: at }) => ({ at, changes: foldChanges(feed, changes) }))
  for (const { changes } of folded) changeBook(feed.book, changes)
  const newest = since.at(-1)?.changes ?? []
  if (!hasBest(feed.book, saidBid(feed, newest), saidAsk(feed, newest))) {
    feed.floor = Math.max(feed.floor, feed.said)
    dropped("outdated_book")
    return false
  }
  feed.base = timestamp
  feed.synced = true
  feed.syncedAt = feed.checkedAt = feed.heardAt = now
  feed.askAt = 0
  events.push(eventOf(feed, timestamp, { kind: "book", bids: levels.bids, asks: levels.asks }))
  for (const { at, changes } of folded) if (changes.length > 0) events.push(changeEvent(feed, at, changes))
  return true
}

/** Takes a whole book of either token. Returns why the book is not known any more, if so. */
export const takeBook = (feed: MarketFeed, message: BookMessage, outcome: Outcome): GapReason | undefined => {
  const { asks, bids, timestamp, token } = message
  const levels = foldBook(token === feed.no, bids, asks)
  const identity = bookIdentity(feed, timestamp, levels)
  const isLate = timestamp < feed.said
  if (
    (timestamp <= feed.said && feed.messages.has(identity)) || (isLate && feed.synced && isSameBook(feed.book, levels))
  ) {
    return outcome.dropped("duplicate")
  }
  feed.messages.note(identity)
  hear(feed, outcome.now)
  if (isLate && feed.synced) return "out_of_order"
  feed.said = Math.max(feed.said, timestamp)
  if (feed.synced && timestamp < feed.base) return outcome.dropped("superseded")
  if (!feed.synced && timestamp < feed.floor) return outcome.dropped("outdated_book")
  // the subscription has said what was before the book before it
  const isNew = beginWith(
    feed,
    timestamp,
    levels,
    feed.pending.filter((change) => change.timestamp > timestamp),
    outcome
  )
  return isNew ? undefined : "book_mismatch"
}

/** Takes a book by REST while none is known; false where it lacks what has been said meanwhile. */
export const takeAnswer = (
  feed: MarketFeed,
  timestamp: Instant,
  levels: YesBook,
  outcome: Outcome
): boolean => {
  if (timestamp < feed.floor) {
    outcome.dropped("outdated_book")
    return false
  }
  // of the changes of its own millisecond it may have seen some: all of them again lead to the same levels
  return beginWith(feed, timestamp, levels, feed.pending.filter((change) => change.timestamp >= timestamp), outcome)
}

/** Takes a trade of either token, gap or not. */
export const takeTrade = (feed: MarketFeed, message: TradeMessage, { dropped, events }: Outcome): void => {
  const { hash, size, timestamp, token } = message
  const isNo = token === feed.no
  const price = isNo ? mirrorPrice(message.price) : message.price
  const side = isNo === (message.side === "sell") ? "buy" : "sell"
  const identity = feed.identity.start(timestamp).add(price).add(size).add(side === "buy" ? 0 : 1).add(hash).value
  if (timestamp <= feed.lastTrade && feed.trades.has(identity)) return dropped("duplicate")
  // the last trade is the last one by the venue's time: an older one must not take its place
  if (timestamp < feed.lastTrade) return dropped("late_trade")
  feed.trades.note(identity)
  feed.lastTrade = timestamp
  events.push(eventOf(feed, timestamp, { kind: "trade", price, size, side }))
}

/** Takes the outcome; false where it names a token that is not the market's. */
export const takeResolution = (
  feed: MarketFeed,
  { timestamp, winner }: ResolvedMessage,
  { dropped, events }: Outcome
): boolean => {
  if (winner !== undefined && winner !== feed.yes && winner !== feed.no) return false
  if (feed.isResolved) {
    dropped("duplicate")
    return true
  }
  feed.isResolved = true
  // where the outcomes split the message does not say how: the market's description will
  events.push(eventOf(
    feed,
    timestamp,
    winner === undefined ? { kind: "market_closed" } : { kind: "resolution", outcome: winner === feed.yes ? 1 : 0 }
  ))
  return true
}
