import { Either, Schema } from "effect"
import type { BookSide, RawLevels } from "../../domain/Event.js"
import type { Instant } from "../../domain/Instant.js"
import { PriceFromInput, SizeFromInput, TickSizeFromInput } from "../../domain/Price.js"
import { describeProblem, type FieldProblem } from "../../domain/problems.js"
import { saying } from "../gammaRow.js"
import { Millis, mostLevels, Side, Token } from "../venueFields.js"
import { TokenId } from "../VenueMarket.js"
import { digestText } from "./identity.js"

/** The book of one token as a whole. Prices and sizes are integer millionths, here and below. */
export interface BookMessage {
  readonly type: "book"
  readonly token: string
  readonly timestamp: Instant
  readonly bids: RawLevels
  readonly asks: RawLevels
}

/** A level's new total size; 0 deletes it. */
export interface LevelChange {
  readonly token: string
  readonly side: BookSide
  readonly price: number
  readonly size: number
  /** 32 bits of the venue's hash, which is opaque: it serves to tell messages apart; 0 where there is none */
  readonly hash: number
  /** of the token's book after the change; NaN where not said */
  readonly bestBid: number
  readonly bestAsk: number
}

export interface PriceChangeMessage {
  readonly type: "price_change"
  readonly timestamp: Instant
  readonly changes: ReadonlyArray<LevelChange>
}

export interface TradeMessage {
  readonly type: "last_trade_price"
  readonly token: string
  readonly timestamp: Instant
  readonly price: number
  readonly size: number
  readonly side: "buy" | "sell"
  /** 32 bits of the transaction's hash; 0 where there is none */
  readonly hash: number
}

/** Orders at prices of the old grid are gone: the book that was known is void, whenever that was. */
export interface TickSizeMessage {
  readonly type: "tick_size_change"
  readonly token: string
}

export interface BestPricesMessage {
  readonly type: "best_bid_ask"
  readonly token: string
}

export interface NewMarketMessage {
  readonly type: "new_market"
  /** the condition id */
  readonly market: string
}

export interface ResolvedMessage {
  readonly type: "market_resolved"
  /** the condition id */
  readonly market: string
  readonly timestamp: Instant
  /** the token that pays 1; `undefined` where the venue names none, as where the outcomes split */
  readonly winner: string | undefined
}

export type VenueMessage =
  | BookMessage
  | PriceChangeMessage
  | TradeMessage
  | TickSizeMessage
  | BestPricesMessage
  | NewMarketMessage
  | ResolvedMessage
export type MessageType = VenueMessage["type"]

const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { nullable: true })

const bookSide = (side: typeof Side.Type): BookSide => side === "BUY" || side === "buy" ? "bid" : "ask"

/** The venue writes "" where a side is empty. */
const BestPrice = optional(saying("a price within 0..1, or nothing", Schema.Union(Schema.Literal(""), PriceFromInput)))
const bestPrice = (said: number | "" | undefined): number => typeof said === "number" ? said : NaN

/** Wrong hashes do no harm: whatever is not text counts as none. */
const hashOf = (hash: unknown): number => typeof hash === "string" ? digestText(hash) : 0

const list = <A, I>(item: Schema.Schema<A, I>, items: string, most: number) =>
  Schema.Array(item).annotations({ message: () => `a list of ${items}` }).pipe(
    Schema.maxItems(most, { message: () => `a list of at most ${most} ${items}` })
  )
const Level = Schema.Struct({ price: PriceFromInput, size: SizeFromInput })
/** A side without orders may be null. */
const Levels = Schema.NullOr(list(Level, "levels", mostLevels))
const rawLevels = (levels: typeof Levels.Type): RawLevels =>
  levels === null ? [] : levels.map(({ price, size }) => [price, size] as const)

const Book = Schema.Struct({ asset_id: Token, timestamp: Millis, bids: Levels, asks: Levels })
const OlderBook = Schema.Struct({ asset_id: Token, timestamp: Millis, buys: Levels, sells: Levels })

const PriceChange = Schema.Struct({
  timestamp: Millis,
  price_changes: list(
    Schema.Struct({
      asset_id: Token,
      price: PriceFromInput,
      size: SizeFromInput,
      side: Side,
      hash: Schema.optional(Schema.Unknown),
      best_bid: BestPrice,
      best_ask: BestPrice
    }),
    "changes",
    mostLevels
  )
})
const OlderPriceChange = Schema.Struct({
  asset_id: Token,
  timestamp: Millis,
  hash: Schema.optional(Schema.Unknown),
  changes: list(Schema.Struct({ price: PriceFromInput, size: SizeFromInput, side: Side }), "changes", mostLevels)
})

const Trade = Schema.Struct({
  asset_id: Token,
  timestamp: Millis,
  price: PriceFromInput,
  size: SizeFromInput,
  side: Side,
  transaction_hash: Schema.optional(Schema.Unknown)
})
const TickSize = Schema.Struct({ asset_id: Token, new_tick_size: TickSizeFromInput })
const BestPrices = Schema.Struct({ asset_id: Token, best_bid: BestPrice, best_ask: BestPrice })
const ConditionId = Schema.String.pipe(
  Schema.pattern(/^0x[0-9a-fA-F]{64}$/u, { message: () => "a condition id: 0x and 64 hexadecimal digits" })
)
const NewMarket = Schema.Struct({ market: ConditionId })
const Resolved = Schema.Struct({
  market: ConditionId,
  timestamp: Millis,
  winning_asset_id: optional(saying("a token id, or nothing", Schema.Union(Schema.Literal(""), TokenId)))
})

type Decoded = Either.Either<VenueMessage, FieldProblem>

const message = <A, I>(schema: Schema.Schema<A, I>, convert: (fields: A) => VenueMessage) => {
  const decode = Schema.decodeUnknownEither(schema)
  return (input: object): Decoded =>
    Either.mapBoth(decode(input), { onLeft: (error) => describeProblem(error, input), onRight: convert })
}

const book = message(Book, ({ asks, asset_id, bids, timestamp }) => ({
  type: "book",
  token: asset_id,
  timestamp,
  bids: rawLevels(bids),
  asks: rawLevels(asks)
}))
const olderBook = message(OlderBook, ({ asset_id, buys, sells, timestamp }) => ({
  type: "book",
  token: asset_id,
  timestamp,
  bids: rawLevels(buys),
  asks: rawLevels(sells)
}))
const priceChange = message(PriceChange, ({ price_changes, timestamp }) => ({
  type: "price_change",
  timestamp,
  changes: price_changes.map(({ asset_id, best_ask, best_bid, hash, price, side, size }) => ({
    token: asset_id,
    side: bookSide(side),
    price,
    size,
    hash: hashOf(hash),
    bestBid: bestPrice(best_bid),
    bestAsk: bestPrice(best_ask)
  }))
}))
const olderPriceChange = message(OlderPriceChange, ({ asset_id, changes, hash, timestamp }) => ({
  type: "price_change",
  timestamp,
  changes: changes.map(({ price, side, size }) => ({
    token: asset_id,
    side: bookSide(side),
    price,
    size,
    hash: hashOf(hash),
    bestBid: NaN,
    bestAsk: NaN
  }))
}))

const readers: Record<MessageType, (input: object) => Decoded> = {
  book: (input) => "buys" in input || "sells" in input ? olderBook(input) : book(input),
  price_change: (input) => "changes" in input ? olderPriceChange(input) : priceChange(input),
  last_trade_price: message(Trade, ({ asset_id, price, side, size, timestamp, transaction_hash }) => ({
    type: "last_trade_price",
    token: asset_id,
    timestamp,
    price,
    size,
    side: bookSide(side) === "bid" ? "buy" : "sell",
    hash: hashOf(transaction_hash)
  })),
  tick_size_change: message(TickSize, ({ asset_id }) => ({ type: "tick_size_change", token: asset_id })),
  best_bid_ask: message(BestPrices, ({ asset_id }) => ({ type: "best_bid_ask", token: asset_id })),
  new_market: message(NewMarket, ({ market }) => ({ type: "new_market", market })),
  market_resolved: message(Resolved, ({ market, timestamp, winning_asset_id }) => ({
    type: "market_resolved",
    market,
    timestamp,
    winner: winning_asset_id === undefined || winning_asset_id === "" ? undefined : winning_asset_id
  }))
}

const isType = Schema.is(Schema.Literal(
  "book",
  "price_change",
  "last_trade_price",
  "tick_size_change",
  "best_bid_ask",
  "new_market",
  "market_resolved"
))

/** What kind of message this is: as it says, else by its shape; other words are those of the venue. */
export const messageType = (input: object): MessageType | { readonly unknown: string } => {
  const said = "event_type" in input ? input.event_type : undefined
  if (isType(said)) return said
  if (said !== undefined) return { unknown: typeof said === "string" ? said : "(no text)" }
  if (("bids" in input && "asks" in input) || ("buys" in input && "sells" in input)) return "book"
  if ("price_changes" in input || "changes" in input) return "price_change"
  return { unknown: "(none)" }
}

export const decodeMessage = (type: MessageType, input: object): Decoded => readers[type](input)
