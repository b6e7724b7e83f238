import { parameters } from "./histories.js"
import type { NaiveParameters } from "./naive/index.js"

/** Parameters that the computers take: a coverage of 0 s is refused, for nothing can be said of no time at all. */
export const configurable = parameters.map((chosen): NaiveParameters => ({
  ...chosen,
  price_history: {
    ...chosen.price_history,
    min_coverage_secs: Math.max(1, chosen.price_history.min_coverage_secs)
  }
}))
