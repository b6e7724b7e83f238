import type { EventBody, MarketEvent, RawLevels } from "./Event.js"
import type { EventColumns, FlatLevels } from "./EventColumns.js"
import { Instant } from "./Instant.js"
import type { MarketId } from "./MarketId.js"

const known = (value: number | undefined): number | undefined =>
  value === undefined || Number.isNaN(value) ? undefined : value

const levelsOf = (levels: FlatLevels, row: number): RawLevels => {
  const start = levels.start[row] ?? 0
  const count = (levels.start[row + 1] ?? start) - start
  return Array.from({ length: count }, (_, i) => [levels.price[start + i] ?? 0, levels.size[start + i] ?? 0] as const)
}

const bodyOf = (columns: EventColumns, row: number): EventBody | undefined => {
  switch (columns.kind) {
    case "market": {
      const snapshot = columns.payload[row]
      return snapshot === undefined ? undefined : { kind: columns.kind, snapshot }
    }
    case "quote":
      return {
        kind: columns.kind,
        bestBid: known(columns.bestBid[row]),
        bestAsk: known(columns.bestAsk[row]),
        volume24h: known(columns.volume24h[row])
      }
    case "book":
      return { kind: columns.kind, bids: levelsOf(columns.bids, row), asks: levelsOf(columns.asks, row) }
    case "price_change": {
      const start = columns.changes.start[row] ?? 0
      return {
        kind: columns.kind,
        changes: levelsOf(columns.changes, row).map(([price, size], i) =>
          [columns.side[start + i] === 0 ? "bid" : "ask", price, size] as const
        )
      }
    }
    case "trade":
      return {
        kind: columns.kind,
        price: columns.price[row] ?? 0,
        size: columns.size[row] ?? 0,
        side: columns.side[row] === 0 ? "buy" : "sell"
      }
    case "news": {
      const document = columns.payload[row]
      return document === undefined ? undefined : { kind: columns.kind, document }
    }
    case "gap":
    case "gap_end": {
      const interruption = columns.payload[row]
      return interruption === undefined ? undefined : { kind: columns.kind, interruption }
    }
    case "market_closed":
      return { kind: columns.kind }
    case "resolution":
      return { kind: columns.kind, outcome: columns.outcome[row] ?? 0 }
  }
}

/** Row `row` as an event to be published; `undefined` past the end. The inverse of `columnsOf`, books normalised. */
export const eventOf = (market: MarketId, columns: EventColumns, row: number): MarketEvent | undefined => {
  const body = bodyOf(columns, row)
  return row >= columns.rows || body === undefined ? undefined : {
    market,
    source: columns.source[row],
    eventTime: Instant(columns.eventTime[row] ?? 0),
    body
  }
}
