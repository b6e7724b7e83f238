import type { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"

/** One question of a spine: the features of a market as of an instant. */
export interface SpineRow {
  readonly market: MarketId
  readonly timestamp: Instant
}

/** A spine as columns: row `i` asks for market `markets[market[i]]` as of `timestamp[i]`. */
export interface SpineColumns {
  readonly markets: ReadonlyArray<MarketId>
  readonly market: Uint32Array
  /** instants */
  readonly timestamp: Float64Array
}

/** Rows as columns, their markets numbered by first appearance. */
export const spineColumns = (
  markets: ReadonlyArray<MarketId>,
  timestamp: Float64Array
): SpineColumns => {
  const numbers = new Map<MarketId, number>()
  const market = new Uint32Array(markets.length)
  for (const [row, name] of markets.entries()) {
    const known = numbers.get(name)
    if (known === undefined) numbers.set(name, numbers.size)
    market[row] = known ?? numbers.size - 1
  }
  return { markets: [...numbers.keys()], market, timestamp }
}

/** Where the rows of a spine lie when they are put together by market, each market's in the order of the spine. */
export interface MarketOrder {
  /** market `i` has the places from `start[i]` up to `start[i + 1]` */
  readonly start: Uint32Array
  /** by row of the spine */
  readonly place: Uint32Array
}

export const marketOrder = ({ market, markets }: SpineColumns): MarketOrder => {
  const start = new Uint32Array(markets.length + 1)
  for (let row = 0; row < market.length; row++) {
    const after = (market[row] ?? 0) + 1
    start[after] = (start[after] ?? 0) + 1
  }
  for (let one = 0; one < markets.length; one++) start[one + 1] = (start[one + 1] ?? 0) + (start[one] ?? 0)
  const next = start.slice()
  const place = new Uint32Array(market.length)
  for (let row = 0; row < market.length; row++) {
    const one = market[row] ?? 0
    const at = next[one] ?? 0
    place[row] = at
    next[one] = at + 1
  }
  return { start, place }
}

/** Spine rows by market, each market's in the order of the spine. */
export const rowsByMarket = (spine: SpineColumns): ReadonlyArray<Uint32Array> => {
  const { place, start } = marketOrder(spine)
  const rows = new Uint32Array(place.length)
  for (let row = 0; row < place.length; row++) rows[place[row] ?? 0] = row
  return spine.markets.map((_, one) => rows.subarray(start[one], start[one + 1]))
}
