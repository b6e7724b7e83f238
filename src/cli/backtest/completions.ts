import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { Effect, Either, Layer, Redacted } from "effect"
import type { Environment } from "../../config/overrides.js"
import { recordLayer, replayLayer } from "../../strategy/llm/recording.js"
import { baseUrlOf, type LlmSettings, modelsOf, type NamedModel } from "../../strategy/llm/settings.js"
import { ProcessEnvironment } from "../application.js"
import { UsageRefused } from "../UsageRefused.js"

/** The variable that holds the key of any host, and those of providers, which are sent to no one else. */
const ownVariable = "FEATURE_STORE_LLM_API_KEY"
const variables = { openai: "OPENAI_API_KEY", openrouter: "OPENROUTER_API_KEY", compatible: ownVariable }

const keyIn = (environment: Environment, { provider }: NamedModel): string | undefined =>
  [environment[ownVariable], environment[variables[provider]]].find((key) => key !== undefined && key.trim() !== "")

/** The key of each model's host; a host of one's own may do without. */
const keysOf = (models: ReadonlyArray<NamedModel>, environment: Environment) => {
  const hosts = new Set(models.map(baseUrlOf))
  if (hosts.size > 1 && environment[ownVariable] !== undefined) {
    return Either.left(
      new UsageRefused({
        problem: `${ownVariable} would be sent to ${hosts.size} hosts`,
        hint: "unset it; OPENAI_API_KEY and OPENROUTER_API_KEY are sent to their own hosts only"
      })
    )
  }
  const without = models.find((model) => model.provider !== "compatible" && keyIn(environment, model) === undefined)
  return without === undefined
    ? Either.right((model: NamedModel) => {
      const key = keyIn(environment, model)
      return key === undefined ? undefined : Redacted.make(key.trim())
    })
    : Either.left(
      new UsageRefused({
        problem: `--record: there is no API key for the model ${without.name}`,
        hint: `set ${variables[without.provider]} or ${ownVariable} in the environment`
      })
    )
}

/** The models themselves; their clients are loaded only here, they would slow every other command down. */
const live = (settings: LlmSettings) =>
  Effect.gen(function*() {
    const keyOf = yield* keysOf(modelsOf(settings), yield* ProcessEnvironment)
    const { layer } = yield* Effect.promise(() => import("../../strategy/llm/liveCompletions.js"))
    return Layer.provide(layer(settings, keyOf), FetchHttpClient.layer)
  })

/** Where a backtest's completions come from: the recording, and with `record` the models for what is not in it. */
export const completionsLayer = (settings: LlmSettings, record: boolean) =>
  record
    ? Layer.provide(recordLayer(settings.completions), Layer.unwrapEffect(live(settings)))
    : replayLayer(settings.completions)
