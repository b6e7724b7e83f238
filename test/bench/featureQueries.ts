import { opening } from "./generate.js"

/** The features that the peers compute too, of the groups `market` and `price_history` with its window of an hour. */
export const sharedFeatures = [
  "current_price",
  "price_spread",
  "volatility",
  "momentum",
  "mean_reversion_signal",
  "price_velocity"
]

export const windowMillis = 3_600_000
/** below this much history there are no statistics */
export const minCoverageHours = 300 / 3_600
/** a variance below this is none, for those who do not sum exactly */
export const noVariance = 1e-13

const hours = (as_of: string) => `(${as_of} - ${opening}) / 3600000.0`
const mid = "CASE WHEN ask - bid <= 0.1 THEN (bid + ask) / 2 END"

/** The statistics of a window out of its sums: `covered` hours and the middle of them, area, square, moment and jumps. */
const statistics = `
  CASE WHEN covered >= ${minCoverageHours} THEN sqrt(jumps / covered) END AS volatility, momentum,
  CASE WHEN covered >= ${minCoverageHours} AND square / covered - (area / covered) ** 2 > ${noVariance}
    THEN (area / covered - price) / sqrt(square / covered - (area / covered) ** 2) END AS mean_reversion_signal,
  CASE WHEN covered >= ${minCoverageHours} THEN 12 / covered ** 3 * (moment - middle * area) END AS price_velocity`

/**
 * Features on a grid by moving windows, as pandas users write them: the grid's instants are merged into the quotes, the
 * price is carried forward, and every window sums the steps within it.
 */
export const windowQuery = (quotes: string, markets: number, from: number, to: number, everyMillis: number) => `
WITH quotes AS (SELECT market, as_of, bid, ask FROM '${quotes}'),
merged AS (
  SELECT market, as_of, bid, ask, false AS on_grid FROM quotes
  UNION ALL SELECT m.range AS market, g.range AS as_of, NULL, NULL, true
    FROM range(${markets}) m, range(${from}, ${to + 1}, ${everyMillis}) g),
filled AS (
  SELECT market, as_of, on_grid,
    last_value(CASE WHEN NOT on_grid THEN coalesce(bid, -1) END IGNORE NULLS) OVER past AS bid,
    last_value(CASE WHEN NOT on_grid THEN coalesce(ask, -1) END IGNORE NULLS) OVER past AS ask,
    last_value(${mid} IGNORE NULLS) OVER past AS price
  FROM merged WINDOW past AS (PARTITION BY market ORDER BY as_of, on_grid ROWS UNBOUNDED PRECEDING)),
steps AS (
  SELECT *, lag(price) OVER w AS before, (as_of - lag(as_of) OVER w) / 3600000.0 AS hours,
    ${hours("(as_of + lag(as_of) OVER w) / 2")} AS mid_hours
  FROM filled WINDOW w AS (PARTITION BY market ORDER BY as_of, on_grid)),
sums AS (
  SELECT market, as_of, on_grid, bid, ask, price,
    sum(CASE WHEN before IS NOT NULL THEN hours END) OVER hour AS covered,
    sum((price - before) ** 2) OVER hour AS jumps,
    sum(before * hours) OVER hour AS area,
    sum(before * before * hours) OVER hour AS square,
    sum(before * hours * mid_hours) OVER hour AS moment
  FROM steps
  WINDOW hour AS (PARTITION BY market ORDER BY as_of RANGE BETWEEN ${windowMillis - 1} PRECEDING AND CURRENT ROW)),
answers AS (
  SELECT market, as_of, bid, ask, price, covered, jumps, area, square, moment,
    price - lag(price, ${windowMillis / everyMillis}) OVER (PARTITION BY market ORDER BY as_of) AS momentum,
    ${hours("as_of")} - covered / 2 AS middle
  FROM sums WHERE on_grid)
SELECT market, as_of,
  CASE WHEN bid >= 0 AND ask >= 0 AND ask - bid <= 0.1 THEN (bid + ask) / 2 END AS current_price,
  CASE WHEN bid >= 0 AND ask >= 0 THEN ask - bid END AS price_spread,
  ${statistics}
FROM answers`

/**
 * Features of any rows `asked(row_number, market, as_of)` out of running sums, joined as of each row and as of an hour before:
 * less to compute than windows, for those who see it.
 */
export const runningSumsQuery = (quotes: string, asked: string) => `
WITH quotes AS (SELECT market, as_of, bid, ask FROM '${quotes}'),
asked AS (${asked}),
points AS (SELECT market, as_of, (bid + ask) / 2 AS price FROM quotes WHERE ask - bid <= 0.1),
steps AS (
  SELECT market, as_of, price, ${hours("as_of")} AS since, lag(price) OVER w AS before,
    (as_of - lag(as_of) OVER w) / 3600000.0 AS hours, ${hours("(as_of + lag(as_of) OVER w) / 2")} AS mid_hours
  FROM points WINDOW w AS (PARTITION BY market ORDER BY as_of)),
sums AS (
  SELECT market, as_of, price, since,
    first_value(since) OVER past AS first_since,
    coalesce(sum((price - before) ** 2) OVER past, 0) AS jumps,
    coalesce(sum(before * hours) OVER past, 0) AS area,
    coalesce(sum(before * before * hours) OVER past, 0) AS square,
    coalesce(sum(before * hours * mid_hours) OVER past, 0) AS moment
  FROM steps WINDOW past AS (PARTITION BY market ORDER BY as_of ROWS UNBOUNDED PRECEDING)),
joined AS (
  SELECT a.row_number, a.market, a.as_of, q.bid, q.ask, n.price, ${hours("a.as_of")} AS now,
    CASE WHEN o.price IS NULL THEN n.first_since ELSE ${hours("a.as_of")} - 1 END AS start,
    n.since AS n_since, n.jumps - coalesce(o.jumps, 0) AS jumps, n.area AS n_area, n.square AS n_square,
    n.moment AS n_moment, o.price AS old, o.since AS o_since, o.area AS o_area, o.square AS o_square,
    o.moment AS o_moment
  FROM (SELECT *, as_of - ${windowMillis} AS an_hour_ago FROM asked) a
  ASOF LEFT JOIN quotes q ON a.market = q.market AND a.as_of >= q.as_of
  ASOF LEFT JOIN sums n ON a.market = n.market AND a.as_of >= n.as_of
  ASOF LEFT JOIN sums o ON a.market = o.market AND a.an_hour_ago >= o.as_of),
answers AS (
  SELECT row_number, market, as_of, bid, ask, price, jumps, now - start AS covered, (now + start) / 2 AS middle,
    price - old AS momentum,
    n_area + price * (now - n_since) - coalesce(o_area + old * (start - o_since), 0) AS area,
    n_square + price * price * (now - n_since) - coalesce(o_square + old * old * (start - o_since), 0) AS square,
    n_moment + price * (now - n_since) * (now + n_since) / 2
      - coalesce(o_moment + old * (start - o_since) * (start + o_since) / 2, 0) AS moment
  FROM joined)
SELECT row_number, market, as_of, CASE WHEN ask - bid <= 0.1 THEN (bid + ask) / 2 END AS current_price,
  ask - bid AS price_spread, ${statistics}
FROM answers`

/** The instants of a grid as rows to ask for. */
export const gridRows = (markets: number, from: number, to: number, everyMillis: number) =>
  `SELECT 0 AS row_number, m.range AS market, g.range AS as_of
    FROM range(${markets}) m, range(${from}, ${to + 1}, ${everyMillis}) g`
