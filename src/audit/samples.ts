import { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import type { MarketSummary } from "../store/EventLog.js"
import { seeded } from "./random.js"

/**
 * A moment at which a market is asked for: `between` two instants of the log, at the next instant once all its events have
 * been seen (`after`), or in its midst (`within`), right behind the event that stands at `share` of them.
 */
export interface Sample {
  readonly at: Instant
  readonly market: MarketId
  readonly moment: "between" | "after" | "within"
  readonly share: number
}

const moments = ["between", "after", "after", "within"] as const

/** `count` samples, uniform over markets and over the time from `from` to `to`, in the order of their instants. */
export const drawSamples = (
  count: number,
  seed: number,
  markets: ReadonlyArray<MarketSummary>,
  from: Instant,
  to: Instant
): ReadonlyArray<Sample> => {
  const random = seeded(seed)
  return Array.from({ length: count }, () => {
    const at = Instant(from + Math.floor(random() * (to - from + 1)))
    const summary = markets[Math.floor(random() * markets.length)]
    const moment = moments[Math.floor(random() * moments.length)] ?? "after"
    const share = random()
    return summary === undefined ? [] : [{ at, market: summary.market, moment, share }]
  }).flat().sort((a, b) => a.at - b.at)
}
