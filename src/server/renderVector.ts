import type { MarketId } from "../domain/MarketId.js"
import { type FeatureVector, type ScalarValue, type Status, statusOf } from "../features/FeatureVector.js"
import type { Group } from "../features/Group.js"
import { Reason, reasons } from "../features/Reason.js"
import type { Column } from "../features/reference.js"
import { type AnswerTexts, answerTexts, type AnswerWriter, joined } from "./AnswerTexts.js"
import type { ServedTally, Tally } from "./ServedTally.js"

/** What of a column is the same in every answer. */
interface Piece {
  readonly column: Column<unknown>
  readonly tally: Tally
  /** `"orderbook.microprice":{"value":` */
  readonly head: string
}

const statusText: Record<Status, string> = {
  PRESENT: ",\"status\":\"PRESENT\",\"reason\":",
  STALE: ",\"status\":\"STALE\",\"reason\":",
  NULL: ",\"status\":\"NULL\",\"reason\":",
  MISSING: ",\"status\":\"MISSING\",\"reason\":"
}

/** By reason code, up to the age. */
const reasonText = ["null", ...reasons.map((reason) => JSON.stringify(reason))].map((text) => `${text},"age_ms":`)

/** A scalar as JSON. Numbers are finite and not -0. */
export const scalarText = (value: ScalarValue | undefined): string =>
  typeof value === "number" ? String(value) : value === undefined ? "null" : JSON.stringify(value)

/** What does not move on with time: from the value up to the age, and behind it. */
const writer: AnswerWriter = {
  write: ({ reasons: codes, values }, index, status) => {
    const reason = codes[index] ?? Reason.no_data
    return joined(
      reason === Reason.known ? scalarText(values[index]) : "null",
      statusText[status],
      reasonText[reason] ?? ""
    )
  },
  end: ({ computedAt }, { fingerprint, version }) =>
    joined(
      `,"computed_at":${computedAt}`,
      `,"version":${JSON.stringify(version)}`,
      `,"fingerprint":${JSON.stringify(fingerprint)}}`
    )
}

const headOf = (market: MarketId, asOf: number, sequence: number): string =>
  `{"market":${JSON.stringify(market)},"as_of":${asOf},"sequence":${sequence},"features":{`

/**
 * Writes vectors as JSON, character by character what `JSON.stringify` makes of them, at a fraction of its cost: what of a
 * column never changes is written once for each plan, and what of an answer never changes once for each answer. Counts
 * what it writes.
 */
export const vectorRenderer = (served: ServedTally): (vector: FeatureVector<unknown>) => string => {
  // a plan has one list of columns for as long as it lives
  const known = new WeakMap<ReadonlyArray<Column<unknown>>, ReadonlyArray<Piece>>()
  const piecesOf = (columns: ReadonlyArray<Column<unknown>>): ReadonlyArray<Piece> => {
    const pieces = columns.map((column, index): Piece => ({
      column,
      tally: served.of(column),
      head: `${index === 0 ? "" : ","}${JSON.stringify(column.key)}:{"value":`
    }))
    known.set(columns, pieces)
    return pieces
  }
  const textsOf = answerTexts(writer)
  return ({ answers, asOf, columns, market, sequence }) => {
    let text = headOf(market, asOf, sequence)
    let texts: AnswerTexts | undefined
    let of: Group<unknown> | undefined
    for (const { column: { feature: { index }, group }, head, tally } of known.get(columns) ?? piecesOf(columns)) {
      if (group !== of) {
        of = group
        const answer = answers.get(group.id)
        texts = answer === undefined ? undefined : textsOf(answer, group)
      }
      if (texts === undefined) continue
      const { answer, end } = texts
      const status = statusOf(answer.reasons[index] ?? Reason.no_data, group, answer.neededAt[index] ?? NaN, asOf)
      // NaN where nothing was ever known
      const age = asOf - (answer.bornAt[index] ?? NaN)
      tally.note(status, age)
      text += head + texts.at(index, status) + (age === age ? String(age) : "null") + end
    }
    return `${text}}}`
  }
}
