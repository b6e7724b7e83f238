import type { SqlClient } from "@effect/sql"
import { Effect, Schema } from "effect"
import { Instant } from "../../domain/Instant.js"
import type { MarketId } from "../../domain/MarketId.js"
import type { ExternalRow, GroupKey } from "../FeatureRepository.js"
import { storageFailure } from "./Database.js"
import { type GroupNumbers, type MarketNumbers, rowsPerStatement, select, transaction } from "./rows.js"

const Sequence = Schema.Struct({ sequence: Schema.Int })
const StoredInstant = Schema.Finite.pipe(Schema.fromBrand(Instant))
const Stored = Schema.Struct({
  feature: Schema.String,
  timestamp: StoredInstant,
  availableAt: StoredInstant,
  sequence: Schema.Int,
  value: Schema.Union(Schema.String, Schema.Finite)
})
const InForce = Schema.Struct({
  feature: Schema.String,
  timestamp: StoredInstant,
  value: Schema.Union(Schema.String, Schema.Finite)
})

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
    }).pipe(Effect.mapError(storageFailure("read external features"))),

  externalHistory: (group: GroupKey, market: MarketId) =>
    Effect.gen(function*() {
      const number = yield* markets.find(market)
      if (number === undefined) return []
      return yield* sql`SELECT feature, timestamp, available_at AS availableAt, sequence, value FROM external_values
          WHERE feature_group = ${yield* groups.of(group)} AND market = ${number}`.pipe(select(Stored))
    }).pipe(Effect.mapError(storageFailure("read external features")))
})
