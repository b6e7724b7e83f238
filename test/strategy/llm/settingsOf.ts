import { Schema } from "effect"
import { LlmSettings } from "../../../src/strategy/llm/settings.js"

/** Settings as a configuration file would give them. */
export const settingsOf = (given: object = {}): LlmSettings => Schema.decodeUnknownSync(LlmSettings)(given)

/** One model at a host that speaks OpenAI's protocol. */
export const modelAt = (base_url: string, more: object = {}) => ({
  provider: "compatible",
  model: "some-model",
  base_url,
  training_cutoff: "2020-01-01",
  ...more
})
