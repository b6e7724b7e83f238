import type { MarketId } from "../domain/MarketId.js"
import { selectRows } from "../domain/mergeColumns.js"
import type { Appended, MarketColumns, MixedColumns } from "./EventLog.js"

/** Which rows are each one's of a column of names or numbers, in their order. */
const rowsBy = <A>(column: ArrayLike<A>): ReadonlyMap<A, ReadonlyArray<number>> => {
  const rows = new Map<A, Array<number>>()
  for (let row = 0; row < column.length; row++) {
    const one = column[row]
    if (one === undefined) continue
    const own = rows.get(one)
    if (own === undefined) rows.set(one, [row])
    else own.push(row)
  }
  return rows
}

const marketsOf = ({ columns, market }: MixedColumns): ReadonlyArray<MarketColumns> =>
  [...rowsBy<MarketId>(market)].map(([own, rows]) => ({ market: own, columns: selectRows(columns, rows) }))

/** What an append has done; its events are laid out market by market only where somebody asks for that. */
export const appendedOf = (done: Omit<Appended, "columns">): Appended => {
  let columns: ReadonlyArray<MarketColumns> | undefined
  return {
    ...done,
    get columns() {
      return columns ??= done.kinds.flatMap(marketsOf)
    }
  }
}
