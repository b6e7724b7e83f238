import { inputs } from "../../src/state/inputs.js"
import type { MarketState } from "../../src/state/MarketState.js"
import type { BookLevels } from "../../src/state/OrderBook.js"
import { makeRegisters, type PriceSeries } from "../../src/state/PriceSeries.js"

const levelsOf = ({ count, price, size }: BookLevels) => Array.from({ length: count }, (_, i) => [price[i], size[i]])

const pointsOf = ({ length, price, start, time }: PriceSeries) =>
  Array.from({ length: length - start }, (_, i) => [time[start + i], price[start + i]])

/** What a state says, as plain data: whatever a feature may read of it, but for the sums of its prices. */
export const contentsOf = (state: MarketState) => ({
  known: state.known,
  closed: state.closed,
  inGap: state.inGap,
  snapshot: state.snapshot,
  volume24h: state.volume24h,
  form: state.book.form,
  bids: levelsOf(state.book.bids),
  asks: levelsOf(state.book.asks),
  lastTrade: state.lastTrade,
  points: pointsOf(state.prices),
  documents: Array.from(
    { length: state.news.length - state.news.start },
    (_, i) => state.news.at(state.news.start + i)
  ),
  sourcesDown: [...state.sourcesDown].sort(),
  sequence: state.sequence,
  newestAt: Object.fromEntries(inputs.map((input, slot) => [input, state.newestAt[slot]])),
  newestSequence: Object.fromEntries(inputs.map((input, slot) => [input, state.newestSequence[slot]]))
})

export type Contents = ReturnType<typeof contentsOf>

/** The sums of a series over the windows from each of its points to an hour after its newest. */
export const sumsOf = (series: PriceSeries): ReadonlyArray<ReadonlyArray<number>> => {
  const at = (series.time[series.length - 1] ?? NaN) + 3_600_000
  return Array.from({ length: series.length - series.start }, (_, i) => {
    const registers = makeRegisters()
    series.windowOf(series.time[series.start + i] ?? NaN, at, series.start + i, registers)
    return [...registers]
  })
}
