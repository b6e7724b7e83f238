import { Effect } from "effect"
import { Instant } from "../domain/Instant.js"
import { Reason } from "../features/Reason.js"
import type { FeatureRepository, GroupKey, MaterialisedChunk } from "./FeatureRepository.js"
import { marketOrder, type SpineColumns } from "./spineColumns.js"

/** Stored answers in force at each row of a spine, in its order. */
export interface JoinedColumns {
  /** when the answer in force was computed; NaN where there is none */
  readonly computedAt: Float64Array
  /** by feature: NaN where unknown */
  readonly values: ReadonlyArray<Float64Array>
  /** by feature: 0 where known, else the code of the reason; `no_data` where no answer is in force */
  readonly reasons: ReadonlyArray<Uint8Array>
}

/** Where the answers in force lie, for each row that one market was asked for: -1 where there is none. */
interface Places {
  readonly chunk: Int32Array
  readonly row: Int32Array
}

/** The last of ascending instants at or before `at`, or -1. */
const lastAtOrBefore = (instants: Float64Array, at: number): number => {
  let low = -1
  let high = instants.length
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if ((instants[middle] ?? Infinity) <= at) low = middle
    else high = middle
  }
  return low
}

/**
 * Finds the answers in force at the instants `asked`, and writes when they were computed. Within a chunk, which is an even
 * grid, the row is a division. Chunks of several grids may overlap: of their answers the newest counts, and of those for
 * one instant the one with the most of the log behind it.
 */
const placesOf = (
  chunks: ReadonlyArray<MaterialisedChunk>,
  asked: Float64Array,
  computedAt: Float64Array
): Places => {
  const firstAt = Float64Array.from(chunks, (chunk) => chunk.firstAt)
  const every = Float64Array.from(chunks, (chunk) => chunk.everyMillis)
  const lastRow = Float64Array.from(chunks, (chunk) => chunk.rows - 1)
  const behind = Float64Array.from(chunks, (chunk) => chunk.logSequence)
  /** the newest instant of all chunks up to this one: how far back a search must go */
  const newest = Float64Array.from(firstAt, (first, i) => first + (lastRow[i] ?? 0) * (every[i] ?? 0))
  for (let i = 1; i < newest.length; i++) newest[i] = Math.max(newest[i] ?? 0, newest[i - 1] ?? 0)

  const places: Places = { chunk: new Int32Array(asked.length), row: new Int32Array(asked.length) }
  for (let i = 0; i < asked.length; i++) {
    const at = asked[i] ?? NaN
    let best = -1
    let bestRow = 0
    let bestAt = -Infinity
    for (let chunk = lastAtOrBefore(firstAt, at); chunk >= 0 && (newest[chunk] ?? 0) >= bestAt; chunk--) {
      const first = firstAt[chunk] ?? 0
      const step = every[chunk] ?? 1
      const row = Math.min(Math.floor((at - first) / step), lastRow[chunk] ?? 0)
      const rowAt = first + row * step
      if (rowAt < bestAt || (rowAt === bestAt && (behind[chunk] ?? 0) <= (behind[best] ?? 0))) continue
      best = chunk
      bestRow = row
      bestAt = rowAt
    }
    places.chunk[i] = best
    places.row[i] = bestRow
    if (best >= 0) computedAt[i] = bestAt
  }
  return places
}

// one function a type: a loop that meets several types of array is several times slower

/** Copies one feature's values from their places. */
const gatherValues = (
  columns: ReadonlyArray<Float64Array | undefined>,
  { chunk, row }: Places,
  to: Float64Array
): void => {
  for (let i = 0; i < row.length; i++) {
    const column = columns[chunk[i] ?? -1]
    if (column !== undefined) to[i] = column[row[i] ?? 0] ?? NaN
  }
}

/** Copies one feature's reasons from their places. */
const gatherReasons = (
  columns: ReadonlyArray<Uint8Array | undefined>,
  { chunk, row }: Places,
  to: Uint8Array
): void => {
  for (let i = 0; i < row.length; i++) {
    const column = columns[chunk[i] ?? -1]
    if (column !== undefined) to[i] = column[row[i] ?? 0] ?? 0
  }
}

/** Values by market, in the order of the spine. */
const valuesInOrder = (from: Float64Array, place: Uint32Array): Float64Array => {
  const to = new Float64Array(place.length)
  for (let row = 0; row < place.length; row++) to[row] = from[place[row] ?? 0] ?? NaN
  return to
}

/** Reasons by market, in the order of the spine. */
const reasonsInOrder = (from: Uint8Array, place: Uint32Array): Uint8Array => {
  const to = new Uint8Array(place.length)
  for (let row = 0; row < place.length; row++) to[row] = from[place[row] ?? 0] ?? 0
  return to
}

/** The instants of a spine, put together by market. */
const byMarket = ({ timestamp }: SpineColumns, place: Uint32Array): Float64Array => {
  const asked = new Float64Array(timestamp.length)
  for (let row = 0; row < timestamp.length; row++) asked[place[row] ?? 0] = timestamp[row] ?? NaN
  return asked
}

const latest = (instants: Float64Array): Instant => {
  let last = 0
  for (let i = 0; i < instants.length; i++) last = Math.max(last, instants[i] ?? 0)
  return Instant(last)
}

/**
 * Joins a spine with materialised answers of one group: for each row the newest answer at or before its timestamp,
 * inclusive. Markets are read one after the other, so that memory holds the answers of one. Their rows are put together
 * first and into the spine's order last: a market's own lie all over the spine, and every one would miss the cache.
 */
export const asOfJoin = (
  repository: FeatureRepository["Type"],
  group: GroupKey,
  width: number,
  spine: SpineColumns
) =>
  Effect.gen(function*() {
    const rows = spine.timestamp.length
    const { place, start } = marketOrder(spine)
    const asked = byMarket(spine, place)
    const features = Array.from({ length: width }, (_, feature) => feature)
    const computedAt = new Float64Array(rows).fill(NaN)
    const values = features.map(() => new Float64Array(rows).fill(NaN))
    const reasons = features.map(() => new Uint8Array(rows).fill(Reason.no_data))
    for (const [index, market] of spine.markets.entries()) {
      const [from = 0, to = 0] = start.subarray(index, index + 2)
      if (from === to) continue
      const own = asked.subarray(from, to)
      const chunks = yield* repository.readMaterialised(group, market, Instant(0), latest(own))
      const places = placesOf(chunks, own, computedAt.subarray(from, to))
      for (const [feature, column] of values.entries()) {
        gatherValues(chunks.map((chunk) => chunk.values[feature]), places, column.subarray(from, to))
      }
      for (const [feature, column] of reasons.entries()) {
        gatherReasons(chunks.map((chunk) => chunk.reasons[feature]), places, column.subarray(from, to))
      }
    }
    const joined: JoinedColumns = {
      computedAt: valuesInOrder(computedAt, place),
      values: values.map((column) => valuesInOrder(column, place)),
      reasons: reasons.map((column) => reasonsInOrder(column, place))
    }
    return joined
  })
