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

/** Spine rows by market, each market's in the order of the spine. */
export const rowsByMarket = ({ market, markets }: SpineColumns): ReadonlyArray<Uint32Array> => {
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
