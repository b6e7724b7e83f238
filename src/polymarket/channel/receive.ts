import { isInstant } from "../../domain/Instant.js"
import type { FieldProblem } from "../../domain/problems.js"
import { idsIn, readFrame, type RefusedMessage } from "./frame.js"
import type { MarketFeed } from "./MarketFeed.js"
import type { PriceChangeMessage, VenueMessage } from "./messages.js"
import type { PriceChangeReader } from "./PriceChangeReader.js"
import type { Shard } from "./Shard.js"
import type { Switchboard } from "./Switchboard.js"
import { type Outcome, takeBook, takeChange, takeResolution, takeTrade } from "./transitions.js"

/** Clocks differ by less than this many ms: later is no time but noise, and would make all that follows look late. */
const mostAhead = 86_400_000

const utf8 = new TextDecoder("utf-8", { fatal: true })
const lossyUtf8 = new TextDecoder("utf-8")

const problem = (expected: string, actual: unknown): FieldProblem => ({
  field: "",
  expected,
  actual,
  hint: undefined
})

const textOf = (bytes: Uint8Array): string | undefined => {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

/** Reads what one connection says. Nothing here waits, fails or throws: it runs in the socket's own callback. */
export const makeReceive = (board: Switchboard, shard: Shard, reader: PriceChangeReader) => {
  const { byMarket, byToken, outbox, tally } = board

  const feedOf = (token: string): MarketFeed | undefined => {
    const feed = byToken.get(token)
    if (feed === undefined) tally.drop("not_followed")
    return feed
  }

  const lose = (feed: MarketFeed, outcome: Outcome) => board.lose(shard, feed, "unreadable", outcome)

  /** What was said is lost: of those that it names, or, where it names nobody, of anybody. */
  const loseMentioned = (ids: ReadonlyArray<string>, outcome: Outcome) => {
    const named = new Set(ids.flatMap((id) => byToken.get(id) ?? byMarket.get(id) ?? []))
    for (const feed of ids.length === 0 ? shard.feeds : named) lose(feed, outcome)
  }

  const isPlausible = (timestamp: number, now: number) => timestamp <= now + mostAhead || !isInstant(now)

  const change = (feed: MarketFeed, message: PriceChangeMessage, outcome: Outcome) => {
    const reason = takeChange(feed, message, outcome)
    if (reason !== undefined) board.lose(shard, feed, reason, outcome)
  }

  /** One message is of one market, both tokens of it; should it be of several, each gets its own. */
  const changes = (message: PriceChangeMessage, outcome: Outcome) => {
    const [first] = message.changes
    const feed = first === undefined ? undefined : byToken.get(first.token)
    if (feed !== undefined && message.changes.every(({ token }) => token === feed.yes || token === feed.no)) {
      return change(feed, message, outcome)
    }
    const feeds = new Set(message.changes.flatMap(({ token }) => byToken.get(token) ?? []))
    if (feeds.size === 0) tally.drop("not_followed")
    for (const one of feeds) {
      const own = message.changes.filter(({ token }) => token === one.yes || token === one.no)
      change(one, { ...message, changes: own }, outcome)
    }
  }

  const take = (message: VenueMessage, outcome: Outcome): void => {
    if ("timestamp" in message && !isPlausible(message.timestamp, outcome.now)) {
      tally.refuse(message.type, {
        ...problem("a time that is not in the future", message.timestamp),
        field: "timestamp"
      })
      const tokens = message.type === "price_change"
        ? message.changes.map(({ token }) => token)
        : message.type === "book"
        ? [message.token]
        : []
      for (const token of new Set(tokens)) {
        const feed = byToken.get(token)
        if (feed !== undefined) lose(feed, outcome)
      }
      return
    }
    switch (message.type) {
      case "price_change":
        return changes(message, outcome)
      case "book": {
        const feed = feedOf(message.token)
        const reason = feed === undefined ? undefined : takeBook(feed, message, outcome)
        if (feed !== undefined && reason !== undefined) board.lose(shard, feed, reason, outcome)
        return
      }
      case "last_trade_price": {
        const feed = feedOf(message.token)
        if (feed !== undefined) takeTrade(feed, message, outcome)
        return
      }
      case "tick_size_change": {
        const feed = feedOf(message.token)
        if (feed === undefined) return
        // the book of the new epoch may equal the last one of the old
        feed.messages.forget()
        return board.lose(shard, feed, "tick_size_change", outcome)
      }
      case "best_bid_ask":
        // A sign of life and no more: it follows from changes that may come before or after it, so that comparing it with
        // the book would find differences where there are none; each change brings the best prices along anyway.
        return
      case "new_market":
        return board.announce(message.market)
      case "market_resolved": {
        const feed = byMarket.get(message.market)
        if (feed === undefined) return tally.drop("not_followed")
        if (takeResolution(feed, message, outcome)) return
        const expected = "a token of the market"
        return tally.refuse(message.type, { ...problem(expected, message.winner), field: "winning_asset_id" })
      }
    }
  }

  const refuse = ({ about, problem: why, type }: RefusedMessage, outcome: Outcome) => {
    tally.refuse(type ?? "frame", why)
    // nothing of a book is lost with these
    if (type === "last_trade_price" || type === "best_bid_ask" || type === "new_market") return
    if (type === undefined || about.length > 0) loseMentioned(about, outcome)
  }

  const read = (text: string, outcome: Outcome): void => {
    const frame = readFrame(text)
    for (const message of frame.messages) {
      tally.frame(message.type)
      take(message, outcome)
    }
    for (const refused of frame.refused) refuse(refused, outcome)
    for (let i = 0; i < frame.unknown.length; i++) tally.frame("unknown")
    if (frame.messages.length + frame.unknown.length > 0) heardData(outcome.now)
  }

  const heardData = (now: number) => {
    shard.hasData = true
    shard.dataAt = now
  }

  const receiveText = (text: string, now: number): void => {
    tally.bytes += text.length
    if (text === "PONG") {
      shard.pongAt = now
      return tally.frame("pong")
    }
    if (text === "NO NEW ASSETS" || text === "") return tally.frame("notice")
    if (outbox.isBlocked) {
      board.overflow(shard, now)
      return tally.drop("overflow")
    }
    const outcome = board.outcome(now)
    const hot = reader.read(text)
    if (hot !== undefined) {
      tally.priceChanges++
      heardData(now)
      take(hot, outcome)
    } else if (text.startsWith("{") || text.startsWith("[")) read(text, outcome)
    else tally.refuse("frame", problem("a JSON object or array", text))
    board.deliver(shard, outcome.events, now)
  }

  return (data: string | Uint8Array, now: number): void => {
    if (board.isStopped || !shard.isOpen) return
    if (typeof data === "string") return receiveText(data, now)
    const text = textOf(data)
    if (text !== undefined) return receiveText(text, now)
    tally.bytes += data.length
    tally.refuse("frame", problem("UTF-8", data))
    const outcome = board.outcome(now)
    loseMentioned(idsIn(lossyUtf8.decode(data)), outcome)
    board.deliver(shard, outcome.events, now)
  }
}
