import type { EventColumns } from "../../domain/EventColumns.js"
import { selectRows } from "../../domain/mergeColumns.js"
import type { LogRange } from "../EventLog.js"

/** A range of the log as numbers that a database can compare with. */
export interface Bounds {
  readonly after: number
  readonly from: number
  readonly to: number
}

export const boundsOf = ({ after, from, to }: LogRange): Bounds => ({
  after: after ?? 0,
  from: from ?? 0,
  to: to ?? Number.MAX_SAFE_INTEGER
})

/** The rows within bounds, as known at the watermark. */
export const within = (columns: EventColumns, { after, from, to }: Bounds, watermark: number): EventColumns => {
  const outside = (row: number) => {
    const at = columns.availableAt[row] ?? 0
    const sequence = columns.sequence[row] ?? 0
    return at < from || at > to || sequence <= after || sequence > watermark
  }
  let first = 0
  while (first < columns.rows && !outside(first)) first++
  if (first === columns.rows) return columns
  return selectRows(columns, Array.from({ length: columns.rows }, (_, row) => row).filter((row) => !outside(row)))
}
