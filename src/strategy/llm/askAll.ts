import { Effect } from "effect"
import type { Instant } from "../../domain/Instant.js"
import type { Completion } from "./answer.js"
import { Completions } from "./Completions.js"
import type { Prompt } from "./prompt.js"
import { type LlmSettings, modelsOf, type NamedModel } from "./settings.js"

/** What one model said, as it is kept: all of its answer, or why there is none. */
export interface Statement {
  readonly name: string
  readonly model: string
  readonly temperature: number | null
  /** whether the decision's instant lies before the model's training cutoff, or that is not known */
  readonly hindsight: boolean
  readonly completion: Completion | null
  readonly failure: string | null
}

/** Decisions before the model's training cutoff may rest on what it has read of their outcome. */
const isHindsight = ({ trainingCutoff }: NamedModel, at: Instant): boolean =>
  trainingCutoff === undefined || at < trainingCutoff

/** Asks every model at once. One that fails is left out; whether enough have answered is for others to say. */
export const askAll = (settings: LlmSettings, prompt: Prompt, at: Instant) =>
  Effect.flatMap(Completions, ({ ask }) =>
    Effect.forEach(modelsOf(settings), (model) =>
      ask(model, prompt).pipe(
        Effect.map((completion) => ({ completion, failure: null })),
        Effect.catchTag("CompletionFailed", ({ reason }) => Effect.succeed({ completion: null, failure: reason })),
        Effect.map((said): Statement => ({
          name: model.name,
          model: model.model,
          temperature: model.temperature ?? null,
          hindsight: isHindsight(model, at),
          ...said
        }))
      ), { concurrency: "unbounded" }))

/** How many answers are needed. */
export const quorumOf = ({ models, quorum }: LlmSettings): number =>
  quorum ?? Math.floor(Object.keys(models).length / 2) + 1

/** The one reason why models have not answered, or that they had several. */
export const failureOf = (statements: ReadonlyArray<Statement>): string => {
  const failures = new Set(statements.flatMap(({ failure }) => failure === null ? [] : [failure]))
  const [only = "no_quorum"] = failures
  return failures.size === 1 ? only : "no_quorum"
}
