import type { EventColumns } from "../domain/EventColumns.js"
import { currentPrice } from "../state/currentPrice.js"
import { MarketState } from "../state/MarketState.js"
import { reduce } from "../state/reduce.js"

interface Place {
  readonly columns: EventColumns
  readonly row: number
  readonly at: number
  readonly sequence: number
}

/** All events known at `cut`, inclusive, in the log's order. */
const placesUpTo = (columns: ReadonlyArray<EventColumns>, cut: number): ReadonlyArray<Place> =>
  columns.flatMap((one) => {
    const places: Array<Place> = []
    for (let row = 0; row < one.rows && (one.availableAt[row] ?? Infinity) <= cut; row++) {
      places.push({ columns: one, row, at: one.availableAt[row] ?? NaN, sequence: one.sequence[row] ?? NaN })
    }
    return places
  }).sort((a, b) => a.at - b.at || a.sequence - b.sequence)

const isOfSource = ({ columns, row }: Place): boolean =>
  (columns.kind === "gap" || columns.kind === "gap_end") && columns.payload[row]?.scope === "source"

/** What the book, the last trade and the price series are made of. */
const movesPrices = (place: Place): boolean => {
  switch (place.columns.kind) {
    case "quote":
    case "book":
    case "price_change":
    case "trade":
      return true
    case "gap":
    case "gap_end":
      return !isOfSource(place)
    case "market":
    case "news":
    case "market_closed":
    case "resolution":
      return false
  }
}

/**
 * Which events of a market, of those known at `cut`, inclusive, answers need whose windows reach back to `cut` and no
 * further; by their sequences. `columns` are all events of the market, sorted by (availableAt, sequence).
 *
 * - of every input its newest event, for ages, and the newest of all by sequence, for the log position
 * - closings and resolutions; of each source of news whether it is down
 * - of what prices are made of, all from the event on that put the book in place which the price in force at `cut` was
 *   read from, and the last trade before it. From there on a replay has the same book, and so the same price; what the
 *   series holds before is out of every window's reach. Where there never was a price, all of it: none must come up.
 */
export const neededAt = (columns: ReadonlyArray<EventColumns>, cut: number): ReadonlySet<number> => {
  const places = placesUpTo(columns, cut)
  const state = new MarketState()
  const sources = new Map<string, number>()
  const needed = new Set<number>()
  /** the last event that put a book or a quote in place, and that one of the last price; -1 where there is none */
  let [base, first] = [-1, -1]
  places.forEach((place, index) => {
    const { columns: own, row, sequence } = place
    reduce(state, own, row)
    if (own.kind === "quote" || own.kind === "book") base = index
    if (own.kind === "market_closed" || own.kind === "resolution") needed.add(sequence)
    if (isOfSource(place)) sources.set(own.source[row] ?? "", sequence)
    if (movesPrices(place) && !Number.isNaN(currentPrice(state))) first = base === -1 ? index : base
  })
  for (const sequence of sources.values()) needed.add(sequence)
  for (const sequence of state.newestSequence) needed.add(sequence)
  needed.add(state.sequence)
  const tradeBefore = places.slice(0, Math.max(0, first)).findLast(({ columns: own }) => own.kind === "trade")
  if (tradeBefore !== undefined) needed.add(tradeBefore.sequence)
  for (const place of places.slice(Math.max(0, first))) if (movesPrices(place)) needed.add(place.sequence)
  return needed
}
