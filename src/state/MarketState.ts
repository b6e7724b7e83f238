import type { MarketSnapshot } from "../domain/Event.js"
import { inputs } from "./inputs.js"
import { NewsWindow } from "./NewsWindow.js"
import { OrderBook } from "./OrderBook.js"
import { PriceSeries } from "./PriceSeries.js"

/**
 * Everything that is known of one market as of some position in the log: plain mutable data, changed by the reducer in
 * `reduce.ts` and by nothing else. Live serving and replay hold the same state and move it by the same reducer.
 */
export class MarketState {
  /** whether any event of the market is known */
  known = false
  /** closed or resolved: for ever */
  closed = false
  /** from a gap of the market until its next full book or quote */
  inGap = false
  snapshot: MarketSnapshot | undefined = undefined
  /** USD over 24 hours, by the newest snapshot or a later quote; NaN where not reported */
  volume24h = NaN
  readonly book = new OrderBook()
  /** price of the last trade in millionths; NaN before the first */
  lastTrade = NaN
  readonly prices = new PriceSeries()
  readonly news = new NewsWindow()
  /** news sources that are down */
  sourcesDown: ReadonlySet<string> = new Set()
  /** the highest log position seen; 0 before the first */
  sequence = 0
  /** by input: when its newest event became known, an instant; NaN before the first */
  readonly newestAt = new Float64Array(inputs.length).fill(NaN)
  /** by input: the log position of its newest event; 0 before the first */
  readonly newestSequence = new Float64Array(inputs.length)
}

/** Lets go of prices and news that no window reaching back to `horizon` can ask for. */
export const trim = ({ news, prices }: MarketState, horizon: number): void => {
  prices.trim(horizon)
  news.trim(horizon)
}

/** A copy of a state from which a replay can go on. Series and documents are shared: their past does not change. */
export interface Checkpoint {
  readonly known: boolean
  readonly closed: boolean
  readonly inGap: boolean
  readonly snapshot: MarketSnapshot | undefined
  readonly volume24h: number
  readonly book: OrderBook
  readonly lastTrade: number
  readonly points: number
  readonly origin: number
  readonly documents: number
  readonly sourcesDown: ReadonlySet<string>
  readonly sequence: number
  readonly newestAt: ReadonlyArray<number>
  readonly newestSequence: ReadonlyArray<number>
}

/** A checkpoint's copy: a list lies within the engine's own heap and costs a fraction of a typed array this small. */
const listOf = (values: Float64Array): ReadonlyArray<number> => {
  const list: Array<number> = []
  for (let i = 0; i < values.length; i++) list.push(values[i] ?? NaN)
  return list
}

/** Taken between two instants, never between two events of one instant. */
export const checkpoint = (state: MarketState): Checkpoint => {
  const book = new OrderBook()
  book.copyFrom(state.book)
  return {
    known: state.known,
    closed: state.closed,
    inGap: state.inGap,
    snapshot: state.snapshot,
    volume24h: state.volume24h,
    book,
    lastTrade: state.lastTrade,
    points: state.prices.length,
    origin: state.prices.origin,
    documents: state.news.length,
    sourcesDown: state.sourcesDown,
    sequence: state.sequence,
    newestAt: listOf(state.newestAt),
    newestSequence: listOf(state.newestSequence)
  }
}

/** Moves `state` to a checkpoint of its own past or future; only for states whose series are never trimmed. */
export const restore = (state: MarketState, from: Checkpoint): void => {
  state.known = from.known
  state.closed = from.closed
  state.inGap = from.inGap
  state.snapshot = from.snapshot
  state.volume24h = from.volume24h
  state.book.copyFrom(from.book)
  state.lastTrade = from.lastTrade
  state.prices.length = from.points
  state.prices.origin = from.origin
  state.news.length = from.documents
  state.sourcesDown = from.sourcesDown
  state.sequence = from.sequence
  state.newestAt.set(from.newestAt)
  state.newestSequence.set(from.newestSequence)
}
