export type Decimal = string | number

/** Integer ms UTC, or ISO 8601 with an offset. */
export type Time = string | number

interface Common {
  readonly market: string
  readonly available_at: number
  readonly event_time?: Time
  readonly source?: string
}

interface Market extends Common {
  readonly type: "market"
  readonly question: string
  readonly category?: string
  readonly tags?: ReadonlyArray<string>
  readonly start_date?: Time
  readonly end_date?: Time
  readonly resolution_date?: Time
  readonly liquidity?: Decimal
  readonly volume_24h?: Decimal
  readonly tick_size?: Decimal
}

interface Quote extends Common {
  readonly type: "quote"
  readonly best_bid?: Decimal
  readonly best_ask?: Decimal
  readonly volume_24h?: Decimal
}

interface Book extends Common {
  readonly type: "book"
  readonly bids: ReadonlyArray<readonly [price: Decimal, size: Decimal]>
  readonly asks: ReadonlyArray<readonly [price: Decimal, size: Decimal]>
}

interface PriceChange extends Common {
  readonly type: "price_change"
  readonly changes: ReadonlyArray<readonly [side: "bid" | "ask", price: Decimal, newSize: Decimal]>
}

interface Trade extends Common {
  readonly type: "trade"
  readonly price: Decimal
  readonly size: Decimal
  readonly side: "buy" | "sell"
}

interface News extends Common {
  readonly type: "news"
  readonly id: string
  readonly source: string
  readonly text: string
  readonly score: number
  readonly published_at?: Time
  readonly url?: string
}

interface Gap extends Common {
  readonly type: "gap" | "gap_end"
  readonly scope: "market" | "source"
  readonly reason?: string
}

interface Closed extends Common {
  readonly type: "market_closed"
}

interface Resolution extends Common {
  readonly type: "resolution"
  readonly outcome: number
}

/** An event before the log has numbered it. */
export type EventBody = Market | Quote | Book | PriceChange | Trade | News | Gap | Closed | Resolution

export type NaiveEvent = EventBody & { readonly sequence: number }

export type Events = ReadonlyArray<NaiveEvent>

export const isMarket = (event: NaiveEvent) => event.type === "market"

export const isNews = (event: NaiveEvent) => event.type === "news"

export const isTrade = (event: NaiveEvent) => event.type === "trade"

export const isPriceChange = (event: NaiveEvent) => event.type === "price_change"

export const isBookOrQuote = (event: NaiveEvent) => event.type === "book" || event.type === "quote"

export const isFeedGap = (event: NaiveEvent) => event.type === "gap" && event.scope === "market"

export const isSourceGap = (event: NaiveEvent) =>
  (event.type === "gap" || event.type === "gap_end") && event.scope === "source"

export const isClosing = (event: NaiveEvent) => event.type === "market_closed" || event.type === "resolution"

export const instant = (time: Time) => typeof time === "number" ? time : Date.parse(time)

/** The market's events that exist at `at` for a reader of the log up to `upTo`, both inclusive, in replay order. */
export const visible = (events: Events, market: string, at: number, upTo: number): Events => {
  const ofMarket = events.filter((event) => event.market === market)
  const news = ofMarket.filter(isNews)
  // The log appends a document once, whenever its copies were available: the lowest sequence stands.
  const isRepeat = (event: NaiveEvent) =>
    event.type === "news" &&
    news.some((other) => other.source === event.source && other.id === event.id && other.sequence < event.sequence)
  return ofMarket
    .filter((event) => event.available_at <= at && event.sequence <= upTo && !isRepeat(event))
    .sort((a, b) => a.available_at - b.available_at || a.sequence - b.sequence)
}
