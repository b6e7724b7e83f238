import { writeFileSync } from "node:fs"
import type { SpineColumns } from "../../src/store/spineColumns.js"
import { marketName, opening } from "./generate.js"

/** Random markets at random instants, in no order: the hardest spine there is. */
export const randomSpine = (random: () => number, markets: number, rows: number, spanMillis: number): SpineColumns => ({
  markets: Array.from({ length: markets }, (_, i) => marketName(i)),
  market: Uint32Array.from({ length: rows }, () => Math.floor(random() * markets)),
  timestamp: Float64Array.from({ length: rows }, () => opening + Math.floor(random() * spanMillis))
})

/** The same as CSV, as `feature-store dataset build` reads it. */
export const writeSpine = (path: string, { market, markets, timestamp }: SpineColumns): void => {
  const lines = Array.from(market, (own, row) => `${markets[own] ?? ""},${timestamp[row] ?? NaN}`)
  writeFileSync(path, `market,timestamp\n${lines.join("\n")}\n`)
}
