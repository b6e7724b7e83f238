import { Schema } from "effect"

const Share = Schema.Finite.pipe(Schema.between(0, 1))

/** What a model must answer; anything else is no answer. The JSON schema of it goes with the request. */
export const Answer = Schema.Struct({
  /** the outcome worth buying */
  prediction: Schema.Literal("yes", "no", "hold"),
  confidence: Share,
  /** the probability of YES */
  target_price: Share,
  reasoning: Schema.String
})
export type Answer = typeof Answer.Type

/** An answer with what it cost, as far as the host says. */
export const Completion = Schema.Struct({
  answer: Answer,
  input_tokens: Schema.NullOr(Schema.Finite),
  output_tokens: Schema.NullOr(Schema.Finite)
})
export type Completion = typeof Completion.Type

/** The most of a model's reasoning that is kept, in characters. */
export const longestReasoning = 4000
