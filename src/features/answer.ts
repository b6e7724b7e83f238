import type { Instant } from "../domain/Instant.js"
import { tabulate } from "../domain/tabulate.js"
import type { BoundGroup } from "./BoundMarket.js"
import type { ComputedAnswer } from "./FeatureVector.js"

/**
 * What a group answered at `at`, as a copy that later evaluations leave alone. The group has just been evaluated there,
 * and its context still stands at `at`: ages are read from the same state as the values.
 */
export const answerOf = <R>(bound: BoundGroup<R>, at: Instant): ComputedAnswer => {
  const { group: { features, maxAgeMillis }, row: { offset, reasons, values } } = bound
  const newestAt = bound.newestAt()
  // the calendar is never old
  const bornAt = tabulate(features.length, (index) => features[index]?.needs.length === 0 ? at : newestAt)
  return {
    computedAt: at,
    values: values.slice(offset, offset + features.length),
    reasons: reasons.slice(offset, offset + features.length),
    bornAt,
    // without a max age nothing goes stale
    neededAt: maxAgeMillis === undefined ? bornAt : bound.neededAt()
  }
}
