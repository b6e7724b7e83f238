import type { Instant } from "../domain/Instant.js"
import type { BoundGroup } from "./BoundMarket.js"
import type { ComputedAnswer } from "./FeatureVector.js"

/**
 * What a group answered at `at`, as a copy that later evaluations leave alone. The group has just been evaluated there,
 * and its context still stands at `at`: ages are read from the same state as the values.
 */
export const answerOf = <R>(bound: BoundGroup<R>, at: Instant): ComputedAnswer => {
  const { group: { features }, row: { offset, reasons, values } } = bound
  const newestAt = bound.newestAt()
  return {
    computedAt: at,
    values: values.slice(offset, offset + features.length),
    reasons: reasons.slice(offset, offset + features.length),
    // the calendar is never old
    bornAt: Float64Array.from(features, (feature) => feature.needs.length === 0 ? at : newestAt),
    neededAt: bound.neededAt()
  }
}
