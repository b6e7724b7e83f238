import { Effect, Schema } from "effect"
import * as FeatureComputer from "../features/FeatureComputer.js"
import { Reason } from "../features/Reason.js"
import { MarketSnapshots } from "../state/views.js"

const hourMillis = 3_600_000
const dayMillis = 24 * hourMillis

/** Calendar (UTC) and schedule: what depends on the instant and the newest description alone, never on the outcome. */
export const Temporal = FeatureComputer.make("temporal", {
  version: "1.0",
  ttl: "1 second",
  parameters: Schema.Struct({}),
  features: {
    hour_of_day: { unit: "0..23", description: "hour of the day, UTC", needs: [] },
    day_of_week: { unit: "1..7", description: "ISO day of the week, UTC, Monday = 1", needs: [] },
    time_to_resolution: {
      unit: "s",
      description: "time to the scheduled resolution, else to the end date; at least 0",
      needs: ["market"]
    },
    market_age: { unit: "s", description: "time since the market's start date", needs: ["market"] }
  },
  reads: ["market"],
  bind: Effect.fnUntraced(function*(market, _parameters, out) {
    const described = yield* (yield* MarketSnapshots).of(market)
    return (at) => {
      out.hour_of_day.known(Math.floor(at / hourMillis) % 24)
      // day 0 of the epoch was a Thursday, ISO day 4
      out.day_of_week.known((Math.floor(at / dayMillis) + 3) % 7 + 1)

      const scheduled = described.snapshot?.resolutionDate ?? described.snapshot?.endDate
      if (scheduled === undefined) out.time_to_resolution.unknown(Reason.no_end_date)
      else out.time_to_resolution.known(Math.max(0, scheduled - at) / 1000)

      const start = described.snapshot?.startDate
      if (start === undefined) out.market_age.unknown(Reason.no_start_date)
      else if (at < start) out.market_age.unknown(Reason.not_started)
      else out.market_age.known((at - start) / 1000)
    }
  })
})
