import * as Reactivity from "@effect/experimental/Reactivity"
import { SqlClient } from "@effect/sql"
import type { Connection } from "@effect/sql/SqlConnection"
import { SqlError } from "@effect/sql/SqlError"
import { makeCompilerSqlite } from "@effect/sql/Statement"
import { Effect, Layer } from "effect"

/** Says which statements fail, and how. */
export interface Saboteur {
  /**
   * Asked before each statement. `refuse`: it does nothing and fails. `abort`: it fails, and the transaction around it has
   * been rolled back, as SQLite does where it cannot read or write the disk.
   */
  readonly choose: (statement: string) => "run" | "refuse" | "abort"
}

/** The database around it, of which some statements fail. */
export const failingClient = (saboteur: Saboteur): Layer.Layer<SqlClient.SqlClient, never, SqlClient.SqlClient> =>
  Layer.scoped(
    SqlClient.SqlClient,
    Effect.gen(function*() {
      const base = yield* SqlClient.SqlClient
      const failing = (connection: Connection): Connection => {
        const guarded = <A>(statement: string, run: () => Effect.Effect<A, SqlError>) =>
          Effect.suspend(() => {
            const choice = saboteur.choose(statement)
            if (choice === "run") return run()
            const failure = new SqlError({ cause: new Error(`injected: ${choice} ${statement.slice(0, 40)}`) })
            return choice === "refuse"
              ? Effect.fail(failure)
              : Effect.zipRight(
                // outside of a transaction there is nothing to roll back
                Effect.ignore(connection.executeUnprepared("ROLLBACK", [], undefined)),
                Effect.fail(failure)
              )
          })
        return {
          execute: (statement, params, transform) =>
            guarded(statement, () => connection.execute(statement, params, transform)),
          executeRaw: (statement, params) => guarded(statement, () => connection.executeRaw(statement, params)),
          executeStream: connection.executeStream,
          executeValues: (statement, params) => guarded(statement, () => connection.executeValues(statement, params)),
          executeUnprepared: (statement, params, transform) =>
            guarded(statement, () => connection.executeUnprepared(statement, params, transform))
        }
      }
      return yield* SqlClient.make({
        acquirer: Effect.map(base.reserve, failing),
        compiler: makeCompilerSqlite(),
        spanAttributes: []
      })
    }).pipe(Effect.provide(Reactivity.layer))
  )
