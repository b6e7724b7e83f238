import { SqlClient } from "@effect/sql"
import { Effect, Layer, Schema } from "effect"
import { decisionId, DecisionJournal, type KeptDecision } from "../../strategy/DecisionJournal.js"
import { StoredDecision } from "../../strategy/decisionJson.js"
import { storageFailure } from "./Database.js"
import { rowsPerStatement, select, transaction } from "./rows.js"

const Row = Schema.Struct({ id: Schema.String, document: Schema.parseJson(StoredDecision) })

const kept = (rows: ReadonlyArray<typeof Row.Type>): ReadonlyArray<KeptDecision> =>
  rows.map(({ document, id }) => ({ id, ...document }))

const make = Effect.map(SqlClient.SqlClient, (sql) =>
  DecisionJournal.of({
    record: (decisions) =>
      Effect.gen(function*() {
        const rows = decisions.map((decision) => ({ id: decisionId(decision), document: JSON.stringify(decision) }))
        for (let from = 0; from < rows.length; from += rowsPerStatement) {
          const page = sql.insert(rows.slice(from, from + rowsPerStatement))
          yield* sql`INSERT INTO decisions ${page} ON CONFLICT (id) DO NOTHING`
        }
      }).pipe(transaction(sql, Effect.void), Effect.mapError(storageFailure("keep decisions"))),
    find: (prefix, most) =>
      // "g" comes after every hex digit: the range is what starts with the prefix, and the index finds it
      sql`SELECT id, document FROM decisions WHERE id >= ${prefix} AND id < ${`${prefix}g`}
          ORDER BY number LIMIT ${most}`.pipe(
        select(Row),
        Effect.map(kept),
        Effect.mapError(storageFailure("read decisions"))
      ),
    latest: (most) =>
      sql`SELECT id, document FROM decisions ORDER BY number DESC LIMIT ${most}`.pipe(
        select(Row),
        Effect.map(kept),
        Effect.mapError(storageFailure("read decisions"))
      )
  }))

/** The journal of decisions in the embedded database: one JSON document a decision. */
export const layer = Layer.effect(DecisionJournal, make)
