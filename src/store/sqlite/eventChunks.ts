import type { Effect } from "effect"
import { Schema } from "effect"
import { eventKinds } from "../../domain/Event.js"
import type { EventColumns } from "../../domain/EventColumns.js"
import { selectRows } from "../../domain/mergeColumns.js"
import { sliceRows } from "../../domain/sliceRows.js"
import { decodeEvents, encodeEvents } from "../codec/events.js"
import type { StorageFailure } from "../StorageFailure.js"
import { chunkRows } from "./PendingChunks.js"
import { Bytes, decoded } from "./rows.js"

export const ChunkRow = Schema.Struct({ id: Schema.Int, kind: Schema.Int, data: Bytes })
type ChunkRow = typeof ChunkRow.Type

export const decodeChunk = ({ data, id, kind }: ChunkRow): Effect.Effect<EventColumns, StorageFailure> => {
  const name = eventKinds[kind]
  const columns = name === undefined ? `its kind ${kind} is unknown` : decodeEvents(name, data)
  return decoded(columns, `read event chunk ${id}`)
}

/** A chunk as the table holds it. */
export const chunkRow = (market: number, columns: EventColumns) => ({
  market,
  kind: eventKinds.indexOf(columns.kind),
  row_count: columns.rows,
  first_sequence: columns.sequence.reduce((least, value) => Math.min(least, value), Infinity),
  last_sequence: columns.sequence.reduce((most, value) => Math.max(most, value), 0),
  first_available_at: columns.availableAt[0] ?? 0,
  last_available_at: columns.availableAt[columns.rows - 1] ?? 0,
  data: encodeEvents(columns)
})

/** Columns cut into full chunks and a rest. */
export const splitRows = (columns: EventColumns): ReadonlyArray<EventColumns> =>
  Array.from({ length: Math.ceil(columns.rows / chunkRows) }, (_, chunk) => {
    const from = chunk * chunkRows
    return sliceRows(columns, from, Math.min(from + chunkRows, columns.rows))
  })

/** Without rows that repeat the one before, as a reader amid a transaction of its own may meet them. */
export const distinctRows = (columns: EventColumns): EventColumns => {
  const { sequence } = columns
  const repeats = (row: number) => row > 0 && sequence[row] === sequence[row - 1]
  let distinct = true
  for (let row = 1; row < columns.rows && distinct; row++) distinct = !repeats(row)
  return distinct ? columns : selectRows(columns, rowsWhere(columns, (row) => !repeats(row)))
}

const rowsWhere = (columns: EventColumns, isWanted: (row: number) => boolean): ReadonlyArray<number> =>
  Array.from({ length: columns.rows }, (_, row) => row).filter(isWanted)
