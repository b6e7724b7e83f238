import type { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import type { FeatureValue } from "../features/FeatureVector.js"

/** What a strategy may keep beside a signal to explain it: plain JSON, no secrets. */
export type Evidence = Readonly<Record<string, unknown>>

/** The side of a binary market; a NO share pays one dollar less the outcome. */
export type Outcome = "yes" | "no"

/** An opinion on the outcome: the probability of YES. It trades nothing, and is scored once the market resolves. */
export interface Forecast {
  readonly kind: "forecast"
  /** in [0, 1] */
  readonly probability: number
  readonly evidence?: Evidence | undefined
}

/** A wish to trade: fills at the limit or better, the rest is dropped. */
export interface Order {
  readonly kind: "order"
  readonly action: "buy" | "sell"
  readonly outcome: Outcome
  /** hundredths of a share, the venue's smallest size */
  readonly size: number
  /** the worst price accepted for a share of the outcome, in millionths of a dollar */
  readonly limit: number
  readonly evidence?: Evidence | undefined
}

/** No trade, for a reason that is worth counting. */
export interface Pass {
  readonly kind: "pass"
  /** a short code, such as `low_confidence` */
  readonly reason: string
  readonly evidence?: Evidence | undefined
}

export type Signal = Forecast | Order | Pass

/** What a strategy decided of one market, and from what. */
export interface Decision {
  readonly strategy: string
  readonly version: string
  readonly market: MarketId
  readonly at: Instant
  /** the log position of the vector it was made from */
  readonly sequence: number
  readonly features: Readonly<Record<string, FeatureValue>>
  readonly signals: ReadonlyArray<Signal>
}
