import type { Reason } from "../../features/Reason.js"

/** Why a value is unknown, for a reader who has not read the definitions. */
export const reasonWords: Readonly<Record<Reason, string>> = {
  no_market: "nothing is known of this market",
  closed: "the market is closed",
  feed_gap: "the feed of this market is interrupted",
  no_data: "nobody has reported it",
  no_depth: "the sizes of the offers are not known",
  empty_book: "the order book is empty",
  one_sided_book: "the order book has one side only",
  crossed_book: "the order book is crossed",
  wide_spread: "the spread is too wide and there was no trade",
  not_enough_history: "there is not enough history yet",
  zero_variance: "the price has not moved",
  no_end_date: "no end date is known",
  no_start_date: "no start date is known",
  not_started: "the market has not started",
  source_down: "its source is down"
}

/** Six significant digits, the same text on every machine: more would be noise to a reader. */
export const figure = (value: number): string => String(Number(value.toPrecision(6)))

const spans = [["day", 86_400_000], ["hour", 3_600_000], ["minute", 60_000], ["second", 1000]] as const

/** `2 days 3 hours`, `1 minute`, `less than a second`: the two largest units, rounded down. */
export const spanWords = (millis: number): string => {
  const first = spans.findIndex(([, size]) => millis >= size)
  if (first < 0) return "less than a second"
  let left = millis
  return spans.slice(first, first + 2).flatMap(([name, size]) => {
    const whole = Math.floor(left / size)
    left -= whole * size
    return whole === 0 ? [] : [`${figure(whole)} ${name}${whole === 1 ? "" : "s"}`]
  }).join(" ")
}
