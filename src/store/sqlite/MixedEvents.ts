import type { EventColumns } from "../../domain/EventColumns.js"
import { concatColumns, concatNumbers, logOrder, selectRows } from "../../domain/mergeColumns.js"
import { sliceRows } from "../../domain/sliceRows.js"
import { tabulate } from "../../domain/tabulate.js"

interface Range {
  from: number
  to: number
}

interface Grouped {
  /** market by market, each in the log's order */
  readonly columns: EventColumns
  /** where each market's rows are, the last one exclusive */
  readonly ranges: ReadonlyMap<number, Range>
}

/** Sorts rows by market, those of a market staying in their order, by counting them. */
const group = (market: Float64Array, columns: EventColumns): Grouped => {
  const ranges = new Map<number, Range>()
  for (let row = 0; row < market.length; row++) {
    const own = market[row] ?? NaN
    const range = ranges.get(own)
    if (range === undefined) ranges.set(own, { from: 0, to: 1 })
    else range.to++
  }
  let next = 0
  for (const range of ranges.values()) {
    const rows = range.to
    range.from = range.to = next
    next += rows
  }
  const order = new Uint32Array(market.length)
  for (let row = 0; row < market.length; row++) {
    const range = ranges.get(market[row] ?? NaN)
    if (range !== undefined) order[range.to++] = row
  }
  return { columns: selectRows(columns, order), ranges }
}

/** Events of one kind and many markets, in the log's order. */
export class MixedEvents {
  #grouped: Grouped | undefined

  constructor(
    /** market numbers by row */
    readonly market: Float64Array,
    readonly columns: EventColumns
  ) {}

  #byMarket(): Grouped {
    return this.#grouped ??= group(this.market, this.columns)
  }

  /** The numbers of the markets that have events here. */
  markets(): Iterable<number> {
    return this.#byMarket().ranges.keys()
  }

  /** The events of a market; `undefined` where it has none. */
  of(market: number): EventColumns | undefined {
    const { columns, ranges } = this.#byMarket()
    const range = ranges.get(market)
    return range === undefined ? undefined : sliceRows(columns, range.from, range.to)
  }
}

/** Events of one kind, put together in the log's order. */
export const joinEvents = (parts: readonly [MixedEvents, ...Array<MixedEvents>]): MixedEvents => {
  const [first, ...others] = parts
  if (others.length === 0) return first
  const columns = concatColumns([first.columns, ...others.map((part) => part.columns)])
  const market = concatNumbers(parts.map((part) => part.market))
  const order = logOrder(columns)
  return order === undefined
    ? new MixedEvents(market, columns)
    : new MixedEvents(tabulate(order.length, (row) => market[order[row] ?? 0] ?? NaN), selectRows(columns, order))
}
