import type { EncodedChunk, MaterialisedChunk } from "../FeatureRepository.js"
import { encodeColumns } from "./answers.js"

/** A chunk of materialised answers as it is stored. */
export const encodeChunk = ({ newestAt, reasons, values, ...place }: MaterialisedChunk): EncodedChunk => ({
  ...place,
  data: encodeColumns(place.rows, [newestAt, ...values, ...reasons])
})

/** What the decoded columns of a stored chunk are. */
export const columnsOfChunk = (
  [newestAt = new Float64Array(0), ...features]: ReadonlyArray<Float64Array>
): Pick<MaterialisedChunk, "newestAt" | "values" | "reasons"> => ({
  newestAt,
  values: features.slice(0, features.length / 2),
  reasons: features.slice(features.length / 2)
})
