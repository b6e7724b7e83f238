import type { RawLevels } from "../../domain/Event.js"
import type { FlatLevels } from "../../domain/EventColumns.js"
import type { BookLevels, OrderBook } from "../../state/OrderBook.js"
import type { YesBook, YesChange } from "./fold.js"

const flat = (levels: RawLevels): FlatLevels => ({
  start: Float64Array.of(0, levels.length),
  price: Float64Array.from(levels, ([price]) => price),
  size: Float64Array.from(levels, ([, size]) => size)
})

export const replaceBook = (book: OrderBook, { asks, bids }: YesBook): void => book.replace(flat(bids), flat(asks), 0)

export const changeBook = (book: OrderBook, changes: ReadonlyArray<YesChange>): void => {
  for (const [side, price, size] of changes) book.change(side === "bid", price, size)
}

const isSame = ({ count, price, size }: BookLevels, levels: RawLevels): boolean =>
  count === levels.length && levels.every((level, i) => price[i] === level[0] && size[i] === level[1])

/** Whether a book holds these levels, which are normalised, and no others. */
export const isSameBook = ({ asks, bids }: OrderBook, other: YesBook): boolean =>
  isSame(bids, other.bids) && isSame(asks, other.asks)

const sizeAt = (levels: BookLevels, price: number): number => {
  for (let i = 0; i < levels.count; i++) if (levels.price[i] === price) return levels.size[i] ?? 0
  return 0
}

/** Whether a book holds all that these changes say already. */
export const isChanged = ({ asks, bids }: OrderBook, changes: ReadonlyArray<YesChange>): boolean =>
  changes.every(([side, price, size]) => sizeAt(side === "bid" ? bids : asks, price) === size)

/** The venue writes 0 and 1, at which nobody can offer, for the best price of an empty side. */
const agrees = (ours: number, said: number): boolean =>
  Number.isNaN(said) || ours === said || (Number.isNaN(ours) && (said === 0 || said === 1_000_000))

/** Whether these are the best prices of a book; NaN where not said. */
export const hasBest = (book: OrderBook, bid: number, ask: number): boolean =>
  agrees(book.bestBid(), bid) && agrees(book.bestAsk(), ask)
