import type { FeatureVector } from "../features/FeatureVector.js"
import type { Decision, Signal } from "./Signal.js"
import type { Strategy } from "./Strategy.js"

/** Whether a decision is worth keeping: it wants to trade, or has something to explain itself by. */
const isKept = (signals: ReadonlyArray<Signal>): boolean =>
  signals.some((signal) => signal.kind === "order" || signal.evidence !== undefined)

/** The decision for the journal, with all that it was made from; `undefined` where there is nothing to keep of it. */
export const decisionOf = (
  { name, version }: Pick<Strategy, "name" | "version">,
  vector: FeatureVector<unknown>,
  signals: ReadonlyArray<Signal>
): Decision | undefined =>
  isKept(signals)
    ? {
      strategy: name,
      version,
      market: vector.market,
      at: vector.asOf,
      sequence: vector.sequence,
      features: Object.fromEntries(vector.entries()),
      signals
    }
    : undefined
