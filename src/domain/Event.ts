import type { Instant } from "./Instant.js"
import type { MarketId } from "./MarketId.js"

/**
 * What a market's description said when it was seen. Outcome fields (closed, winner, closing time, settlement prices)
 * have no place in this type: outcomes exist as `resolution` events only, so no feature can read them by accident.
 */
export interface MarketSnapshot {
  readonly question: string
  readonly category: string | undefined
  readonly tags: ReadonlyArray<string>
  readonly startDate: Instant | undefined
  readonly endDate: Instant | undefined
  readonly resolutionDate: Instant | undefined
  /** USD */
  readonly liquidity: number | undefined
  /** USD over 24 hours, rolling */
  readonly volume24h: number | undefined
  /** millionths */
  readonly tickSize: number | undefined
}

/** Levels as sources give them: [price in millionths, size in millionths of a share], in any order. */
export type RawLevels = ReadonlyArray<readonly [price: number, size: number]>

export type BookSide = "bid" | "ask"

/** A scored document about a market. Its score is given once, when it is appended, by the scorer that is named. */
export interface NewsDocument {
  readonly id: string
  readonly text: string
  readonly publishedAt: Instant | undefined
  readonly url: string | undefined
  readonly score: number
  readonly scorer: string
}

export type GapScope = "market" | "source"

export interface Interruption {
  readonly scope: GapScope
  readonly reason: string
}

/** What happened, apart from when and to which market. Prices and sizes are integer millionths. */
export type EventBody =
  | { readonly kind: "market"; readonly snapshot: MarketSnapshot }
  | {
    readonly kind: "quote"
    readonly bestBid: number | undefined
    readonly bestAsk: number | undefined
    readonly volume24h: number | undefined
  }
  | { readonly kind: "book"; readonly bids: RawLevels; readonly asks: RawLevels }
  | {
    readonly kind: "price_change"
    readonly changes: ReadonlyArray<readonly [side: BookSide, price: number, newSize: number]>
  }
  | { readonly kind: "trade"; readonly price: number; readonly size: number; readonly side: "buy" | "sell" }
  | { readonly kind: "news"; readonly document: Omit<NewsDocument, "score" | "scorer"> }
  | { readonly kind: "gap"; readonly interruption: Interruption }
  | { readonly kind: "gap_end"; readonly interruption: Interruption }
  | { readonly kind: "market_closed" }
  | { readonly kind: "resolution"; readonly outcome: number }

export type EventKind = EventBody["kind"]

/** All kinds, in the order of their storage codes: append only. */
export const eventKinds = [
  "market",
  "quote",
  "book",
  "price_change",
  "trade",
  "news",
  "gap",
  "gap_end",
  "market_closed",
  "resolution"
] as const satisfies ReadonlyArray<EventKind>

export interface MarketEvent {
  readonly market: MarketId
  /** Which feed or publisher said so; the unit of `gap` events with scope `source`. */
  readonly source: string | undefined
  /** The venue's time; `undefined` means the instant at which the event became available. */
  readonly eventTime: Instant | undefined
  readonly body: EventBody
}

/** An event with the instant at which it was known, as files carry it. */
export interface TimedEvent {
  readonly availableAt: Instant
  readonly event: MarketEvent
}
