import { seeded } from "../../src/audit/random.js"
import type { Columns } from "./columns.js"
import { opening } from "./generate.js"

/** Values computed elsewhere, in the order in which they were stored, market by market. */
export interface Forecasts {
  readonly rows: number
  readonly market: Uint32Array
  /** what instants they are about */
  readonly timestamp: Float64Array
  /** when they were known */
  readonly availableAt: Float64Array
  readonly value: Float64Array
}

const minute = 60_000
/** from one forecast of a market to its next */
export const forecastMillis = 5 * minute

/**
 * Forecasts as they come in: most are known seconds later, one in twenty up to two hours late, some before their instant.
 * Some are corrected later on, some stored twice with another value, and now and then a model is silent for two hours.
 */
export const makeForecasts = (markets: number, perMarket: number): Forecasts => {
  const random = seeded(11)
  const below = (limit: number) => Math.floor(random() * limit)
  const rows = markets * perMarket
  const column = () => new Float64Array(rows)
  const forecasts: Forecasts = {
    rows,
    market: Uint32Array.from({ length: rows }, (_, row) => Math.floor(row / perMarket)),
    timestamp: column(),
    availableAt: column(),
    value: Float64Array.from({ length: rows }, random)
  }
  const { availableAt, timestamp } = forecasts
  for (let row = 0; row < rows; row++) {
    const isFirst = row % perMarket === 0
    const [then, known] = isFirst ? [opening, opening] : [timestamp[row - 1] ?? 0, availableAt[row - 1] ?? 0]
    const kind = random()
    if (!isFirst && kind < 0.05) {
      timestamp[row] = then
      availableAt[row] = kind < 0.01 ? known : known + below(20 * minute)
      continue
    }
    const at = then + forecastMillis / 2 + below(forecastMillis) + (random() < 0.01 ? 120 * minute : 0)
    timestamp[row] = at
    availableAt[row] = kind < 0.1 ? at + below(120 * minute) : kind < 0.12 ? at - below(5 * minute) : at + below(5_000)
  }
  return forecasts
}

/** By market and then by when they may be in force, equal ones as they were stored: that instant and the rest. */
export const byVisibility = ({ availableAt, market, rows, timestamp, value }: Forecasts): Columns => {
  const visibleAt = timestamp.map((at, row) => Math.max(at, availableAt[row] ?? 0))
  const order = Array.from({ length: rows }, (_, row) => row)
    .sort((a, b) => (market[a] ?? 0) - (market[b] ?? 0) || (visibleAt[a] ?? 0) - (visibleAt[b] ?? 0))
  return [visibleAt, timestamp, availableAt, value].map((column) =>
    Float64Array.from(order, (row) => column[row] ?? NaN)
  )
}
