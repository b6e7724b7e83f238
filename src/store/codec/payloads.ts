import { Schema } from "effect"
import { Instant } from "../../domain/Instant.js"

/** The events that are few and wide are stored as JSON, by these schemas. */
const Stored = Schema.Finite.pipe(Schema.fromBrand(Instant))

export const Snapshots = Schema.Array(Schema.Struct({
  question: Schema.String,
  category: Schema.UndefinedOr(Schema.String),
  tags: Schema.Array(Schema.String),
  startDate: Schema.UndefinedOr(Stored),
  endDate: Schema.UndefinedOr(Stored),
  resolutionDate: Schema.UndefinedOr(Stored),
  liquidity: Schema.UndefinedOr(Schema.Finite),
  volume24h: Schema.UndefinedOr(Schema.Finite),
  tickSize: Schema.UndefinedOr(Schema.Finite)
}))

export const Documents = Schema.Array(Schema.Struct({
  id: Schema.String,
  text: Schema.String,
  publishedAt: Schema.UndefinedOr(Stored),
  url: Schema.UndefinedOr(Schema.String),
  score: Schema.Finite,
  scorer: Schema.String
}))

export const Interruptions = Schema.Array(Schema.Struct({
  scope: Schema.Literal("market", "source"),
  reason: Schema.String
}))
