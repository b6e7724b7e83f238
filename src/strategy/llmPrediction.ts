import { Effect, Struct } from "effect"
import { MarketDescriptions } from "../context/MarketDescriptions.js"
import { Instant } from "../domain/Instant.js"
import { canonicalJson, hashOf } from "../features/fingerprint.js"
import type { StorageFailure } from "../store/StorageFailure.js"
import { askAll, failureOf, quorumOf } from "./llm/askAll.js"
import type { Completions } from "./llm/Completions.js"
import { consensusOf } from "./llm/ensemble.js"
import { promptFeatures, promptOf } from "./llm/prompt.js"
import { objectionTo, pass, touchOf } from "./llm/screen.js"
import { type LlmSettings, modelsOf } from "./llm/settings.js"
import { tradeOf } from "./llm/trade.js"
import { Portfolio } from "./Portfolio.js"
import type { Forecast, Signal } from "./Signal.js"
import type { Strategy } from "./Strategy.js"

/** Decisions under different settings are different decisions; how a model is reached changes none. */
const versionOf = (settings: LlmSettings): string => {
  const deciding = Struct.omit(settings, "completions", "maxRetries", "requestsPerMinute", "timeoutSecs")
  return `1.0+${hashOf(canonicalJson(deciding)).slice("sha256:".length, "sha256:".length + 8)}`
}

/**
 * Asks language models for the probability of each market's question, given its features, and buys what they find too
 * cheap: where they are confident, where the edge after fees exceeds what is required, and as much as a fraction of
 * Kelly and the limits allow. Every answer is also a forecast, to be scored when the market resolves.
 */
export const llmPrediction = (
  settings: LlmSettings
): Strategy<StorageFailure, Completions | MarketDescriptions | Portfolio> => ({
  name: "llm-prediction",
  version: versionOf(settings),
  features: promptFeatures,
  intervalMillis: settings.intervalSecs * 1000,
  hindsightUntil: Instant(Math.max(...modelsOf(settings).map(({ trainingCutoff = Infinity }) => trainingCutoff))),
  decide: Effect.fnUntraced(function*(vector) {
    const touch = touchOf(vector)
    if (touch === undefined) return [pass("no_price")]
    const objection = objectionTo(vector, settings)
    if (objection !== undefined) return [objection]

    const description = yield* (yield* MarketDescriptions).at(vector.market, vector.asOf)
    if (description === undefined) return [pass("no_question")]

    const prompt = promptOf(description, vector)
    const models = yield* askAll(settings, prompt, vector.asOf)
    const answers = models.flatMap(({ completion }) => completion === null ? [] : [completion.answer])
    const evidence = { prompt, models }
    if (answers.length < quorumOf(settings)) return [pass(failureOf(models), evidence)]

    const consensus = consensusOf(answers)
    const holding = yield* (yield* Portfolio).holding(vector.market)
    const forecast: Forecast = { kind: "forecast", probability: consensus.probability, evidence }
    const signals: ReadonlyArray<Signal> = [forecast, tradeOf(consensus, touch, holding, settings)]
    return signals
  })
})
