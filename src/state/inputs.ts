/**
 * What features read of a market, as far as ages and freshness tell inputs apart: the kinds of events, a source's
 * outages apart from the market's own, and reports of volume, which come with snapshots and with quotes.
 */
export const inputs = [
  "market",
  "quote",
  "book",
  "price_change",
  "trade",
  "news",
  "market_gap",
  "source_gap",
  "market_closed",
  "resolution",
  "volume"
] as const

export type Input = typeof inputs[number]

/** The slot of each input in `MarketState.newestAt` and `newestSequence`. */
export const Input = {
  market: 0,
  quote: 1,
  book: 2,
  price_change: 3,
  trade: 4,
  news: 5,
  market_gap: 6,
  source_gap: 7,
  market_closed: 8,
  resolution: 9,
  volume: 10
} as const satisfies Record<Input, number>
