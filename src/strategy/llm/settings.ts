import { Option, ParseResult, Schema } from "effect"
import { type Instant, isInstant, parseIso } from "../../domain/Instant.js"

const choice = <Names extends readonly [string, ...Array<string>]>(...names: Names) =>
  Schema.Literal(...names).annotations({ description: names.map((name) => JSON.stringify(name)).join(" or ") })

const atLeast = (least: number, unit: string) =>
  Schema.Finite.pipe(
    Schema.greaterThanOrEqualTo(least, { description: `a finite number of ${unit}, ${least} or more` })
  )
const above = (unit: string) =>
  Schema.Finite.pipe(Schema.greaterThan(0, { description: `a finite number of ${unit} above 0` }))
const share = Schema.Finite.pipe(Schema.between(0, 1, { description: "a number within 0..1" }))
const whole = (least: number, most: number) =>
  Schema.Int.pipe(Schema.between(least, most, { description: `a whole number from ${least} to ${most}` }))
const text = Schema.NonEmptyString.annotations({ description: "a string that is not empty" })

const expectedDate = "a day as \"2025-10-01\""

/** A day, meant from its first instant in UTC. */
const DayFromText = Schema.transformOrFail(
  Schema.String.annotations({ description: expectedDate }),
  Schema.declare((input): input is Instant => typeof input === "number" && isInstant(input)),
  {
    strict: true,
    decode: (input, _, ast) =>
      Option.match(/^\d{4}-\d{2}-\d{2}$/.test(input) ? parseIso(`${input}T00:00:00Z`) : Option.none(), {
        onNone: () => ParseResult.fail(new ParseResult.Type(ast, input, expectedDate)),
        onSome: ParseResult.succeed
      }),
    encode: (instant, _, ast) => ParseResult.fail(new ParseResult.Forbidden(ast, instant, "settings are only read"))
  }
).annotations({ message: () => ({ message: expectedDate, override: true }) })

const Url = Schema.String.pipe(
  Schema.pattern(/^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/u, {
    description: "an http or https URL without user, query and fragment, such as \"http://127.0.0.1:8000/v1\""
  })
)

const optional = <A, I>(key: string, schema: Schema.Schema<A, I>) =>
  Schema.optionalWith(schema, { exact: true }).pipe(Schema.fromKey(key))
const withDefault = <A, I>(key: string, schema: Schema.Schema<A, I>, fallback: A) =>
  Schema.optionalWith(schema, { exact: true, default: () => fallback }).pipe(Schema.fromKey(key))

/** One language model: where it is, what it is asked with, what it costs, and until when it has read the world. */
const ModelSettings = Schema.Struct({
  /** OpenAI, OpenRouter, or any host that speaks OpenAI's protocol (vLLM, Ollama, llama.cpp, ...) */
  provider: withDefault("provider", choice("openai", "openrouter", "compatible"), "openai"),
  /** the model's id as the host knows it */
  model: text,
  /** needed where the provider is `compatible` */
  baseUrl: optional("base_url", Url),
  /** `responses` is OpenAI's newer API and their default; everybody else's is `chat_completions` */
  api: optional("api", choice("responses", "chat_completions")),
  /** left to the host where absent: some models refuse to be told */
  temperature: optional(
    "temperature",
    Schema.Finite.pipe(Schema.between(0, 2, { description: "a number within 0..2" }))
  ),
  maxOutputTokens: withDefault("max_output_tokens", whole(1, 1_000_000), 1000),
  /** `json_object` for hosts that cannot be given a JSON schema; the answer is checked either way */
  structuredOutput: withDefault("structured_output", choice("json_schema", "json_object"), "json_schema"),
  /** decisions as of an earlier instant are hindsight; where absent, all are */
  trainingCutoff: optional("training_cutoff", DayFromText),
  inputUsdPerMillion: withDefault("input_usd_per_million", atLeast(0, "USD"), 0),
  outputUsdPerMillion: withDefault("output_usd_per_million", atLeast(0, "USD"), 0)
}).pipe(
  Schema.filter(({ baseUrl, provider }) =>
    provider === "compatible" && baseUrl === undefined
      ? { path: ["base_url"], message: "the host's URL, such as \"http://127.0.0.1:8000/v1\"" }
      : undefined
  )
)
export type ModelSettings = typeof ModelSettings.Type

const ModelName = Schema.String.pipe(
  Schema.pattern(/^[a-z][a-z0-9_]*$/, { description: "a name of a-z, 0-9 and _ that starts with a letter" })
)

/** `[feature_store.strategy.llm_prediction]`. Shares are of equity; money is in USD. */
export const LlmSettings = Schema.Struct({
  intervalSecs: withDefault("interval_secs", whole(1, 31_536_000), 3600),
  /** the ensemble, by names of one's own; one model is an ensemble of one */
  models: withDefault("models", Schema.Record({ key: ModelName, value: ModelSettings }), {}),
  /** answers that are needed; more than half of the models where absent */
  quorum: optional("quorum", whole(1, 100)),
  minConfidence: withDefault("min_confidence", share, 0.6),
  /** dollars a share, after fees */
  minEdge: withDefault("min_edge", share, 0.03),
  /** what one standard deviation between the models' target prices adds to the edge that is required */
  disagreementWeight: withDefault("disagreement_weight", atLeast(0, "standard deviations"), 1),
  /** 0 also takes markets whose liquidity is unknown */
  minLiquidityUsd: withDefault("min_liquidity_usd", atLeast(0, "USD"), 1000),
  /** of a share at price p: rate * p * (1 - p); as in the backtest, an assumption on the safe side */
  takerFeeRate: withDefault("taker_fee_rate", share, 0.05),
  kellyFraction: withDefault("kelly_fraction", share, 0.25),
  maxMarketShare: withDefault("max_market_share", share, 0.05),
  maxTotalShare: withDefault("max_total_share", share, 0.5),
  /** for one attempt */
  timeoutSecs: withDefault("timeout_secs", above("seconds"), 30),
  maxRetries: withDefault("max_retries", whole(0, 20), 3),
  /** for each model */
  requestsPerMinute: withDefault("requests_per_minute", whole(1, 100_000), 60),
  /** over all models, a UTC day of the machine's clock */
  maxTokensPerDay: optional("max_tokens_per_day", whole(1, Number.MAX_SAFE_INTEGER)),
  maxUsdPerDay: optional("max_usd_per_day", above("USD")),
  /** the recording of completions, NDJSON */
  completions: withDefault("completions", text, "data/completions.ndjson")
}).pipe(
  Schema.filter(({ maxUsdPerDay, models }) => {
    const unpriced = Object.keys(models).find((name) => models[name]?.outputUsdPerMillion === 0)
    return maxUsdPerDay !== undefined && unpriced !== undefined
      ? {
        path: ["models", unpriced, "output_usd_per_million"],
        message: "a price above 0, without which max_usd_per_day limits nothing"
      }
      : undefined
  }),
  Schema.filter(({ models, quorum }) =>
    quorum !== undefined && quorum > Object.keys(models).length
      ? { path: ["quorum"], message: "at most the number of models" }
      : undefined
  )
)
export type LlmSettings = typeof LlmSettings.Type

/** A model under the name that the settings give it. */
export interface NamedModel extends ModelSettings {
  readonly name: string
}

export const modelsOf = ({ models }: LlmSettings): ReadonlyArray<NamedModel> =>
  Object.entries(models).map(([name, model]) => ({ name, ...model }))

const hosts = { openai: "https://api.openai.com/v1", openrouter: "https://openrouter.ai/api/v1", compatible: "" }

/** The URL below which a model is asked, without a slash at its end. */
export const baseUrlOf = ({ baseUrl, provider }: ModelSettings): string =>
  (baseUrl ?? hosts[provider]).replace(/\/+$/, "")
