import type { Events } from "./events.js"
import { instant, isMarket } from "./events.js"
import type { Outcome } from "./outcome.js"

const hourMs = 3_600_000
const dayMs = 24 * hourMs

export const temporalFeatures = (events: Events, at: number) => {
  const market = events.filter(isMarket).at(-1)
  const scheduled = market?.resolution_date ?? market?.end_date
  const start = market?.start_date

  const age = (): Outcome => {
    if (start === undefined) return "no_start_date"
    return at < instant(start) ? "not_started" : (at - instant(start)) / 1000
  }

  return {
    "temporal.hour_of_day": Math.floor(at % dayMs / hourMs),
    // Day 0 of the epoch was a Thursday, ISO day 4.
    "temporal.day_of_week": (Math.floor(at / dayMs) + 3) % 7 + 1,
    "temporal.time_to_resolution": scheduled === undefined
      ? "no_end_date" as const
      : Math.max(0, instant(scheduled) - at) / 1000,
    "temporal.market_age": age()
  }
}
