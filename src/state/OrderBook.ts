import type { FlatLevels } from "../domain/EventColumns.js"

/** One side of a book: worst price first, best price last, in integer millionths. */
export interface BookLevels {
  count: number
  price: Float64Array
  /** millionths of a share; without meaning in a quote */
  size: Float64Array
}

/** As many as the engine keeps within its own heap, where arrays are several times cheaper to make: enough for a quote. */
const initialLevels = 8

const emptyLevels = (): BookLevels => ({
  count: 0,
  price: new Float64Array(initialLevels),
  size: new Float64Array(initialLevels)
})

const ensure = (levels: BookLevels, capacity: number): void => {
  if (capacity <= levels.price.length) return
  const larger = (values: Float64Array) => {
    const copy = new Float64Array(Math.max(capacity, values.length * 2))
    copy.set(values)
    return copy
  }
  levels.price = larger(levels.price)
  levels.size = larger(levels.size)
}

/** Books are short: a loop copies them faster than `set` does through a view. */
const copy = (to: BookLevels, price: Float64Array, size: Float64Array, start: number, count: number): void => {
  const toPrice = to.price
  const toSize = to.size
  for (let i = 0; i < count; i++) {
    toPrice[i] = price[start + i] ?? 0
    toSize[i] = size[start + i] ?? 0
  }
  to.count = count
}

const replaceLevels = (levels: BookLevels, from: FlatLevels, row: number): void => {
  const start = from.start[row] ?? 0
  const count = (from.start[row + 1] ?? start) - start
  ensure(levels, count)
  copy(levels, from.price, from.size, start, count)
}

/** Sets the total size at one price; 0 deletes the level. `sign` is 1 where higher prices are better. */
const changeLevel = (levels: BookLevels, sign: number, price: number, size: number): void => {
  let at = levels.count
  while (at > 0 && sign * ((levels.price[at - 1] ?? 0) - price) > 0) at--
  const known = at > 0 && levels.price[at - 1] === price
  if (known && size > 0) {
    levels.size[at - 1] = size
  } else if (known) {
    levels.price.copyWithin(at - 1, at, levels.count)
    levels.size.copyWithin(at - 1, at, levels.count)
    levels.count--
  } else if (size > 0) {
    ensure(levels, levels.count + 1)
    levels.price.copyWithin(at + 1, at, levels.count)
    levels.size.copyWithin(at + 1, at, levels.count)
    levels.price[at] = price
    levels.size[at] = size
    levels.count++
  }
}

const copyLevels = (to: BookLevels, from: BookLevels): void => {
  ensure(to, from.count)
  copy(to, from.price, from.size, 0, from.count)
}

const quoteSide = (levels: BookLevels, price: number): void => {
  levels.count = Number.isNaN(price) ? 0 : 1
  levels.price[0] = price
  levels.size[0] = NaN
}

/** What is known of the offers: nothing, the best prices alone, or a book with its depth. */
export type BookForm = "unknown" | "quote" | "book"

/** The offers of a market. A quote replaces a book and a book a quote, whichever arrived last. */
export class OrderBook {
  form: BookForm = "unknown"
  readonly bids = emptyLevels()
  readonly asks = emptyLevels()

  /** Best bid in millionths; NaN where there is none. */
  bestBid(): number {
    return this.bids.count > 0 ? this.bids.price[this.bids.count - 1] ?? NaN : NaN
  }

  /** Best ask in millionths; NaN where there is none. */
  bestAsk(): number {
    return this.asks.count > 0 ? this.asks.price[this.asks.count - 1] ?? NaN : NaN
  }

  /** The best prices alone, in millionths; NaN is a missing side. */
  quote(bestBid: number, bestAsk: number): void {
    this.form = "quote"
    quoteSide(this.bids, bestBid)
    quoteSide(this.asks, bestAsk)
  }

  /** Full replacement by row `row` of normalised levels. */
  replace(bids: FlatLevels, asks: FlatLevels, row: number): void {
    this.form = "book"
    replaceLevels(this.bids, bids, row)
    replaceLevels(this.asks, asks, row)
  }

  /** The new total size at a price, in millionths; applies to a known book only. */
  change(isBid: boolean, price: number, size: number): void {
    if (this.form !== "book") return
    if (isBid) changeLevel(this.bids, 1, price, size)
    else changeLevel(this.asks, -1, price, size)
  }

  copyFrom(other: OrderBook): void {
    this.form = other.form
    copyLevels(this.bids, other.bids)
    copyLevels(this.asks, other.asks)
  }
}
