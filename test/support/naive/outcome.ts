export type Reason =
  | "no_market"
  | "no_data"
  | "empty_book"
  | "one_sided_book"
  | "crossed_book"
  | "wide_spread"
  | "no_depth"
  | "feed_gap"
  | "not_enough_history"
  | "zero_variance"
  | "no_end_date"
  | "no_start_date"
  | "not_started"
  | "closed"
  | "source_down"

/** A feature's value, or why it has none. */
export type Outcome = number | Reason

type Group = "market" | "orderbook" | "sentiment" | "temporal" | "price_history"

export interface NaiveParameters {
  readonly orderbook: { readonly levels: number }
  readonly sentiment: {
    readonly window_secs: number
    readonly half_life_secs: number
    readonly keywords?: ReadonlyArray<string>
  }
  readonly price_history: { readonly window_secs: number; readonly min_coverage_secs: number }
  readonly maxAgeSecs?: { readonly [group in Group]?: number }
}

export const defaultParameters: NaiveParameters = {
  orderbook: { levels: 10 },
  sentiment: { window_secs: 21_600, half_life_secs: 7_200 },
  price_history: { window_secs: 3_600, min_coverage_secs: 300 }
}
