import { Schema } from "effect"
import { Completion } from "./answer.js"

/** What a forecast of `llm-prediction` rests on: what was asked, and what each model said. */
export const ForecastEvidence = Schema.Struct({
  prompt: Schema.Struct({ system: Schema.String, user: Schema.String, hash: Schema.String }),
  models: Schema.Array(Schema.Struct({
    name: Schema.String,
    model: Schema.String,
    temperature: Schema.NullOr(Schema.Finite),
    hindsight: Schema.Boolean,
    completion: Schema.NullOr(Completion),
    failure: Schema.NullOr(Schema.String)
  }))
})
export type ForecastEvidence = typeof ForecastEvidence.Type

/** How its trade, or the lack of one, came about. Prices of `touch` and `limit` are in millionths, money is in dollars. */
export const TradeEvidence = Schema.Struct({
  consensus: Schema.Struct({
    prediction: Schema.String,
    probability: Schema.Finite,
    confidence: Schema.Finite,
    disagreement: Schema.Finite
  }),
  touch: Schema.Struct({ bid: Schema.Finite, ask: Schema.Finite }),
  edge: Schema.Struct({
    outcome: Schema.String,
    limit: Schema.Finite,
    price: Schema.Finite,
    fee: Schema.Finite,
    cost: Schema.Finite,
    probability: Schema.Finite,
    edge: Schema.Finite
  }),
  thresholds: Schema.Struct({
    minConfidence: Schema.Finite,
    minEdge: Schema.Finite,
    disagreementWeight: Schema.Finite,
    required: Schema.Finite,
    kellyFraction: Schema.Finite,
    maxMarketShare: Schema.Finite,
    maxTotalShare: Schema.Finite
  }),
  holding: Schema.optional(Schema.Struct({
    yes: Schema.Finite,
    no: Schema.Finite,
    cash: Schema.Finite,
    equity: Schema.Finite,
    exposure: Schema.Finite,
    totalExposure: Schema.Finite
  })),
  sizing: Schema.optional(Schema.Struct({
    kelly: Schema.Finite,
    wanted: Schema.Finite,
    room: Schema.Struct({
      kelly: Schema.Finite,
      market_limit: Schema.Finite,
      total_limit: Schema.Finite,
      no_cash: Schema.Finite
    }),
    bound: Schema.String,
    stake: Schema.Finite,
    size: Schema.Finite
  }))
})
export type TradeEvidence = typeof TradeEvidence.Type
