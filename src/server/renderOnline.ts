import { Either } from "effect"
import { type FeatureVector, type Status, statusOf } from "../features/FeatureVector.js"
import { Reason } from "../features/Reason.js"
import type { Column } from "../features/reference.js"
import { answerTexts, joined } from "./AnswerTexts.js"
import { Problem } from "./Problem.js"
import { scalarText } from "./renderVector.js"
import type { ServedTally, Tally } from "./ServedTally.js"

/** The entity of this store, and the name of its column. */
const entity = "market"

/** as JSON */
const statuses = {
  PRESENT: "\"PRESENT\"",
  STALE: "\"OUTSIDE_MAX_AGE\"",
  NULL: "\"NULL_VALUE\"",
  MISSING: "\"NOT_FOUND\""
} as const satisfies Record<Status, string>

const epoch = "1970-01-01T00:00:00Z"

/** As Feast writes times: no fraction of a second where there is none. The epoch stands for no time. */
const timestampOf = (millis: number): string =>
  Number.isNaN(millis) ? epoch : new Date(millis).toISOString().replace(".000Z", "Z")

/** Whichever way Feast writes a reference, or ours: `group:feature` is `group.feature`. */
export const referenceOf = (reference: string): string => reference.replace(":", ".")

const fullName = ({ feature, key }: Column<unknown>): string =>
  `${key.slice(0, key.length - feature.name.length - 1)}__${feature.name}`

/** The names of all columns as JSON; refused where two are the same. */
const metadataOf = (
  columns: ReadonlyArray<Column<unknown>>,
  nameOf: (column: Column<unknown>) => string
): Either.Either<string, Problem> => {
  const names = [entity, ...columns.map(nameOf)]
  const twice = names.find((name, index) => names.indexOf(name) < index)
  return twice === undefined ? Either.right(JSON.stringify({ feature_names: names })) : Either.left(
    new Problem({
      kind: "invalid_request",
      detail: `two columns would be named ${twice}: ask with "full_feature_names": true`
    })
  )
}

/** What of an answer is the same for each request with the same columns. */
interface Head {
  readonly tallies: ReadonlyArray<Tally>
  readonly short: Either.Either<string, Problem>
  readonly full: Either.Either<string, Problem>
}

/** Timestamps that are remembered: the features of a group share one, and it stays for a while. */
const mostTimestamps = 10_000

const timestampWriter = () => {
  const known = new Map<number, string>()
  return (millis: number): string => {
    const before = known.get(millis)
    if (before !== undefined) return before
    const text = `"${timestampOf(millis)}"`
    if (known.size >= mostTimestamps) known.clear()
    known.set(millis, text)
    return text
  }
}

/** A column, by what it holds of each vector. */
const columnText = (values: string, statusList: string, timestamps: string) =>
  `{"values":[${values}],"statuses":[${statusList}],"event_timestamps":[${timestamps}]}`

const marketColumn = (vectors: ReadonlyArray<FeatureVector<unknown>>) =>
  columnText(
    vectors.map(({ market }) => JSON.stringify(market)).join(","),
    vectors.map(() => statuses.PRESENT).join(","),
    vectors.map(() => `"${epoch}"`).join(",")
  )

/**
 * Writes vectors in the shape of Feast's feature server: columns of values, statuses and event timestamps, the entity's
 * first. The event timestamp of a value is the instant from which its age counts.
 */
export const onlineRenderer = (served: ServedTally) => {
  // a plan has one list of columns for as long as it lives
  const known = new WeakMap<ReadonlyArray<Column<unknown>>, Head>()
  const headOf = (columns: ReadonlyArray<Column<unknown>>): Head => {
    const head = {
      tallies: columns.map((column) => served.of(column)),
      short: metadataOf(columns, (column) => column.feature.name),
      full: metadataOf(columns, fullName)
    }
    known.set(columns, head)
    return head
  }
  const timestamp = timestampWriter()
  /** A column of one vector never changes while its status stays. */
  const textsOf = answerTexts({
    write: ({ bornAt, reasons, values }, index, status) =>
      joined(
        columnText(
          reasons[index] === Reason.known ? scalarText(values[index]) : "null",
          statuses[status],
          timestamp(bornAt[index] ?? NaN)
        )
      ),
    end: () => ""
  })
  return (vectors: ReadonlyArray<FeatureVector<unknown>>, isFull: boolean): Either.Either<string, Problem> => {
    const columns = vectors[0]?.columns ?? []
    const { full, short, tallies } = known.get(columns) ?? headOf(columns)
    const write = ({ feature: { index }, group }: Column<unknown>, tally: Tally | undefined): string => {
      let [values, statusList, timestamps] = ["", "", ""]
      let separator = ""
      for (const { answers, asOf } of vectors) {
        const answer = answers.get(group.id)
        const reason = answer?.reasons[index] ?? Reason.no_data
        const bornAt = answer?.bornAt[index] ?? NaN
        const status = statusOf(reason, group, answer?.neededAt[index] ?? NaN, asOf)
        tally?.note(status, asOf - bornAt)
        if (vectors.length === 1 && answer !== undefined) return textsOf(answer, group).at(index, status)
        values += separator + (reason === Reason.known ? scalarText(answer?.values[index]) : "null")
        statusList += separator + statuses[status]
        timestamps += separator + timestamp(bornAt)
        separator = ","
      }
      return columnText(values, statusList, timestamps)
    }
    return Either.map(isFull ? full : short, (metadata) => {
      let text = `{"metadata":${metadata},"results":[${marketColumn(vectors)}`
      for (let i = 0; i < columns.length; i++) {
        const column = columns[i]
        if (column !== undefined) text += `,${write(column, tallies[i])}`
      }
      return `${text}]}`
    })
  }
}
