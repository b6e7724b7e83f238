import { Context, Effect, Either, Layer, Record } from "effect"
import type { FeatureStoreConfig } from "../../config/FeatureStoreConfig.js"
import * as MarketDescriptions from "../../context/MarketDescriptions.js"
import { nearest, showValue } from "../../domain/problems.js"
import type { StorageFailure } from "../../store/StorageFailure.js"
import type { Completions } from "../../strategy/llm/Completions.js"
import { type LlmSettings, modelsOf } from "../../strategy/llm/settings.js"
import { llmPrediction } from "../../strategy/llmPrediction.js"
import { marketPrice } from "../../strategy/marketPrice.js"
import { meanReversion } from "../../strategy/meanReversion.js"
import type { Portfolio } from "../../strategy/Portfolio.js"
import type { Strategy } from "../../strategy/Strategy.js"
import { UsageRefused } from "../UsageRefused.js"
import { completionsLayer } from "./completions.js"

/** A strategy with all its services but the account, which the harness has. */
export type Runnable = Strategy<StorageFailure, Portfolio>

/** How a strategy is taken into the past. */
export interface HistoryOptions {
  /** ask models for what the recording lacks, and add it */
  readonly record: boolean
  readonly allowHindsight: boolean
}

/** The language-model strategy over a source of completions. */
const llmPredictionOver = <E, R>(
  settings: LlmSettings,
  completions: Layer.Layer<Completions, E, R>
) =>
  Effect.gen(function*() {
    const services = yield* Layer.build(Layer.merge(completions, MarketDescriptions.layer))
    const strategy = llmPrediction(settings)
    const runnable: Runnable = {
      ...strategy,
      decide: (vector) =>
        Effect.mapInputContext(
          strategy.decide(vector),
          (account: Context.Context<Portfolio>) => Context.merge(services, account)
        )
    }
    return runnable
  })

const demandModels = ({ models }: LlmSettings) =>
  Record.isEmptyRecord(models)
    ? new UsageRefused({
      problem: "--strategy: llm-prediction has no model",
      hint: "configure one under [feature_store.strategy.llm_prediction.models.NAME]"
    })
    : Effect.void

/** As history has it: its models' answers come from the recording, and are added to it on request. */
const recordedLlmPrediction = (
  { llmPrediction: settings }: FeatureStoreConfig,
  { allowHindsight, record }: HistoryOptions
) =>
  Effect.gen(function*() {
    yield* demandModels(settings)
    const undated = modelsOf(settings).find(({ trainingCutoff }) => trainingCutoff === undefined)
    if (undated !== undefined && !allowHindsight) {
      return yield* new UsageRefused({
        problem:
          `--strategy: the model ${undated.name} has no training_cutoff: it may have read how these markets ended`,
        hint:
          `set models.${undated.name}.training_cutoff, or --allow-hindsight to run it all the same and mark the report`
      })
    }
    return yield* llmPredictionOver(settings, completionsLayer(settings, record))
  })

/** As the present has it: the models are asked, and what they say is added to the recording, for backtests to come. */
const liveLlmPrediction = ({ llmPrediction: settings }: FeatureStoreConfig) =>
  Effect.zipRight(demandModels(settings), llmPredictionOver(settings, completionsLayer(settings, true)))

const names = ["market-price", "mean-reversion", "llm-prediction"]

/** Refuses a name that no strategy has. */
export const checkStrategy = (name: string): Either.Either<void, UsageRefused> =>
  names.includes(name) ? Either.void : Either.left(
    new UsageRefused({
      problem: `--strategy: expected one of ${names.join(", ")}, got ${showValue(name)}`,
      hint: nearest(name, names) ?? "market-price is the baseline that every forecast has to beat"
    })
  )

/** The strategies that come with the project, as `--strategy` names them; `llm` makes the one that asks language models. */
const named = <E, R>(name: string, config: FeatureStoreConfig, llm: Effect.Effect<Runnable, E, R>) =>
  Effect.zipRight(
    checkStrategy(name),
    Effect.suspend(() =>
      name === "llm-prediction"
        ? llm
        : Effect.succeed<Runnable>(name === "mean-reversion" ? meanReversion(config.meanReversion) : marketPrice)
    )
  )

/** A strategy for a backtest. */
export const strategyNamed = (name: string, config: FeatureStoreConfig, options: HistoryOptions) =>
  named(name, config, recordedLlmPrediction(config, options))

/** A strategy for the present. */
export const liveStrategyNamed = (name: string, config: FeatureStoreConfig) =>
  named(name, config, liveLlmPrediction(config))
