import pl from "nodejs-polars"
import type { SpineColumns } from "../../../src/store/spineColumns.js"
import type { Columns } from "../columns.js"
import type { Forecasts } from "../forecasts.js"
import { inRowOrder, joinBackward, spineFrame, toBigInts } from "./polarsFrames.js"

const { col } = pl

/** The forecasts and a spine as Parquet files, which DuckDB reads too. */
export const writeForecasts = (
  { availableAt, market, timestamp, value }: Forecasts,
  spine: SpineColumns,
  folder: string
): void => {
  pl.DataFrame({
    market: Int32Array.from(market),
    timestamp: toBigInts(timestamp),
    available_at: toBigInts(availableAt),
    stored: Int32Array.from(market, (_, row) => row),
    value
  }).writeParquet(`${folder}/forecasts.parquet`)
  spineFrame(spine).writeParquet(`${folder}/asked.parquet`)
}

/** As `forecastQuery` does it: forecasts that are outranked as soon as they are visible are left out. */
export const polarsForecasts = (folder: string, maxAgeMillis: number): Columns => {
  const inForce = pl.readParquet(`${folder}/forecasts.parquet`)
    .sort(["timestamp", "available_at", "stored"])
    .withRowIndex("rank")
    .select(
      col("market"),
      pl.maxHorizontal([col("timestamp"), col("available_at")]).as("as_of"),
      col("timestamp"),
      col("value"),
      col("rank")
    )
    .sort(["as_of", "rank"])
    .filter(col("rank").eq(col("rank").cumMax().over("market")))
  const joined = joinBackward(pl.readParquet(`${folder}/asked.parquet`), inForce).withColumn(
    pl.when(col("as_of").minus(col("timestamp")).ltEq(maxAgeMillis)).then(col("value")).otherwise(pl.lit(null))
      .as("value")
  )
  return inRowOrder(joined, ["value"])
}
