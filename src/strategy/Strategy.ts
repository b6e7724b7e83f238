import type { Effect } from "effect"
import type { FeatureVector } from "../features/FeatureVector.js"
import type { Signal } from "./Signal.js"

/**
 * A strategy: the features it needs, how often it decides, and the decision. The same value is driven by the live app and
 * by the backtest; what it needs beside the vector it asks for as services, which both provide.
 */
export interface Strategy<E = never, R = never> {
  readonly name: string
  readonly version: string
  /** references, with the versions it was written for, such as `price_history@1.0` */
  readonly features: ReadonlyArray<string>
  /** decisions are made at the multiples of this, in ms since the epoch */
  readonly intervalMillis: number
  readonly decide: (vector: FeatureVector<unknown>) => Effect.Effect<ReadonlyArray<Signal>, E, R>
}
