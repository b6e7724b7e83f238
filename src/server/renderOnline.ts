import { Either } from "effect"
import { type FeatureVector, type ScalarValue, type Status, statusOf } from "../features/FeatureVector.js"
import { Reason } from "../features/Reason.js"
import type { Column } from "../features/reference.js"
import { Problem } from "./Problem.js"
import type { ServedTally } from "./ServedTally.js"

/** The entity of this store, and the name of its column. */
const entity = "market"

const statuses = {
  PRESENT: "PRESENT",
  STALE: "OUTSIDE_MAX_AGE",
  NULL: "NULL_VALUE",
  MISSING: "NOT_FOUND"
} as const satisfies Record<Status, string>

const epoch = "1970-01-01T00:00:00Z"

/** As Feast writes times: no fraction of a second where there is none. The epoch stands for no time. */
const timestampOf = (millis: number): string =>
  Number.isNaN(millis) ? epoch : new Date(millis).toISOString().replace(".000Z", "Z")

/** Whichever way Feast writes a reference, or ours: `group:feature` is `group.feature`. */
export const referenceOf = (reference: string): string => reference.replace(":", ".")

const fullName = ({ feature, key }: Column<unknown>): string =>
  `${key.slice(0, key.length - feature.name.length - 1)}__${feature.name}`

const namesOf = (
  columns: ReadonlyArray<Column<unknown>>,
  full: boolean
): Either.Either<ReadonlyArray<string>, Problem> => {
  const names = columns.map((column) => full ? fullName(column) : column.feature.name)
  const twice = names.find((name, index) => names.indexOf(name) < index || name === entity)
  return twice === undefined ? Either.right(names) : Either.left(
    new Problem({
      kind: "invalid_request",
      detail: `two columns would be named ${twice}: ask with "full_feature_names": true`
    })
  )
}

interface Result {
  readonly values: Array<ScalarValue | null>
  readonly statuses: Array<typeof statuses[Status]>
  readonly event_timestamps: Array<string>
}

/**
 * Writes vectors in the shape of Feast's feature server: columns of values, statuses and event timestamps, the entity's
 * first. The event timestamp of a value is the instant from which its age counts.
 */
export const onlineRenderer =
  (served: ServedTally) =>
  (vectors: ReadonlyArray<FeatureVector<unknown>>, full: boolean): Either.Either<string, Problem> => {
    const columns = vectors[0]?.columns ?? []
    return Either.map(namesOf(columns, full), (names) => {
      const results = columns.map((column): Result => {
        const { feature: { index }, group } = column
        const tally = served.of(column)
        const result: Result = { values: [], statuses: [], event_timestamps: [] }
        for (const { answers, asOf } of vectors) {
          const answer = answers.get(group.id)
          const reason = answer?.reasons[index] ?? Reason.no_data
          const bornAt = answer?.bornAt[index] ?? NaN
          const status = statusOf(reason, group, answer?.neededAt[index] ?? NaN, asOf)
          tally.note(status, asOf - bornAt)
          result.values.push(reason === Reason.known ? answer?.values[index] ?? null : null)
          result.statuses.push(statuses[status])
          result.event_timestamps.push(timestampOf(bornAt))
        }
        return result
      })
      const markets: Result = {
        values: vectors.map(({ market }) => market),
        statuses: vectors.map(() => statuses.PRESENT),
        event_timestamps: vectors.map(() => epoch)
      }
      return JSON.stringify({
        metadata: { feature_names: [entity, ...names] },
        results: [markets, ...results]
      })
    })
  }
