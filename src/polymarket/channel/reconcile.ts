import { Clock, Effect, Either, FiberSet } from "effect"
import type { FeedMetrics } from "../../telemetry/feedMetrics.js"
import { Clob } from "../Clob.js"
import type { PolymarketSettings } from "../settings.js"
import type { VenueBook } from "../VenueMarket.js"
import { polymarket } from "../venueName.js"
import { foldBook } from "./fold.js"
import type { MarketFeed } from "./MarketFeed.js"
import type { Shard } from "./Shard.js"
import { askForBook, type Switchboard } from "./Switchboard.js"
import { takeAnswer } from "./transitions.js"
import { isSameBook } from "./yesBook.js"

/** Between two looks at all markets, in ms. */
const tick = 250

/** Requests under way at once, each for all that was due when it was made. */
const mostRequests = 4

/** ms: an answer to an older question is of no use any more */
const patience = 20_000

/** ms: the answer was older than the book that is known, or there was none */
const again = 1_000

/** What REST was asked about, and what was known then. */
interface Question {
  readonly shard: Shard
  readonly feed: MarketFeed
  readonly epoch: number
  readonly heard: number
  readonly askedAt: number
}

/** Markets without a book, such as have been silent for long, and books that have not been compared for long. */
const dueQuestions = ({ shards }: Switchboard, now: number, interval: number): ReadonlyArray<Question> => {
  const due: Array<Question> = []
  for (const shard of shards) {
    if (!shard.isOpen || shard.isOverflowing) continue
    for (const feed of shard.feeds) {
      if (feed.isAsking || feed.isResolved || now < feed.askAt) continue
      if (feed.synced && now - feed.heardAt < interval && now - feed.checkedAt < interval) continue
      feed.isAsking = true
      due.push({ shard, feed, epoch: feed.epoch, heard: feed.heard, askedAt: now })
    }
  }
  return due
}

/** Ends what is frozen, and flags what has been silent for too long to be believed. */
const flagSilence = (board: Switchboard, now: number, interval: number): void => {
  const isLong = (since: number) => now - since >= 2 * interval - tick
  for (const shard of board.shards) {
    if (!shard.isOpen) continue
    let isFrozen = false
    const outcome = board.outcome(now)
    for (const feed of shard.feeds) {
      if (!feed.synced || feed.isResolved) continue
      const isUnconfirmed = isLong(feed.heardAt)
      if (now >= feed.suspectAt || (isUnconfirmed && isLong(shard.dataAt))) isFrozen = true
      else if (isUnconfirmed) board.lose(shard, feed, "silent", outcome)
    }
    board.deliver(shard, outcome.events, now)
    if (!isFrozen) continue
    // it is the connection that freezes: what it says of its other markets cannot be relied on either
    shard.end("frozen")
    board.loseAll(shard, "frozen", now)
  }
}

const takeBookOf = (board: Switchboard, { feed, shard }: Question, book: VenueBook | undefined, now: number): void => {
  const outcome = board.outcome(now)
  const isTaken = book !== undefined &&
    takeAnswer(feed, book.timestamp, foldBook(false, book.bids, book.asks), outcome)
  if (!isTaken) askForBook(feed, now)
  board.deliver(shard, outcome.events, now)
}

/**
 * Whether a silent market is quiet, or the feed has missed something. Of a lively one, whether a change was lost on its
 * way that no later message speaks of: REST is then mostly ahead of the feed or behind it, and is asked until both have
 * the book of one moment.
 */
const compare = (
  board: Switchboard,
  { askedAt, feed, heard, shard }: Question,
  book: VenueBook | undefined,
  now: number,
  interval: number
): void => {
  const isLively = feed.heard !== heard || now - feed.heardAt < interval
  const asOf = Math.max(feed.said, feed.base)
  if (book !== undefined && isSameBook(feed.book, foldBook(false, book.bids, book.asks))) {
    feed.checkedAt = askedAt
    feed.heardAt = Math.max(feed.heardAt, askedAt)
  } else if (book?.timestamp === asOf) {
    const outcome = board.outcome(now)
    board.lose(shard, feed, "book_mismatch", outcome)
    board.deliver(shard, outcome.events, now)
  } else if (isLively) {
    feed.askAt = now + interval / 10
  } else if (book === undefined || book.timestamp < asOf) {
    feed.askAt = now + again
  } else {
    // what REST shows may still be on its way here
    feed.suspectAt = now + Math.min(interval / 4, 3_000)
    feed.askAt = now + interval
  }
}

/**
 * Looks after the books by REST: asks for those that are missing, compares those of silent markets, and flags feeds that
 * are frozen. Runs until it is interrupted.
 */
export const reconcile = (
  board: Switchboard,
  settings: PolymarketSettings,
  metrics: FeedMetrics
): Effect.Effect<never, never, Clob> =>
  Effect.gen(function*() {
    const clob = yield* Clob
    const interval = settings.expectedIntervalSecs * 1_000
    const requests = yield* FiberSet.make()
    const source = { source: polymarket }

    const ask = Effect.fnUntraced(function*(questions: ReadonlyArray<Question>) {
      const answer = yield* clob.books(questions.map(({ feed }) => feed.yes)).pipe(
        Effect.timeout(patience),
        Effect.either
      )
      const now = yield* Clock.currentTimeMillis
      const books = new Map(Either.getOrElse(answer, () => []).map((book) => [book.token, book]))
      for (const question of questions) {
        const { epoch, feed } = question
        feed.isAsking = false
        if (feed.epoch !== epoch || board.isStopped) continue
        if (feed.synced) compare(board, question, books.get(feed.yes), now, interval)
        else takeBookOf(board, question, books.get(feed.yes), now)
      }
    })

    const showState = Effect.suspend(() => {
      let [inGap, open] = [0, 0]
      for (const shard of board.shards) if (shard.isOpen) open++
      for (const feed of board.byMarket.values()) if (!feed.synced) inGap++
      metrics.connections.set(source, open)
      metrics.markets.set(source, board.byMarket.size)
      metrics.marketsInGap.set(source, inGap)
      return board.tally.flush(metrics)
    })

    const look = Effect.gen(function*() {
      const now = yield* Clock.currentTimeMillis
      flagSilence(board, now, interval)
      if (!board.outbox.isBlocked && (yield* FiberSet.size(requests)) < mostRequests) {
        const due = dueQuestions(board, now, interval)
        if (due.length > 0) yield* FiberSet.run(requests, ask(due))
      }
      yield* showState
    })
    return yield* Effect.forever(Effect.zipRight(look, Effect.sleep(tick)))
  }).pipe(Effect.scoped)
