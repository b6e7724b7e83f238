import type { EventColumns, FlatLevels } from "./EventColumns.js"

/** The same numbers in place where the slice begins with the first row; counted from 0 again where it does not. */
const sliceLevels = ({ price, size, start }: FlatLevels, from: number, to: number): FlatLevels => {
  const first = start[from] ?? 0
  const last = start[to] ?? first
  const own = start.subarray(from, to + 1)
  return {
    start: first === 0 ? own : own.map((item) => item - first),
    price: price.subarray(first, last),
    size: size.subarray(first, last)
  }
}

/** Rows `from` to `to`, exclusive, over the same memory. */
export const sliceRows = (columns: EventColumns, from: number, to: number): EventColumns => {
  const numbers = (values: Float64Array) => values.subarray(from, to)
  const rows = {
    rows: to - from,
    sequence: numbers(columns.sequence),
    availableAt: numbers(columns.availableAt),
    eventTime: numbers(columns.eventTime),
    source: columns.source.slice(from, to)
  }
  switch (columns.kind) {
    case "quote":
      return {
        ...rows,
        kind: columns.kind,
        bestBid: numbers(columns.bestBid),
        bestAsk: numbers(columns.bestAsk),
        volume24h: numbers(columns.volume24h)
      }
    case "book":
      return {
        ...rows,
        kind: columns.kind,
        bids: sliceLevels(columns.bids, from, to),
        asks: sliceLevels(columns.asks, from, to)
      }
    case "price_change": {
      const { start } = columns.changes
      return {
        ...rows,
        kind: columns.kind,
        changes: sliceLevels(columns.changes, from, to),
        side: columns.side.subarray(start[from], start[to])
      }
    }
    case "trade":
      return {
        ...rows,
        kind: columns.kind,
        price: numbers(columns.price),
        size: numbers(columns.size),
        side: numbers(columns.side)
      }
    case "market":
      return { ...rows, kind: columns.kind, payload: columns.payload.slice(from, to) }
    case "news":
      return { ...rows, kind: columns.kind, payload: columns.payload.slice(from, to) }
    case "gap":
    case "gap_end":
      return { ...rows, kind: columns.kind, payload: columns.payload.slice(from, to) }
    case "market_closed":
      return { ...rows, kind: columns.kind }
    case "resolution":
      return { ...rows, kind: columns.kind, outcome: numbers(columns.outcome) }
  }
}
