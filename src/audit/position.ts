import type { EventColumns } from "../domain/EventColumns.js"
import { Instant } from "../domain/Instant.js"
import { sliceRows } from "../domain/sliceRows.js"
import type { EventPlace } from "./difference.js"

/** A place in the log's order: behind every event with (availableAt, sequence) up to it, inclusive. */
export interface Position {
  readonly at: number
  readonly sequence: number
}

/** Before the first event. */
export const beginning: Position = { at: -Infinity, sequence: 0 }

/** Behind the last event. */
export const end: Position = { at: Infinity, sequence: Infinity }

/** Behind everything known at an instant, inclusive. */
export const asOf = (at: number): Position => ({ at, sequence: Infinity })

/** How many of the rows stand up to a position. */
const rowsUpTo = ({ availableAt, rows, sequence }: EventColumns, to: Position): number => {
  let low = 0
  let high = rows
  while (low < high) {
    const middle = (low + high) >>> 1
    const at = availableAt[middle] ?? Infinity
    if (at < to.at || (at === to.at && (sequence[middle] ?? Infinity) <= to.sequence)) low = middle + 1
    else high = middle
  }
  return low
}

/** The events behind one position up to another, over the same memory. */
export const between = (
  columns: ReadonlyArray<EventColumns>,
  after: Position,
  upTo: Position
): ReadonlyArray<EventColumns> =>
  columns.map((own) => {
    const from = rowsUpTo(own, after)
    return sliceRows(own, from, Math.max(from, rowsUpTo(own, upTo)))
  })

/** All events as places, in the log's order. */
export const placesOf = (columns: ReadonlyArray<EventColumns>): ReadonlyArray<EventPlace> =>
  columns.flatMap(({ availableAt, kind, sequence }) =>
    Array.from(sequence, (own, row): EventPlace => ({
      sequence: own,
      kind,
      available_at: Instant(availableAt[row] ?? 0)
    }))
  ).sort((a, b) => a.available_at - b.available_at || a.sequence - b.sequence)

/** The instants at which anything became known, each once, ascending. */
export const instantsIn = (columns: ReadonlyArray<EventColumns>): Float64Array => {
  const all = new Float64Array(columns.reduce((sum, { rows }) => sum + rows, 0))
  let from = 0
  for (const { availableAt } of columns) {
    all.set(availableAt, from)
    from += availableAt.length
  }
  all.sort()
  return all.filter((at, index) => index === 0 || at !== all[index - 1])
}

/** How many of ascending instants are known at `at`, inclusive. */
export const instantsUpTo = (instants: Float64Array, at: number): number => {
  let low = 0
  let high = instants.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((instants[middle] ?? Infinity) <= at) low = middle + 1
    else high = middle
  }
  return low
}
