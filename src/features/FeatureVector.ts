import type { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import type { Group } from "./Group.js"
import { Reason, type Reason as ReasonName, reasonOf } from "./Reason.js"
import type { Column } from "./reference.js"

/** PRESENT; STALE: older than max age, value kept; NULL: defined to be null; MISSING: nothing known as of then. */
export type Status = "PRESENT" | "STALE" | "NULL" | "MISSING"

export type ScalarValue = number | string | boolean

/** One feature's answer, the same in the library, the command line and every export. */
export interface FeatureValue {
  readonly value: ScalarValue | null
  readonly status: Status
  readonly reason: ReasonName | null
  /** as-of minus when the newest event that the group reads became known; `null` where there is none */
  readonly age_ms: number | null
  readonly computed_at: Instant
  readonly version: string
  readonly fingerprint: string
}

/** What one group answered at one instant: computed once, never changed, perhaps served several times. */
export interface GroupAnswer {
  readonly computedAt: Instant
  readonly values: ReadonlyArray<ScalarValue> | Float64Array
  /** by feature: 0 for a known value, else the code of the reason */
  readonly reasons: Uint8Array
  /** by feature: the instant from which its age counts; NaN where there is none */
  readonly bornAt: Float64Array
  /** by feature: the instant from which staleness counts; NaN never goes stale */
  readonly neededAt: Float64Array
}

/** The answer of a computed group. */
export interface ComputedAnswer extends GroupAnswer {
  readonly values: Float64Array
}

/** What a reason, or else the age of what a value needs, makes of an answer. */
export const statusOf = <R>(
  reason: number,
  group: Pick<Group<R>, "kind" | "maxAgeMillis">,
  neededAt: number,
  asOf: number
): Status =>
  reason === Reason.known
    ? group.maxAgeMillis !== undefined && asOf - neededAt > group.maxAgeMillis ? "STALE" : "PRESENT"
    : reason === Reason.no_market || group.kind === "external"
    ? "MISSING"
    : "NULL"

/** What a vector answers in one of its columns. A function: a private method would be paid for by every vector made. */
const valueIn = <R>(
  { answers, asOf }: Pick<FeatureVector<R>, "answers" | "asOf">,
  { feature: { index }, group }: Column<R>
): FeatureValue | undefined => {
  const answer = answers.get(group.id)
  if (answer === undefined) return undefined
  const reason = answer.reasons[index] ?? Reason.no_data
  const bornAt = answer.bornAt[index] ?? NaN
  return {
    value: reason === Reason.known ? answer.values[index] ?? null : null,
    status: statusOf(reason, group, answer.neededAt[index] ?? NaN, asOf),
    reason: reasonOf(reason) ?? null,
    age_ms: Number.isNaN(bornAt) ? null : asOf - bornAt,
    computed_at: answer.computedAt,
    version: group.version,
    fingerprint: group.fingerprint
  }
}

/** The requested features of one market as of one instant. */
export class FeatureVector<R = never> {
  constructor(
    readonly market: MarketId,
    readonly asOf: Instant,
    /** the highest log position among the market's events that were seen */
    readonly sequence: number,
    readonly columns: ReadonlyArray<Column<R>>,
    readonly answers: ReadonlyMap<string, GroupAnswer>
  ) {}

  /** The answer under a requested key, such as `orderbook.microprice`. */
  get(key: string): FeatureValue | undefined {
    const column = this.columns.find((candidate) => candidate.key === key)
    return column === undefined ? undefined : valueIn(this, column)
  }

  /** The value under a requested key where it is PRESENT, otherwise null: what `get` says, without the rest of it. */
  present(key: string): ScalarValue | null {
    // asked millions of times in a backtest: a plain loop
    for (const { feature: { index }, group, key: own } of this.columns) {
      if (own !== key) continue
      const answer = this.answers.get(group.id)
      if (answer === undefined || answer.reasons[index] !== Reason.known) return null
      // without a max age nothing goes stale, and when the value was born need not be found out
      const isStale = group.maxAgeMillis !== undefined &&
        this.asOf - (answer.neededAt[index] ?? NaN) > group.maxAgeMillis
      return isStale ? null : answer.values[index] ?? null
    }
    return null
  }

  /** All answers by key, in the order of the request. */
  entries(): ReadonlyArray<readonly [key: string, value: FeatureValue]> {
    return this.columns.flatMap((column) => {
      const value = valueIn(this, column)
      return value === undefined ? [] : [[column.key, value] as const]
    })
  }

  toJSON(): unknown {
    return {
      market: this.market,
      as_of: this.asOf,
      sequence: this.sequence,
      features: Object.fromEntries(this.entries())
    }
  }
}
