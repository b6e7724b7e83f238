import type { EventColumns, FlatLevels } from "./EventColumns.js"

/** Columns one behind the other. */
export const concatNumbers = (parts: ReadonlyArray<Float64Array>): Float64Array => {
  const all = new Float64Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** One by one: `concat` and spreading leave an array behind that is many times slower to read. */
const concatItems = <A>(parts: ReadonlyArray<ReadonlyArray<A>>): ReadonlyArray<A> => {
  const all: Array<A> = []
  for (const part of parts) for (const item of part) all.push(item)
  return all
}

const concatLevels = (parts: ReadonlyArray<FlatLevels>): FlatLevels => {
  const start = new Float64Array(parts.reduce((rows, part) => rows + part.start.length - 1, 1))
  let row = 1
  let items = 0
  for (const part of parts) {
    for (let i = 1; i < part.start.length; i++) start[row++] = items + (part.start[i] ?? 0)
    items += part.price.length
  }
  return {
    start,
    price: concatNumbers(parts.map((part) => part.price)),
    size: concatNumbers(parts.map((part) => part.size))
  }
}

const numbersAt = (values: Float64Array, order: Uint32Array): Float64Array => {
  const picked = new Float64Array(order.length)
  for (let i = 0; i < order.length; i++) picked[i] = values[order[i] ?? 0] ?? NaN
  return picked
}

const itemsAt = <A>(values: ReadonlyArray<A>, order: Uint32Array): ReadonlyArray<A> => {
  const picked: Array<A> = []
  for (const row of order) for (const item of values.slice(row, row + 1)) picked.push(item)
  return picked
}

const sourcesAt = (values: EventColumns["source"], order: Uint32Array): EventColumns["source"] => {
  const picked: Array<string | undefined> = []
  for (let i = 0; i < order.length; i++) picked.push(values[order[i] ?? 0])
  return picked
}

/** How the list items of the rows in `order` begin once they stand in that order. */
const startsAt = (start: Float64Array, order: Uint32Array): Float64Array => {
  const starts = new Float64Array(order.length + 1)
  let next = 0
  for (let i = 0; i < order.length; i++) {
    const row = order[i] ?? 0
    next += (start[row + 1] ?? 0) - (start[row] ?? 0)
    starts[i + 1] = next
  }
  return starts
}

/** Where the list items of the rows in `order` stand in the flat columns, `items` of them. */
const flatOrder = (start: Float64Array, order: Uint32Array, items: number): Uint32Array => {
  const flat = new Uint32Array(items)
  let next = 0
  for (let i = 0; i < order.length; i++) {
    const row = order[i] ?? 0
    const end = start[row + 1] ?? 0
    for (let item = start[row] ?? end; item < end; item++) flat[next++] = item
  }
  return flat
}

const levelsAt = ({ price, size, start }: FlatLevels, order: Uint32Array) => {
  const starts = startsAt(start, order)
  const items = flatOrder(start, order, starts[order.length] ?? 0)
  return { items, levels: { start: starts, price: numbersAt(price, items), size: numbersAt(size, items) } }
}

/** The rows of `columns` of these numbers, in their order. */
export const selectRows = (columns: EventColumns, rowNumbers: ArrayLike<number>): EventColumns => {
  const order = rowNumbers instanceof Uint32Array ? rowNumbers : Uint32Array.from(rowNumbers)
  const rows = {
    rows: order.length,
    sequence: numbersAt(columns.sequence, order),
    availableAt: numbersAt(columns.availableAt, order),
    eventTime: numbersAt(columns.eventTime, order),
    source: sourcesAt(columns.source, order)
  }
  switch (columns.kind) {
    case "quote":
      return {
        ...rows,
        kind: columns.kind,
        bestBid: numbersAt(columns.bestBid, order),
        bestAsk: numbersAt(columns.bestAsk, order),
        volume24h: numbersAt(columns.volume24h, order)
      }
    case "book":
      return {
        ...rows,
        kind: columns.kind,
        bids: levelsAt(columns.bids, order).levels,
        asks: levelsAt(columns.asks, order).levels
      }
    case "price_change": {
      const { items, levels } = levelsAt(columns.changes, order)
      return { ...rows, kind: columns.kind, changes: levels, side: numbersAt(columns.side, items) }
    }
    case "trade":
      return {
        ...rows,
        kind: columns.kind,
        price: numbersAt(columns.price, order),
        size: numbersAt(columns.size, order),
        side: numbersAt(columns.side, order)
      }
    case "market":
      return { ...rows, kind: columns.kind, payload: itemsAt(columns.payload, order) }
    case "news":
      return { ...rows, kind: columns.kind, payload: itemsAt(columns.payload, order) }
    case "gap":
    case "gap_end":
      return { ...rows, kind: columns.kind, payload: itemsAt(columns.payload, order) }
    case "market_closed":
      return { ...rows, kind: columns.kind }
    case "resolution":
      return { ...rows, kind: columns.kind, outcome: numbersAt(columns.outcome, order) }
  }
}

/** The rows up to a log position; the columns themselves where all are. */
export const rowsUpTo = (columns: EventColumns, position: number): EventColumns => {
  let isWhole = true
  for (let row = 0; row < columns.rows && isWhole; row++) isWhole = (columns.sequence[row] ?? 0) <= position
  if (isWhole) return columns
  const rows = Array.from({ length: columns.rows }, (_, row) => row)
  return selectRows(columns, rows.filter((row) => (columns.sequence[row] ?? 0) <= position))
}

type Of<Kind extends EventColumns["kind"]> = Extract<EventColumns, { readonly kind: Kind }>

const isKind = <Kind extends EventColumns["kind"]>(kind: Kind) => (columns: EventColumns): columns is Of<Kind> =>
  columns.kind === kind

/** Parts of one kind, one behind the other. */
export const concatColumns = (all: readonly [EventColumns, ...Array<EventColumns>]): EventColumns => {
  const [first] = all
  if (all.length === 1) return first
  const of = <Kind extends EventColumns["kind"]>(kind: Kind) => all.filter(isKind(kind))
  const numbers = <A>(parts: ReadonlyArray<A>, column: (part: A) => Float64Array) => concatNumbers(parts.map(column))
  const levels = <A>(parts: ReadonlyArray<A>, column: (part: A) => FlatLevels) => concatLevels(parts.map(column))
  const rows = {
    rows: all.reduce((sum, part) => sum + part.rows, 0),
    sequence: numbers(all, (part) => part.sequence),
    availableAt: numbers(all, (part) => part.availableAt),
    eventTime: numbers(all, (part) => part.eventTime),
    source: concatItems(all.map((part) => part.source))
  }
  switch (first.kind) {
    case "quote": {
      const parts = of(first.kind)
      return {
        ...rows,
        kind: first.kind,
        bestBid: numbers(parts, (part) => part.bestBid),
        bestAsk: numbers(parts, (part) => part.bestAsk),
        volume24h: numbers(parts, (part) => part.volume24h)
      }
    }
    case "book": {
      const parts = of(first.kind)
      return {
        ...rows,
        kind: first.kind,
        bids: levels(parts, (part) => part.bids),
        asks: levels(parts, (part) => part.asks)
      }
    }
    case "price_change": {
      const parts = of(first.kind)
      return {
        ...rows,
        kind: first.kind,
        changes: levels(parts, (part) => part.changes),
        side: numbers(parts, (part) => part.side)
      }
    }
    case "trade": {
      const parts = of(first.kind)
      return {
        ...rows,
        kind: first.kind,
        price: numbers(parts, (part) => part.price),
        size: numbers(parts, (part) => part.size),
        side: numbers(parts, (part) => part.side)
      }
    }
    case "market":
      return { ...rows, kind: first.kind, payload: of(first.kind).flatMap((part) => part.payload) }
    case "news":
      return { ...rows, kind: first.kind, payload: of(first.kind).flatMap((part) => part.payload) }
    case "gap":
    case "gap_end":
      return { ...rows, kind: first.kind, payload: of(first.kind).flatMap((part) => part.payload) }
    case "market_closed":
      return { ...rows, kind: first.kind }
    case "resolution":
      return { ...rows, kind: first.kind, outcome: numbers(of(first.kind), (part) => part.outcome) }
  }
}

/** Whether row `a` of `columns` comes before row `b` in the log's order: by (availableAt, sequence). */
const before = ({ availableAt, sequence }: EventColumns, a: number, b: number): boolean => {
  const [first = 0, second = 0] = [availableAt[a], availableAt[b]]
  return first === second ? (sequence[a] ?? 0) < (sequence[b] ?? 0) : first < second
}

/** The rows in the log's order; `undefined` where they are in that order already. */
export const logOrder = (columns: EventColumns): ReadonlyArray<number> | undefined => {
  let sorted = true
  for (let row = 1; row < columns.rows && sorted; row++) sorted = before(columns, row - 1, row)
  if (sorted) return undefined
  return Array.from({ length: columns.rows }, (_, row) => row).sort((a, b) => before(columns, a, b) ? -1 : 1)
}

/** The same rows sorted by (availableAt, sequence); the columns themselves where they are in that order already. */
export const sortRows = (columns: EventColumns): EventColumns => {
  const order = logOrder(columns)
  return order === undefined ? columns : selectRows(columns, order)
}

/** One set of columns, in the log's order, from parts of one kind that may interleave in any way. */
export const mergeColumns = (parts: readonly [EventColumns, ...Array<EventColumns>]): EventColumns =>
  sortRows(concatColumns(parts))
