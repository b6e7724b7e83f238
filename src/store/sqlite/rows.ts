import type { SqlClient } from "@effect/sql"
import { SqlError } from "@effect/sql/SqlError"
import { type Cause, Effect, Option, Schema } from "effect"
import { MarketId } from "../../domain/MarketId.js"
import type { GroupKey } from "../FeatureRepository.js"
import { StorageFailure } from "../StorageFailure.js"
import { storageFailure } from "./Database.js"

/** Rows written by one statement: the driver costs some 20 us a statement whatever its size. */
export const rowsPerStatement = 200

/** Runs a query and decodes its rows. */
export const select = <A, I>(row: Schema.Schema<A, I>) => {
  const decode = Schema.decodeUnknown(Schema.Array(row))
  return <E>(query: Effect.Effect<unknown, E>) => Effect.flatMap(query, decode)
}

/** What was decoded, unless it is in words why it could not be: what is stored is damaged then. */
export const decoded = <A>(content: A | string, operation: string): Effect.Effect<A, StorageFailure> =>
  typeof content === "string"
    ? Effect.fail(new StorageFailure({ operation, hint: "restore from a backup", cause: content }))
    : Effect.succeed(content)

/**
 * Runs an effect in a transaction. `forget` drops what is remembered of the database: it must not outlive a transaction
 * that was undone, be it by a failure, by an interruption or by its commit.
 *
 * The client dies where it cannot commit or roll back. A full disk does either: the one at the end, the other because
 * SQLite has rolled back by itself. Both are failures like any other, told by what came first. Where it has not, the
 * transaction is still open: what is read then would not be durable, and what is written would not be kept.
 */
export const transaction = (sql: SqlClient.SqlClient, forget: Effect.Effect<void>) =>
<A, E, R>(
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E | SqlError, R> =>
  Effect.suspend(() => {
    let first: Cause.Cause<E> | undefined
    const noted = Effect.onError(effect, (cause) => {
      first = cause
      return forget
    })
    // with the connection held, so that it is nobody else's transaction
    const rollBack = Effect.scoped(
      Effect.flatMap(sql.reserve, (connection) => connection.executeUnprepared("ROLLBACK", [], undefined))
    ).pipe(Effect.ignore)
    return sql.withTransaction(noted).pipe(
      Effect.onError(() => forget),
      Effect.catchSomeDefect((defect): Option.Option<Effect.Effect<never, E | SqlError>> => {
        if (!(defect instanceof SqlError)) return Option.none()
        const told: Effect.Effect<never, E | SqlError> = first === undefined
          ? Effect.fail(defect)
          : Effect.failCause(first)
        return Option.some(Effect.zipRight(rollBack, told))
      })
    )
  })

const MarketRow = Schema.Struct({ id: Schema.Int, name: MarketId })

/** See `marketNumbers`. */
export type MarketNumbers = ReturnType<typeof marketNumbers>

/** The numbers under which markets are stored; names are read once and kept. */
export const marketNumbers = (sql: SqlClient.SqlClient) => {
  const known = new Map<MarketId, number>()
  const find = (market: MarketId) =>
    sql`SELECT id, name FROM markets WHERE name = ${market}`.pipe(
      select(MarketRow),
      Effect.map((rows) => {
        for (const { id, name } of rows) known.set(name, id)
        return known.get(market)
      })
    )
  const add = (market: MarketId) =>
    sql`INSERT INTO markets (name) VALUES (${market}) ON CONFLICT (name) DO UPDATE SET name = name RETURNING id, name`
      .pipe(
        select(MarketRow),
        Effect.map((rows) => {
          for (const { id, name } of rows) known.set(name, id)
        })
      )
  return {
    /** `undefined` where the market was never stored. */
    find: (market: MarketId) => {
      const id = known.get(market)
      return id === undefined ? find(market).pipe(Effect.mapError(storageFailure("read a market"))) : Effect.succeed(id)
    },
    /** Gives every market a number, new ones too. Within a transaction that may fail, `forget` on failure. */
    ensure: (markets: Iterable<MarketId>) =>
      Effect.suspend(() => {
        const missing = new Set<MarketId>()
        for (const market of markets) if (!known.has(market)) missing.add(market)
        return Effect.forEach(missing, add, { discard: true })
      }).pipe(Effect.as(known)),
    /** Every market by its number. */
    names: sql`SELECT id, name FROM markets`.pipe(
      select(MarketRow),
      Effect.map((rows): ReadonlyMap<number, MarketId> => new Map(rows.map(({ id, name }) => [id, name])))
    ),
    forget: Effect.sync(() => {
      known.clear()
    })
  }
}

const GroupRow = Schema.Struct({ id: Schema.Int })

/** See `groupNumbers`. */
export type GroupNumbers = ReturnType<typeof groupNumbers>

/** The numbers under which registered groups are stored; they never change, so each is read once. */
export const groupNumbers = (sql: SqlClient.SqlClient) => {
  const known = new Map<string, number>()
  return {
    of: ({ name, version }: GroupKey) =>
      Effect.suspend(() => {
        const key = `${name}@${version}`
        const id = known.get(key)
        if (id !== undefined) return Effect.succeed(id)
        return sql`SELECT id FROM feature_groups WHERE name = ${name} AND version = ${version}`.pipe(
          select(GroupRow),
          Effect.flatMap(([row]) =>
            row === undefined
              ? Effect.fail(new StorageFailure({ operation: `find group ${key}`, cause: "it is not registered" }))
              : Effect.succeed(row.id)
          ),
          Effect.tap((number) => Effect.sync(() => known.set(key, number)))
        )
      })
  }
}

export const Bytes = Schema.declare((input): input is Uint8Array => input instanceof Uint8Array)
