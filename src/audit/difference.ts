import type { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import type { GroupAnswer, ScalarValue } from "../features/FeatureVector.js"
import type { ComputedGroup } from "../features/Group.js"
import { type Reason, reasonOf } from "../features/Reason.js"

/** One side of a difference: a value, or why there is none. */
export interface Side {
  readonly value: ScalarValue | null
  readonly reason: Reason | null
  readonly age_ms: number | null
}

/** An event of the log by its place in it. */
export interface EventPlace {
  readonly sequence: number
  readonly kind: string
  readonly available_at: Instant
}

/** A feature that was served otherwise than history has it. */
export interface Difference {
  readonly market: MarketId
  readonly at: Instant
  /** the highest log position of the market that the live answer had seen */
  readonly sequence: number
  /** `group@version.feature` */
  readonly feature: string
  readonly live: Side
  readonly history: Side
  /** the first event of the market after the last agreement: the one to look at */
  readonly first_event: EventPlace | null
}

/** What is compared of an answer. A served answer was logged without its ages. */
export type Compared = Pick<GroupAnswer, "values" | "reasons"> & Partial<Pick<GroupAnswer, "bornAt">>

const sideOf = ({ bornAt, reasons, values }: Compared, index: number, at: Instant): Side => {
  const reason = reasonOf(reasons[index] ?? 0) ?? null
  const born = bornAt?.[index] ?? NaN
  return {
    value: reason === null ? values[index] ?? null : null,
    reason,
    age_ms: Number.isNaN(born) ? null : at - born
  }
}

const nothing: Compared = { values: new Float64Array(0), reasons: new Uint8Array(0) }

/** The features of a group in which two answers differ: in any bit of the value, in the reason, or in the age. */
export const compareAnswers = <R>(
  group: ComputedGroup<R>,
  at: Instant,
  live: Compared = nothing,
  history: Compared = nothing
): ReadonlyArray<Pick<Difference, "feature" | "live" | "history">> =>
  group.features.flatMap(({ index, name }) => {
    const [a, b] = [sideOf(live, index, at), sideOf(history, index, at)]
    const sameAge = live.bornAt === undefined || history.bornAt === undefined || a.age_ms === b.age_ms
    return Object.is(a.value, b.value) && a.reason === b.reason && sameAge
      ? []
      : [{ feature: `${group.id}.${name}`, live: a, history: b }]
  })
