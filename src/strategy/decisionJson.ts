import { Schema } from "effect"
import { Instant, isInstant } from "../domain/Instant.js"
import { MarketId } from "../domain/MarketId.js"
import { reasons } from "../features/Reason.js"

const StoredInstant = Schema.Finite.pipe(
  Schema.filter((millis) => isInstant(millis), { message: () => "an instant in ms" }),
  Schema.fromBrand(Instant)
)

const StoredValue = Schema.Struct({
  value: Schema.Union(Schema.Null, Schema.Finite, Schema.String, Schema.Boolean),
  status: Schema.Literal("PRESENT", "STALE", "NULL", "MISSING"),
  reason: Schema.NullOr(Schema.Literal(...reasons)),
  age_ms: Schema.NullOr(Schema.Finite),
  computed_at: StoredInstant,
  version: Schema.String,
  fingerprint: Schema.String
})

const evidence = { evidence: Schema.optional(Schema.Record({ key: Schema.String, value: Schema.Unknown })) }

const StoredSignal = Schema.Union(
  Schema.Struct({ kind: Schema.Literal("forecast"), probability: Schema.Finite, ...evidence }),
  Schema.Struct({
    kind: Schema.Literal("order"),
    action: Schema.Literal("buy", "sell"),
    outcome: Schema.Literal("yes", "no"),
    size: Schema.Finite,
    limit: Schema.Finite,
    ...evidence
  }),
  Schema.Struct({ kind: Schema.Literal("pass"), reason: Schema.String, ...evidence })
)

/** A decision as storage keeps it, and as `explain --json` prints it: JSON with the field names of `Decision`. */
export const StoredDecision = Schema.Struct({
  strategy: Schema.String,
  version: Schema.String,
  market: MarketId,
  at: StoredInstant,
  sequence: Schema.Int,
  features: Schema.Record({ key: Schema.String, value: StoredValue }),
  signals: Schema.Array(StoredSignal)
})
