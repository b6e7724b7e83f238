import { Clock, Effect } from "effect"
import { CompletionFailed } from "./Completions.js"
import type { LlmSettings, NamedModel } from "./settings.js"

/** Tokens of one attempt: what they could be at most, and then what they were. */
export interface Tokens {
  readonly input: number
  readonly output: number
}

/** An attempt whose worst case has been set aside. */
export interface Reservation {
  /** Puts what was really used in the place of the worst case. Never called, the worst case counts as used. */
  readonly settle: (used: Tokens) => Effect.Effect<void>
}

const millisPerDay = 86_400_000

/** English text has about four characters a token; a prompt full of numbers has fewer. */
const charactersPerToken = 2

export const estimatedTokens = (text: string): number => Math.ceil(text.length / charactersPerToken)

const dollars = ({ inputUsdPerMillion, outputUsdPerMillion }: NamedModel, { input, output }: Tokens): number =>
  (input * inputUsdPerMillion + output * outputUsdPerMillion) / 1_000_000

/**
 * The tokens and dollars of a UTC day of the machine's clock, over all models. An attempt is refused where its worst case
 * (all of the prompt, as much output as is allowed) would exceed a limit, so that a limit is never exceeded.
 */
export const makeBudget = (
  { maxTokensPerDay = Infinity, maxUsdPerDay = Infinity }: Pick<LlmSettings, "maxTokensPerDay" | "maxUsdPerDay">
) => {
  let spent = { day: -1, tokens: 0, usd: 0 }
  const reserve = (model: NamedModel, worst: Tokens): Effect.Effect<Reservation, CompletionFailed> =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const day = Math.floor(now / millisPerDay)
      if (day > spent.day) spent = { day, tokens: 0, usd: 0 }
      const own = spent
      const add = ({ input, output }: Tokens, sign: 1 | -1) => {
        own.tokens += sign * (input + output)
        own.usd += sign * dollars(model, { input, output })
      }
      const isTooMuch = own.tokens + worst.input + worst.output > maxTokensPerDay ||
        own.usd + dollars(model, worst) > maxUsdPerDay
      if (isTooMuch) return Effect.fail(new CompletionFailed({ reason: "llm_budget" }))
      add(worst, 1)
      return Effect.succeed({
        settle: (used) =>
          Effect.sync(() => {
            add(worst, -1)
            add(used, 1)
          })
      })
    })
  return { reserve }
}

export type Budget = ReturnType<typeof makeBudget>
