import * as OpenAiClient from "@effect/ai-openai/OpenAiClient"
import * as OpenAiLanguageModel from "@effect/ai-openai/OpenAiLanguageModel"
import * as LanguageModel from "@effect/ai/LanguageModel"
import { Layer, type Redacted } from "effect"
import * as chatCompletions from "./chatCompletions.js"
import { baseUrlOf, type ModelSettings } from "./settings.js"

const responses = (model: ModelSettings, apiUrl: string, apiKey: Redacted.Redacted | undefined) =>
  OpenAiLanguageModel.layer({
    model: model.model,
    config: {
      max_output_tokens: model.maxOutputTokens,
      ...(model.temperature === undefined ? {} : { temperature: model.temperature })
    }
  }).pipe(Layer.provide(OpenAiClient.layer({ apiKey, apiUrl })))

/** A configured model as `@effect/ai`'s `LanguageModel`: through OpenAI's own API, or through the one that all others speak. */
export const layer = (model: ModelSettings, apiKey: Redacted.Redacted | undefined) => {
  const { api = model.provider === "openai" ? "responses" : "chat_completions" } = model
  const baseUrl = baseUrlOf(model)
  return api === "responses"
    ? responses(model, baseUrl, apiKey)
    : Layer.effect(LanguageModel.LanguageModel, chatCompletions.make(model, baseUrl, apiKey))
}
