import type { Instant } from "../domain/Instant.js"
import type { BoundGroup } from "./BoundMarket.js"
import type { ComputedAnswer, GroupAnswer } from "./FeatureVector.js"

/** Where answers go: of one instant, or row after row of many. */
export type AnswerSlots = Omit<ComputedAnswer, "computedAt">

/** Slots for `rows` answers of `width` features: feature `i` of row `r` is at `r * width + i`. */
export const answerSlots = (rows: number, width: number): AnswerSlots => ({
  values: new Float64Array(rows * width),
  reasons: new Uint8Array(rows * width),
  bornAt: new Float64Array(rows * width),
  neededAt: new Float64Array(rows * width)
})

/**
 * Writes what a group answered at `at`, from slot `offset` on. The group has just been evaluated there, and its context
 * still stands at `at`: ages are read from the same state as the values.
 */
export const writeAnswer = <R>(bound: BoundGroup<R>, at: Instant, out: AnswerSlots, offset: number): void => {
  const { group: { features, maxAgeMillis }, row } = bound
  const newestAt = bound.newestAt()
  for (let i = 0; i < features.length; i++) {
    // the calendar is never old
    const bornAt = features[i]?.needs.length === 0 ? at : newestAt
    const slot = row.slot(i)
    out.values[offset + i] = row.values[slot] ?? NaN
    out.reasons[offset + i] = row.reasons[slot] ?? 0
    out.bornAt[offset + i] = bornAt
    // without a max age nothing goes stale
    out.neededAt[offset + i] = maxAgeMillis === undefined ? bornAt : bound.neededAt(i)
  }
}

/** What a group answered at `at`, as a copy that later evaluations leave alone; see `writeAnswer`. */
export const answerOf = <R>(bound: BoundGroup<R>, at: Instant): ComputedAnswer => {
  const slots = answerSlots(1, bound.group.features.length)
  writeAnswer(bound, at, slots, 0)
  return { computedAt: at, ...slots }
}

/** Answers of one group, row after row: feature `i` of row `r` is at `r * width + i`. */
export type AnswerBlock = Omit<GroupAnswer, "computedAt">

/** One row of a block as an answer of its own. */
export const answerInBlock = (
  { bornAt, neededAt, reasons, values }: AnswerBlock,
  width: number,
  row: number,
  at: Instant
): GroupAnswer => {
  const from = row * width
  const to = from + width
  return {
    computedAt: at,
    values: values.slice(from, to),
    reasons: reasons.slice(from, to),
    bornAt: bornAt.slice(from, to),
    neededAt: neededAt.slice(from, to)
  }
}
