import { Effect } from "effect"
import type { Instant } from "../domain/Instant.js"
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
  /**
   * Decisions before this instant may rest on what became known only later: the training cutoff of a model, or Infinity
   * for a strategy that knows outcomes. A backtest of such decisions is refused unless hindsight is allowed, and marked.
   */
  readonly hindsightUntil?: Instant | undefined
  /**
   * Decides from what was known at one instant of one market. What a decision does it does in the Effect that is given back:
   * calling `decide` does nothing, so that a backtest may ask ahead whether there is anything to run. The vector is good
   * until that Effect has ended.
   */
  readonly decide: (vector: FeatureVector<unknown>) => Effect.Effect<ReadonlyArray<Signal>, E, R>
}

/** Nothing to say, as most decisions end: this one value costs a backtest nothing to run. */
export const noSignals: Effect.Effect<ReadonlyArray<Signal>> = Effect.succeed([])
