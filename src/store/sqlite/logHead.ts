import type { SqlClient } from "@effect/sql"
import { Effect, Schema } from "effect"
import { Merged } from "./eventTail.js"
import { select } from "./rows.js"

/** How far the log has come. */
export const Head = Schema.Struct({ sequence: Schema.Int, appended_at: Schema.Int, complete_since: Schema.Int })

const MovedHead = Schema.Struct({ ...Head.fields, ...Merged.fields })

/** Moves the head and gives its new position. As the first statement of a transaction it takes the write lock at once. */
export const moveHead = (sql: SqlClient.SqlClient, events: number, appendedAt: number) =>
  sql`UPDATE log_head SET sequence = sequence + ${events}, appended_at = MAX(appended_at, ${appendedAt})
      RETURNING sequence, appended_at, complete_since, merged_to, merged_market`.pipe(
    select(MovedHead),
    Effect.map(([row]) => row ?? { sequence: 0, appended_at: 0, complete_since: 0, merged_to: 0, merged_market: 0 })
  )
