import pl from "nodejs-polars"
import { minCoverageHours, noVariance, sharedFeatures, windowMillis } from "../featureQueries.js"
import { opening } from "../generate.js"

const { col } = pl
/** A value where a condition holds, null elsewhere. */
const where = (condition: pl.Expr, value: pl.Expr) => pl.when(condition).then(value).otherwise(pl.lit(null))
const hours = (at: pl.Expr) => at.minus(opening).div(3_600_000)

/** Every instant of a grid for every market. */
const gridFrame = (markets: number, from: number, to: number, everyMillis: number) => {
  const rows = Math.floor((to - from) / everyMillis) + 1
  return pl.DataFrame({
    market: Int32Array.from({ length: markets * rows }, (_, i) => Math.floor(i / rows)),
    as_of: BigInt64Array.from({ length: markets * rows }, (_, i) => BigInt(from + i % rows * everyMillis))
  })
}

const steps = (quotes: pl.DataFrame, grid: pl.DataFrame) => {
  const known = quotes.select(
    col("market"),
    col("as_of"),
    where(col("ask").minus(col("bid")).ltEq(0.1), col("bid").plus(col("ask")).div(2)).as("price"),
    col("bid").fillNull(-1),
    col("ask").fillNull(-1),
    pl.lit(0).as("on_grid")
  )
  const asked = grid.select(
    col("market"),
    col("as_of"),
    pl.lit(null).cast(pl.Float64).as("price"),
    pl.lit(null).cast(pl.Float64).as("bid"),
    pl.lit(null).cast(pl.Float64).as("ask"),
    pl.lit(1).as("on_grid")
  )
  return pl.concat([known, asked]).sort(["market", "as_of", "on_grid"])
    .withColumns(...["price", "bid", "ask"].map((name) => col(name).forwardFill().over("market")))
    .withColumns(
      col("price").shift(1).over("market").as("before"),
      hours(col("as_of").cast(pl.Float64)).as("since"),
      hours(col("as_of").shift(1).over("market").cast(pl.Float64)).as("then")
    )
    .withColumns(
      where(col("before").isNotNull(), col("since").minus(col("then"))).as("hours")
    )
    .withColumns(
      col("price").minus(col("before")).pow(2).as("jump"),
      col("before").mul(col("hours")).as("area_step"),
      col("before").mul(col("before")).mul(col("hours")).as("square_step"),
      col("before").mul(col("hours")).mul(col("since").plus(col("then"))).div(2).as("moment_step")
    )
}

/** Features on a grid by Polars' rolling windows, from Parquet to Parquet; see `windowQuery`. */
export const polarsFeatures = (
  quotes: string,
  out: string,
  markets: number,
  from: number,
  to: number,
  everyMillis: number
): void => {
  const merged = steps(pl.readParquet(quotes), gridFrame(markets, from, to, everyMillis))
  const sums = merged.groupByRolling({
    indexColumn: "as_of",
    by: "market",
    period: `${windowMillis}i`,
    closed: "right"
  })
    .agg(
      col("hours").sum().as("covered"),
      col("jump").sum().as("jumps"),
      col("area_step").sum().as("area"),
      col("square_step").sum().as("square"),
      col("moment_step").sum().as("moment")
    )
  const variance = col("square").div(col("covered")).minus(col("area").div(col("covered")).pow(2))
  const known = col("covered").gtEq(minCoverageHours)
  merged.hstack(sums.select("covered", "jumps", "area", "square", "moment"))
    .filter(col("on_grid").eq(1))
    .withColumns(col("price").shift(windowMillis / everyMillis).over("market").as("old"))
    .select(
      col("market"),
      col("as_of"),
      where(
        col("bid").gtEq(0).and(col("ask").minus(col("bid")).ltEq(0.1)),
        col("bid").plus(col("ask")).div(2)
      ).as("current_price"),
      where(col("bid").gtEq(0), col("ask").minus(col("bid"))).as("price_spread"),
      where(known, col("jumps").div(col("covered")).pow(0.5)).as("volatility"),
      col("price").minus(col("old")).as("momentum"),
      where(
        known.and(variance.gt(noVariance)),
        col("area").div(col("covered")).minus(col("price")).div(variance.pow(0.5))
      ).as("mean_reversion_signal"),
      where(
        known,
        col("moment").minus(col("since").minus(col("covered").div(2)).mul(col("area")))
          .mul(12).div(col("covered").pow(3))
      ).as("price_velocity")
    )
    .select("market", "as_of", ...sharedFeatures)
    .writeParquet(out)
}
