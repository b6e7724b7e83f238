import pl from "nodejs-polars"
import type { SpineColumns } from "../../../src/store/spineColumns.js"
import type { Columns } from "../columns.js"

/** Instants as Polars' integers. */
export const toBigInts = (values: Float64Array): BigInt64Array => BigInt64Array.from(values, BigInt)

/** A spine with the numbers of its rows. */
export const spineFrame = ({ market, timestamp }: SpineColumns) =>
  pl.DataFrame({
    row_number: Int32Array.from(market, (_, row) => row),
    market: Int32Array.from(market),
    as_of: toBigInts(timestamp)
  })

/** Polars' join wants both sides in the order of time, as `right` is; it warns that it does not look, unless told not to. */
export const joinBackward = (spine: pl.DataFrame, right: pl.DataFrame): pl.DataFrame =>
  spine.sort("as_of")
    .joinAsof(right, { on: "as_of", by: "market", strategy: "backward", checkSortedness: false })

/** Columns of a frame whose rows are numbered, in the order of the numbers; NaN for null. */
export const inRowOrder = (frame: pl.DataFrame, names: ReadonlyArray<string>): Columns => {
  const sorted = frame.sort("row_number").select(...names.map((name) => pl.col(name).fillNull(NaN)))
  return names.map((name) => new Float64Array(sorted.getColumn(name).toTypedArray()))
}
