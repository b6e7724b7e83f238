import type { MarketId } from "../domain/MarketId.js"
import { type FeatureVector, type ScalarValue, type Status, statusOf } from "../features/FeatureVector.js"
import { Reason, reasons } from "../features/Reason.js"
import type { Column } from "../features/reference.js"
import type { ServedTally, Tally } from "./ServedTally.js"

/** What of a column's text is the same in every answer. */
interface Piece {
  readonly column: Column<unknown>
  readonly tally: Tally
  /** `"orderbook.microprice":{"value":` */
  readonly head: string
  /** `,"version":"1.0","fingerprint":"sha256:..."}` */
  readonly tail: string
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

/**
 * Writes vectors as JSON, character by character what `JSON.stringify` makes of them, at a fraction of its cost: what of a
 * column never changes is written once for each plan. Counts what it writes.
 */
export const vectorRenderer = (served: ServedTally): (vector: FeatureVector<unknown>) => string => {
  // a plan has one list of columns for as long as it lives
  const known = new WeakMap<ReadonlyArray<Column<unknown>>, ReadonlyArray<Piece>>()
  const piecesOf = (columns: ReadonlyArray<Column<unknown>>): ReadonlyArray<Piece> => {
    const pieces = columns.map((column, index): Piece => ({
      column,
      tally: served.of(column),
      head: `${index === 0 ? "" : ","}${JSON.stringify(column.key)}:{"value":`,
      tail: `,"version":${JSON.stringify(column.group.version)},"fingerprint":${
        JSON.stringify(column.group.fingerprint)
      }}`
    }))
    known.set(columns, pieces)
    return pieces
  }
  return ({ answers, asOf, columns, market, sequence }) => {
    let text = headOf(market, asOf, sequence)
    for (
      const { column: { feature: { index }, group }, head, tail, tally } of known.get(columns) ?? piecesOf(columns)
    ) {
      const answer = answers.get(group.id)
      if (answer === undefined) continue
      const reason = answer.reasons[index] ?? Reason.no_data
      const status = statusOf(reason, group, answer.neededAt[index] ?? NaN, asOf)
      const bornAt = answer.bornAt[index] ?? NaN
      // NaN where nothing was ever known
      const age = asOf - bornAt
      tally.note(status, age)
      text += head + (reason === Reason.known ? scalarText(answer.values[index]) : "null") + statusText[status] +
        (reasonText[reason] ?? "") + (age === age ? String(age) : "null") + ",\"computed_at\":" +
        String(answer.computedAt) + tail
    }
    return `${text}}}`
  }
}

const headOf = (market: MarketId, asOf: number, sequence: number): string =>
  `{"market":${JSON.stringify(market)},"as_of":${asOf},"sequence":${sequence},"features":{`
