import type { SqlClient } from "@effect/sql"
import { Effect, Schema } from "effect"
import { Instant } from "../../domain/Instant.js"
import type { MarketId } from "../../domain/MarketId.js"
import type { ExternalHistory, ExternalRow, GroupKey } from "../FeatureRepository.js"
import { storageFailure } from "./Database.js"
import { decoded, type GroupNumbers, type MarketNumbers, rowsPerStatement, select, transaction } from "./rows.js"

const operation = "read external features"
const Sequence = Schema.Struct({ sequence: Schema.Int })
const StoredInstant = Schema.Finite.pipe(Schema.fromBrand(Instant))
const InForce = Schema.Struct({
  feature: Schema.String,
  timestamp: StoredInstant,
  value: Schema.Union(Schema.String, Schema.Finite)
})

/** A stored row: feature, timestamp, available_at, sequence, value. */
type Row = ReadonlyArray<unknown>

/** One column of stored rows, all of them numbers; `undefined` where one is not. */
const numbersOf = (rows: ReadonlyArray<Row>, column: number): Float64Array | undefined => {
  const numbers = new Float64Array(rows.length)
  for (let i = 0; i < rows.length; i++) {
    const cell = rows[i]?.[column]
    if (typeof cell !== "number") return undefined
    numbers[i] = cell
  }
  return numbers
}

const isScalar = (cell: unknown): cell is number | string => typeof cell === "number" || typeof cell === "string"

/**
 * Rows in the order of their features as columns, or which of them are damaged. By hand, since a schema would take as long
 * for each row as all the rest of an as-of join.
 */
const historiesOf = (rows: ReadonlyArray<Row>): ReadonlyArray<ExternalHistory> | string => {
  const histories: Array<ExternalHistory> = []
  for (let from = 0, to = 0; from < rows.length; from = to) {
    const feature = rows[from]?.[0]
    while (to < rows.length && rows[to]?.[0] === feature) to++
    const own = rows.slice(from, to)
    const [timestamp, availableAt, sequence] = [1, 2, 3].map((column) => numbersOf(own, column))
    const value = own.map((row) => row[4]).filter(isScalar)
    const isWhole = timestamp !== undefined && availableAt !== undefined && sequence !== undefined &&
      value.length === own.length
    if (typeof feature !== "string" || !isWhole) {
      return `values of ${String(feature)} are of a type that is never stored`
    }
    histories.push({ feature, timestamp, availableAt, sequence, value })
  }
  return histories
}

/** External values: row by row, since each may be asked for by itself, with both of their instants in the key. */
export const externalValues = (sql: SqlClient.SqlClient, markets: MarketNumbers, groups: GroupNumbers) => ({
  storeExternal: (rows: ReadonlyArray<ExternalRow>) =>
    Effect.gen(function*() {
      // one counter for everything stored: "the last stored" is the one with the higher sequence
      const [head] = yield* sql`UPDATE log_head SET sequence = sequence + ${rows.length} RETURNING sequence`.pipe(
        select(Sequence)
      )
      const first = (head?.sequence ?? 0) - rows.length + 1
      const groupNumber = new Map<GroupKey, number>()
      for (const { group } of rows) {
        if (!groupNumber.has(group)) groupNumber.set(group, yield* groups.of(group))
      }
      const numbers = yield* markets.ensure(rows.map((row) => row.market))
      for (let from = 0; from < rows.length; from += rowsPerStatement) {
        const values = rows.slice(from, from + rowsPerStatement).map((row, i) => ({
          feature_group: groupNumber.get(row.group) ?? 0,
          market: numbers.get(row.market) ?? 0,
          feature: row.feature,
          timestamp: row.timestamp,
          available_at: row.availableAt,
          sequence: first + from + i,
          value: typeof row.value === "boolean" ? Number(row.value) : row.value
        }))
        yield* sql`INSERT INTO external_values ${sql.insert(values)}`
      }
    }).pipe(transaction(sql, markets.forget), Effect.mapError(storageFailure("store external features"))),

  externalAsOf: (group: GroupKey, market: MarketId, at: Instant) =>
    Effect.gen(function*() {
      const number = yield* markets.find(market)
      if (number === undefined) return []
      return yield* sql`SELECT feature, timestamp, value FROM (
          SELECT feature, timestamp, value, ROW_NUMBER() OVER (
            PARTITION BY feature ORDER BY timestamp DESC, available_at DESC, sequence DESC
          ) AS place FROM external_values
          WHERE feature_group = ${yield* groups.of(group)} AND market = ${number}
            AND timestamp <= ${at} AND available_at <= ${at}
        ) WHERE place = 1`.pipe(select(InForce))
    }).pipe(Effect.mapError(storageFailure(operation))),

  externalHistory: (group: GroupKey, market: MarketId) =>
    Effect.gen(function*() {
      const number = yield* markets.find(market)
      if (number === undefined) return []
      // in the order of the key, which costs nothing
      const rows = yield* sql`SELECT feature, timestamp, available_at, sequence, value FROM external_values
          WHERE feature_group = ${yield* groups.of(group)} AND market = ${number}
          ORDER BY feature, timestamp, available_at, sequence`.values
      return yield* decoded(historiesOf(rows), operation)
    }).pipe(Effect.mapError(storageFailure(operation)))
})
