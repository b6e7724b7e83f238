import type { BookSide, EventBody, EventKind, NewsDocument, RawLevels } from "./Event.js"
import type { EventColumns, FlatLevels, PriceChangeColumns } from "./EventColumns.js"
import { Growable } from "./Growable.js"
import { normaliseLevels } from "./levels.js"

/** An event that has its place in the log: known since `availableAt`, the `sequence`-th to be appended. */
export interface PlacedEvent {
  readonly sequence: number
  readonly availableAt: number
  readonly eventTime: number
  readonly source: string | undefined
  readonly body: AppendedBody
}

/** What is appended: as observed, except that a document has been scored. */
export type AppendedBody =
  | Exclude<EventBody, { readonly kind: "news" }>
  | { readonly kind: "news"; readonly document: NewsDocument }

type BodyOf<Kind extends EventKind> = Extract<AppendedBody, { readonly kind: Kind }>

const sideCode = (side: BookSide): number => side === "bid" ? 0 : 1

const flatten = (lists: ReadonlyArray<RawLevels>): FlatLevels => {
  const start = new Float64Array(lists.length + 1)
  const price = new Growable()
  const size = new Growable()
  lists.forEach((levels, row) => {
    for (const level of levels) {
      price.push(level[0])
      size.push(level[1])
    }
    start[row + 1] = price.length
  })
  return { start, price: price.toArray(), size: size.toArray() }
}

type Changes = BodyOf<"price_change">["changes"]

const flattenChanges = (lists: ReadonlyArray<Changes>): Pick<PriceChangeColumns, "changes" | "side"> => {
  const items = lists.reduce((sum, changes) => sum + changes.length, 0)
  const start = new Float64Array(lists.length + 1)
  const [price, size, side] = [new Float64Array(items), new Float64Array(items), new Float64Array(items)]
  let item = 0
  lists.forEach((changes, row) => {
    for (const change of changes) {
      side[item] = sideCode(change[0])
      price[item] = change[1]
      size[item++] = change[2]
    }
    start[row + 1] = item
  })
  return { changes: { start, price, size }, side }
}

const column = <A>(rows: ReadonlyArray<A>, value: (row: A) => number): Float64Array => {
  const numbers = new Float64Array(rows.length)
  rows.forEach((row, i) => {
    numbers[i] = value(row)
  })
  return numbers
}

const isKind = <Kind extends EventKind>(kind: Kind) => (body: AppendedBody): body is BodyOf<Kind> => body.kind === kind

/**
 * Lays events of one kind out as columns. The events are of that kind and sorted by (availableAt, sequence); books are
 * normalised here, so that every stored book is.
 */
export const columnsOf = (kind: EventKind, events: ReadonlyArray<PlacedEvent>): EventColumns => {
  const rows = {
    rows: events.length,
    sequence: column(events, (event) => event.sequence),
    availableAt: column(events, (event) => event.availableAt),
    eventTime: column(events, (event) => event.eventTime),
    source: events.map((event) => event.source)
  }
  const bodies = <Kind extends EventKind>(of: Kind) => events.map((event) => event.body).filter(isKind(of))
  switch (kind) {
    case "market":
      return { kind, ...rows, payload: bodies(kind).map((body) => body.snapshot) }
    case "quote": {
      const quotes = bodies(kind)
      return {
        kind,
        ...rows,
        bestBid: column(quotes, (body) => body.bestBid ?? NaN),
        bestAsk: column(quotes, (body) => body.bestAsk ?? NaN),
        volume24h: column(quotes, (body) => body.volume24h ?? NaN)
      }
    }
    case "book": {
      const books = bodies(kind)
      return {
        kind,
        ...rows,
        bids: flatten(books.map((body) => normaliseLevels(body.bids, "bid"))),
        asks: flatten(books.map((body) => normaliseLevels(body.asks, "ask")))
      }
    }
    case "price_change":
      return { kind, ...rows, ...flattenChanges(bodies(kind).map((body) => body.changes)) }
    case "trade": {
      const trades = bodies(kind)
      return {
        kind,
        ...rows,
        price: column(trades, (body) => body.price),
        size: column(trades, (body) => body.size),
        side: column(trades, (body) => body.side === "buy" ? 0 : 1)
      }
    }
    case "news":
      return { kind, ...rows, payload: bodies(kind).map((body) => body.document) }
    case "gap":
    case "gap_end":
      return { kind, ...rows, payload: bodies(kind).map((body) => body.interruption) }
    case "market_closed":
      return { kind, ...rows }
    case "resolution":
      return { kind, ...rows, outcome: column(bodies(kind), (body) => body.outcome) }
  }
}
