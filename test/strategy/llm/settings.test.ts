import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Instant } from "../../../src/domain/Instant.js"
import { configOf, problemsOf } from "../../config/configOf.js"

const section = "[feature_store.strategy.llm_prediction]\n"
const model = (name: string, ...lines: ReadonlyArray<string>) =>
  `[feature_store.strategy.llm_prediction.models.${name}]\n${lines.join("\n")}\n`

const keyPaths = (source: string) =>
  Effect.map(problemsOf(source), (problems) => problems.map(({ expected, keyPath }) => [keyPath, expected]))

describe("[feature_store.strategy.llm_prediction]", () => {
  it.effect("holds thresholds and models, and the environment wins", () =>
    Effect.gen(function*() {
      const { llmPrediction } = yield* configOf(
        `${section}min_edge = 0.04\n${
          model("mini", "model = \"gpt-4o-mini\"", "training_cutoff = \"2023-10-01\"", "temperature = 1")
        }`,
        {
          FEATURE_STORE_STRATEGY_LLM_PREDICTION_MIN_CONFIDENCE: "0.7",
          FEATURE_STORE_STRATEGY_LLM_PREDICTION_MODELS_MINI_TEMPERATURE: "0",
          FEATURE_STORE_LLM_API_KEY: "a secret is no key of the file"
        }
      )
      assert.deepInclude(llmPrediction, { minEdge: 0.04, minConfidence: 0.7 })
      assert.deepStrictEqual(llmPrediction.models["mini"], {
        provider: "openai",
        model: "gpt-4o-mini",
        temperature: 0,
        maxOutputTokens: 1000,
        structuredOutput: "json_schema",
        trainingCutoff: Instant(Date.UTC(2023, 9, 1)),
        inputUsdPerMillion: 0,
        outputUsdPerMillion: 0
      })
    }))

  it.effect("refuses what cannot be meant, by key", () =>
    Effect.gen(function*() {
      const at = "feature_store.strategy.llm_prediction"
      const only = (...lines: ReadonlyArray<string>) => model("a", "model = \"m\"", ...lines)
      const cases: ReadonlyArray<readonly [source: string, key: string, expected: string]> = [
        [`${section}min_edge = 2`, `${at}.min_edge`, "a number within 0..1"],
        [`${section}kelly_fraction = nan`, `${at}.kelly_fraction`, "a finite number"],
        [`${section}min_edgee = 0.1`, `${at}.min_edgee`, "one of interval_secs"],
        [model("a"), `${at}.models.a.model`, "a string that is not empty"],
        [only("provider = \"gpt\""), `${at}.models.a.provider`, "\"openai\" or \"openrouter\" or \"compatible\""],
        [only("provider = \"compatible\""), `${at}.models.a.base_url`, "the host's URL"],
        [only("base_url = \"http://user:secret@host/v1\""), `${at}.models.a.base_url`, "without user"],
        [only("base_url = \"ftp://host\""), `${at}.models.a.base_url`, "http or https"],
        [only("training_cutoff = 2025-10-01"), `${at}.models.a.training_cutoff`, "a day as \"2025-10-01\""],
        [only("training_cutoff = \"2025-02-30\""), `${at}.models.a.training_cutoff`, "a day as \"2025-10-01\""],
        [only("training_cutoff = \"October 2025\""), `${at}.models.a.training_cutoff`, "a day as \"2025-10-01\""],
        [model("A-1", "model = \"m\""), `${at}.models.A-1`, "a name of a-z"],
        [`${section}quorum = 2\n${only()}`, `${at}.quorum`, "at most the number of models"],
        [`${section}max_usd_per_day = 1\n${only()}`, `${at}.models.a.output_usd_per_million`, "a price above 0"]
      ]
      for (const [source, key, expected] of cases) {
        const [problem = [], ...others] = yield* keyPaths(source)
        assert.strictEqual(problem[0], key, source)
        assert.include(problem[1], expected, source)
        assert.lengthOf(others, 0, source)
      }
    }))

  it.effect("never shows a value that was refused", () =>
    Effect.gen(function*() {
      const problems = yield* problemsOf(model("a", "model = \"m\"", "base_url = \"http://user:canary@host/v1\""))
      assert.notInclude(JSON.stringify(problems), "canary")
    }))
})
