/**
 * The forecast in force at every row of `asked(row_number, market, as_of)`. What supersedes what is a rank; a forecast that
 * is outranked as soon as it is visible is never in force, and of the others the last one is joined as of each row.
 */
export const forecastQuery = (maxAgeMillis: number): string => `
WITH ranked AS (
  SELECT market, greatest(timestamp, available_at) AS visible_at, timestamp, value,
    row_number() OVER (PARTITION BY market ORDER BY timestamp, available_at, stored) AS rank
  FROM forecasts),
highest AS (
  SELECT *, max(rank) OVER (PARTITION BY market ORDER BY visible_at) AS highest FROM ranked),
in_force AS (SELECT market, visible_at, timestamp, value FROM highest WHERE rank = highest)
SELECT a.row_number, CASE WHEN a.as_of - f.timestamp <= ${maxAgeMillis} THEN f.value END AS value
FROM asked a ASOF LEFT JOIN in_force f ON a.market = f.market AND a.as_of >= f.visible_at`
