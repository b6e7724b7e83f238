import { writeFileSync } from "node:fs"
import { seeded } from "../../src/audit/random.js"
import type { Columns } from "./columns.js"
import { marketName, opening } from "./generate.js"

/** Best bids and asks of many markets, in the order of a poller that asks all of them in turn. NaN where a side is missing. */
export interface Quotes {
  readonly markets: number
  readonly rows: number
  readonly market: Uint32Array
  /** instants, ascending within a market */
  readonly at: Float64Array
  readonly bid: Float64Array
  readonly ask: Float64Array
  /** the newest instant */
  readonly end: number
}

/** how often the markets of real recordings are polled */
const everyMillis = 122_000

/** Random walks in cents with spreads of 1 to 4 cents; one quote in sixteen lacks its bid, as real ones do. */
export const makeQuotes = (markets: number, perMarket: number): Quotes => {
  const random = seeded(5)
  const rows = markets * perMarket
  const middle = Array.from({ length: markets }, () => 10 + Math.floor(random() * 80))
  const quotes = {
    markets,
    rows,
    market: Uint32Array.from({ length: rows }, (_, row) => row % markets),
    at: new Float64Array(rows),
    bid: new Float64Array(rows),
    ask: new Float64Array(rows),
    end: opening + perMarket * everyMillis
  }
  for (let row = 0; row < rows; row++) {
    const market = row % markets
    const cents = Math.min(93, Math.max(3, (middle[market] ?? 0) + Math.floor(random() * 3) - 1))
    middle[market] = cents
    quotes.at[row] = opening + Math.floor(row / markets) * everyMillis + Math.floor(random() * everyMillis / 2)
    quotes.bid[row] = random() < 1 / 16 ? NaN : cents / 100
    quotes.ask[row] = (cents + 1 + Math.floor(random() * 4)) / 100
  }
  return quotes
}

/** The quotes as CSV, as `feature-store import` reads them. */
export const writeCsv = (path: string, { ask, at, bid, market, rows }: Quotes): void => {
  const cell = (value: number | undefined) => value === undefined || Number.isNaN(value) ? "" : String(value)
  const lines = Array.from(
    { length: rows },
    (_, row) => `${cell(at[row])},${marketName(market[row] ?? 0)},${cell(bid[row])},${cell(ask[row])}`
  )
  writeFileSync(path, `available_at,market,best_bid,best_ask\n${lines.join("\n")}\n`)
}

/** Market, instant, bid and ask, by market and then by time. */
export const byMarket = ({ ask, at, bid, market, markets, rows }: Quotes): Columns => {
  const perMarket = rows / markets
  const sorted = (column: ArrayLike<number>) =>
    Float64Array.from({ length: rows }, (_, place) => {
      const row = place % perMarket * markets + Math.floor(place / perMarket)
      return column[row] ?? NaN
    })
  return [market, at, bid, ask].map(sorted)
}

/** A peer's Parquet file of the same quotes: markets as numbers, sorted as the queries want them. */
export const toParquet = (csv: string, parquet: string): string =>
  `COPY (SELECT CAST(substr(market, 8) AS INTEGER) AS market, available_at AS as_of, best_bid AS bid, best_ask AS ask
    FROM read_csv('${csv}') ORDER BY market, as_of) TO '${parquet}' (FORMAT parquet, COMPRESSION zstd)`
