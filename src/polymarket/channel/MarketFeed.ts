import type { MarketId } from "../../domain/MarketId.js"
import { OrderBook } from "../../state/OrderBook.js"
import type { TokenId, VenueMarket } from "../VenueMarket.js"
import { Identity, RecentIdentities } from "./identity.js"
import type { PriceChangeMessage } from "./messages.js"

/** Why a book is not known, as the log's gaps say it. */
export type GapReason =
  /** it is followed from here on: what the log holds of its book is from another time */
  | "started"
  /** the connection ended */
  | "disconnected"
  /** the connection does not answer */
  | "stale"
  /** the connection answers, but the books of the venue have moved on without it */
  | "frozen"
  /** nothing has been heard of the market, and the venue cannot be asked whether there was anything to hear */
  | "silent"
  /** the best prices that came with a change are not those of the book: something was missed */
  | "book_mismatch"
  /** a message came behind a newer one: what it changed may have changed again since */
  | "out_of_order"
  | "tick_size_change"
  /** something was said of the market that could not be read */
  | "unreadable"
  /** more came than could be taken */
  | "overflow"
  | "unfollowed"
  | "stopped"

/** Changes that came while the book they belong to was not known. */
export type Pending = Pick<PriceChangeMessage, "timestamp" | "changes">

/** Two messages of one millisecond, or a late one, are told apart from a repetition among so many. */
const remembered = 64

/** One followed market: plain mutable data, changed by the functions in `transitions.ts` and, where REST is asked, `reconcile.ts`. */
export class MarketFeed {
  readonly id: MarketId
  readonly yes: TokenId
  readonly no: TokenId
  /** whether the book is known: as of the newest message, and on the log */
  synced = false
  isResolved = false
  readonly book = new OrderBook()

  // Times of the venue; 0 before the first
  /** the newest that the subscription has said of the book; it comes in this order, or something is wrong */
  said = 0
  /** of the book that was taken last; where that came by REST it may be ahead of what the subscription has said */
  base = 0
  /** a book that is older than this lacks something that is known to have changed */
  floor = 0
  lastTrade = 0

  readonly messages = new RecentIdentities(remembered)
  readonly trades = new RecentIdentities(remembered)
  readonly identity = new Identity()
  pending: Array<Pending> = []

  // Our own times, in ms of the machine's clock, and how REST is asked
  /** when the book was last said, or confirmed by REST */
  heardAt = 0
  /** words of the book so far: tells whether something came in between */
  heard = 0
  syncedAt = 0
  /** when the book was last taken whole, or found equal to that of REST */
  checkedAt = 0
  /** counts what makes an answer of REST void: gaps and subscriptions */
  epoch = 0
  isAsking = false
  /** when REST is asked for a book, or whether the one known is still right; Infinity while nobody listens */
  askAt = Infinity
  /** fruitless books in a row */
  attempts = 0
  /** REST knows a newer book: if nothing is heard until this time, the feed is frozen */
  suspectAt = Infinity

  constructor(market: Pick<VenueMarket, "id" | "yes" | "no">) {
    this.id = market.id
    this.yes = market.yes
    this.no = market.no
  }
}
