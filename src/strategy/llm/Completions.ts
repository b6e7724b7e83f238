import { Context, type Effect, Schema } from "effect"
import type { StorageFailure } from "../../store/StorageFailure.js"
import type { Completion } from "./answer.js"
import type { Prompt } from "./prompt.js"
import type { NamedModel } from "./settings.js"

/** Why there is no answer. A decision without enough answers passes for one of these reasons, and so is counted. */
export const CompletionReason = Schema.Literal(
  /** no answer in time */
  "llm_timeout",
  /** the host wants fewer requests (429) */
  "llm_rate_limited",
  /** the host cannot be reached, or fails (5xx) */
  "llm_unavailable",
  /** the host refuses the request: a wrong key, an unknown model, a bad request (4xx) */
  "llm_refused",
  /** the answer is no JSON, cut off, or not what the schema asks for */
  "llm_malformed",
  /** the day's tokens or dollars are spent */
  "llm_budget",
  /** too many failures in a row: the model is left alone for a while */
  "llm_circuit_open",
  /** the recording has no answer to this prompt by this model */
  "not_recorded"
)
export type CompletionReason = typeof CompletionReason.Type

/** A model has not answered. It holds nothing that came over the wire, which could repeat a key. */
export class CompletionFailed extends Schema.TaggedError<CompletionFailed>()("CompletionFailed", {
  reason: CompletionReason,
  /** of HTTP, where there was one */
  status: Schema.optional(Schema.Int)
}) {
  override get message(): string {
    return this.status === undefined ? this.reason : `${this.reason} (HTTP ${this.status})`
  }
}

/** Where answers come from: the models themselves, or a recording of what they once said. */
export class Completions extends Context.Tag("strategy/Completions")<Completions, {
  /** A `StorageFailure` is one of the recording: what is paid for and cannot be kept ends the run. */
  readonly ask: (
    model: NamedModel,
    prompt: Prompt
  ) => Effect.Effect<Completion, CompletionFailed | StorageFailure>
}>() {}
