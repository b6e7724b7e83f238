/** Why a value is unknown: a closed set, in order of precedence where several hold. */
export const reasons = [
  "no_market",
  "closed",
  "feed_gap",
  "no_data",
  "no_depth",
  "empty_book",
  "one_sided_book",
  "crossed_book",
  "wide_spread",
  "not_enough_history",
  "zero_variance",
  "no_end_date",
  "no_start_date",
  "not_started",
  "source_down"
] as const

export type Reason = typeof reasons[number]

/** The codes that kernels write and columns store: 0 is a known value, and a lower code takes precedence. */
export const Reason = {
  known: 0,
  no_market: 1,
  closed: 2,
  feed_gap: 3,
  no_data: 4,
  no_depth: 5,
  empty_book: 6,
  one_sided_book: 7,
  crossed_book: 8,
  wide_spread: 9,
  not_enough_history: 10,
  zero_variance: 11,
  no_end_date: 12,
  no_start_date: 13,
  not_started: 14,
  source_down: 15
} as const satisfies Record<Reason | "known", number>

export type ReasonCode = typeof Reason[keyof typeof Reason]

/** The reason of a code; `undefined` for a known value. */
export const reasonOf = (code: number): Reason | undefined => reasons[code - 1]

const codes: ReadonlyArray<ReasonCode> = Object.values(Reason)

/** A stored code as what it is; a number that is none stands for nothing known. */
export const reasonCode = (code: number): ReasonCode => codes[code] ?? Reason.no_data
