import type { EventKind, Interruption, MarketSnapshot, NewsDocument } from "./Event.js"

/**
 * Events of one market and one kind as columns, sorted by (availableAt, sequence). This is the form in which events are
 * stored, read and reduced; row `i` of every column is one event. Missing numbers are NaN, here and nowhere further out.
 */
interface Rows {
  readonly rows: number
  readonly sequence: Float64Array
  /** instants */
  readonly availableAt: Float64Array
  /** instants */
  readonly eventTime: Float64Array
  readonly source: ReadonlyArray<string | undefined>
}

/** Variable-length lists as one flat column: the items of row `i` are at `start[i]` to `start[i + 1]`, exclusive. */
export interface FlatLevels {
  readonly start: Float64Array
  /** millionths */
  readonly price: Float64Array
  /** millionths of a share */
  readonly size: Float64Array
}

export interface QuoteColumns extends Rows {
  readonly kind: "quote"
  readonly bestBid: Float64Array
  readonly bestAsk: Float64Array
  readonly volume24h: Float64Array
}

/** Levels are normalised: worst first, best last, prices distinct, sizes above 0. */
export interface BookColumns extends Rows {
  readonly kind: "book"
  readonly bids: FlatLevels
  readonly asks: FlatLevels
}

/** `side` is 0 for a bid and 1 for an ask. */
export interface PriceChangeColumns extends Rows {
  readonly kind: "price_change"
  readonly changes: FlatLevels
  readonly side: Float64Array
}

/** `side` is 0 for a buy and 1 for a sell. */
export interface TradeColumns extends Rows {
  readonly kind: "trade"
  readonly price: Float64Array
  readonly size: Float64Array
  readonly side: Float64Array
}

interface PayloadColumns<Kind extends EventKind, Payload> extends Rows {
  readonly kind: Kind
  readonly payload: ReadonlyArray<Payload>
}

export type MarketColumns = PayloadColumns<"market", MarketSnapshot>
export type NewsColumns = PayloadColumns<"news", NewsDocument>
export type GapColumns = PayloadColumns<"gap", Interruption>
export type GapEndColumns = PayloadColumns<"gap_end", Interruption>
export type ClosedColumns = Rows & { readonly kind: "market_closed" }
export type ResolutionColumns = Rows & { readonly kind: "resolution"; readonly outcome: Float64Array }

export type EventColumns =
  | MarketColumns
  | QuoteColumns
  | BookColumns
  | PriceChangeColumns
  | TradeColumns
  | NewsColumns
  | GapColumns
  | GapEndColumns
  | ClosedColumns
  | ResolutionColumns
