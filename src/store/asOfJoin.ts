import { Effect } from "effect"
import { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import { tabulate } from "../domain/tabulate.js"
import { Reason } from "../features/Reason.js"
import type { FeatureRepository, GroupKey, MaterialisedChunk } from "./FeatureRepository.js"

/** A spine as columns: row `i` asks for market `markets[market[i]]` as of `timestamp[i]`. */
export interface SpineColumns {
  readonly markets: ReadonlyArray<MarketId>
  readonly market: Uint32Array
  /** instants */
  readonly timestamp: Float64Array
}

/** Stored answers in force at each row of a spine, in its order. */
export interface JoinedColumns {
  /** when the answer in force was computed; NaN where there is none */
  readonly computedAt: Float64Array
  /** by feature: NaN where unknown */
  readonly values: ReadonlyArray<Float64Array>
  /** by feature: 0 where known, else the code of the reason; `no_data` where no answer is in force */
  readonly reasons: ReadonlyArray<Uint8Array>
}

/**
 * The last of `times` (ascending) at or before `at`, or -1. The search starts where `at` would stand if times were evenly
 * spaced, as those of a grid are, and widens from there.
 */
export const lastAtOrBefore = (times: Float64Array, at: number): number => {
  const last = times.length - 1
  const start = times[0] ?? Infinity
  if (!(start <= at)) return -1
  const end = times[last] ?? start
  if (at >= end) return last
  let low = Math.floor((at - start) / (end - start) * last)
  let high = low + 1
  for (let step = 1; (times[low] ?? start) > at; step *= 2) {
    high = low
    low = Math.max(0, low - step)
  }
  for (let step = 1; (times[high] ?? Infinity) <= at; step *= 2) {
    low = high
    high = Math.min(last, high + step)
  }
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if ((times[middle] ?? Infinity) <= at) low = middle
    else high = middle
  }
  return low
}

/** A market's stored answers as one table in order of time. */
interface Stored {
  readonly times: Float64Array
  readonly values: ReadonlyArray<Float64Array>
  readonly reasons: ReadonlyArray<Float64Array>
}

const concat = (parts: ReadonlyArray<Float64Array>): Float64Array => {
  const all = new Float64Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** Chunks may come of several grids; of answers for one instant the one with the most of the log behind it counts. */
const tableOf = (chunks: ReadonlyArray<MaterialisedChunk>, width: number): Stored => {
  const times = concat(
    chunks.map(({ everyMillis, firstAt, rows }) => tabulate(rows, (row) => firstAt + row * everyMillis))
  )
  const features = Array.from({ length: width }, (_, feature) => feature)
  const column = (of: "values" | "reasons") =>
    features.map((feature) => concat(chunks.map((chunk) => chunk[of][feature] ?? new Float64Array(chunk.rows))))
  const table = { times, values: column("values"), reasons: column("reasons") }
  if (times.every((time, row) => row === 0 || time > (times[row - 1] ?? 0))) return table
  const behind = concat(chunks.map(({ logSequence, rows }) => new Float64Array(rows).fill(logSequence)))
  const order = Array.from({ length: times.length }, (_, row) => row)
    .sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || (behind[a] ?? 0) - (behind[b] ?? 0))
  const sorted = (values: Float64Array) => tabulate(order.length, (i) => values[order[i] ?? 0] ?? NaN)
  return { times: sorted(times), values: table.values.map(sorted), reasons: table.reasons.map(sorted) }
}

/** Spine rows by market, each market's in the order of the spine. */
const rowsByMarket = ({ market, markets }: SpineColumns): ReadonlyArray<Uint32Array> => {
  const counts = new Uint32Array(markets.length)
  for (let row = 0; row < market.length; row++) {
    const one = market[row] ?? 0
    counts[one] = (counts[one] ?? 0) + 1
  }
  const rows = Array.from(counts, (length) => new Uint32Array(length))
  const filled = new Uint32Array(markets.length)
  for (let row = 0; row < market.length; row++) {
    const one = market[row] ?? 0
    const own = rows[one]
    const at = filled[one] ?? 0
    if (own !== undefined) own[at] = row
    filled[one] = at + 1
  }
  return rows
}

/** Copies `from[position[i]]` to `to[rows[i]]`, where there is a position. */
const gather = (
  from: Float64Array,
  position: Int32Array,
  rows: Uint32Array,
  to: Float64Array | Uint8Array
): void => {
  for (let i = 0; i < rows.length; i++) {
    const at = position[i] ?? -1
    if (at >= 0) to[rows[i] ?? 0] = from[at] ?? NaN
  }
}

const joinMarket = (stored: Stored, spine: SpineColumns, asked: Uint32Array, out: JoinedColumns): void => {
  const position = new Int32Array(asked.length)
  for (let i = 0; i < asked.length; i++) {
    position[i] = lastAtOrBefore(stored.times, spine.timestamp[asked[i] ?? 0] ?? NaN)
  }
  gather(stored.times, position, asked, out.computedAt)
  out.values.forEach((values, feature) => {
    gather(stored.values[feature] ?? stored.times, position, asked, values)
  })
  out.reasons.forEach((reasons, feature) => {
    gather(stored.reasons[feature] ?? stored.times, position, asked, reasons)
  })
}

/**
 * Joins a spine with materialised answers of one group: for each row the newest answer at or before its timestamp,
 * inclusive. Markets are read one after the other, so that memory holds the answers of one.
 */
export const asOfJoin = (
  repository: FeatureRepository["Type"],
  group: GroupKey,
  width: number,
  spine: SpineColumns
) =>
  Effect.gen(function*() {
    const rows = spine.timestamp.length
    const features = Array.from({ length: width }, () => 0)
    const out: JoinedColumns = {
      computedAt: new Float64Array(rows).fill(NaN),
      values: features.map(() => new Float64Array(rows).fill(NaN)),
      reasons: features.map(() => new Uint8Array(rows).fill(Reason.no_data))
    }
    const byMarket = rowsByMarket(spine)
    for (const [index, market] of spine.markets.entries()) {
      const asked = byMarket[index] ?? new Uint32Array(0)
      if (asked.length === 0) continue
      let to = 0
      for (let i = 0; i < asked.length; i++) to = Math.max(to, spine.timestamp[asked[i] ?? 0] ?? 0)
      const chunks = yield* repository.readMaterialised(group, market, Instant(0), Instant(to))
      joinMarket(tableOf(chunks, width), spine, asked, out)
    }
    return out
  })
