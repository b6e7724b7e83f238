import * as Command from "@effect/cli/Command"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import { Effect, Either, Layer, Option } from "effect"
import { backtest } from "../../backtest/backtest.js"
import { type BacktestSettings, termsOf } from "../../backtest/settings.js"
import type { FeatureStoreConfig } from "../../config/FeatureStoreConfig.js"
import { parseDecimal } from "../../domain/Price.js"
import { showValue } from "../../domain/problems.js"
import { EventLog } from "../../store/EventLog.js"
import { databaseFile, openRegistry, storageLayer } from "../application.js"
import { feeRatesOf } from "../backtest/feeRates.js"
import { writePage } from "../backtest/page.js"
import { strategyNamed } from "../backtest/strategies.js"
import { renderBacktest } from "../backtest/summary.js"
import { flag, from, globals, markets, optionalText, requiredText, to } from "../options.js"
import { Output, present } from "../terminal/Output.js"
import { withProgress } from "../terminal/progress.js"
import { visible } from "../terminal/text.js"
import { UsageRefused } from "../UsageRefused.js"
import { durationOf, marketsMatching, readRange } from "../values.js"

const mostCash = 10_000_000

const cashOf = (text: Option.Option<string>, { cash }: BacktestSettings): Either.Either<number, UsageRefused> =>
  Option.match(text, {
    onNone: () => Either.right(cash),
    onSome: (given) => {
      const amount = Option.getOrElse(parseDecimal(given.trim()), () => NaN)
      return amount >= 0 && amount <= mostCash ? Either.right(amount) : Either.left(
        new UsageRefused({
          problem: `--cash: expected dollars within 0..${mostCash}, got ${showValue(given)}`,
          hint: "for example --cash 10000"
        })
      )
    }
  })

const intervalOf = (text: Option.Option<string>) =>
  Option.match(text, {
    onNone: () => Either.right(undefined),
    onSome: (given): Either.Either<number | undefined, UsageRefused> => durationOf("--interval", given)
  })

/** Refuses a page that could not be written, before anything is computed for it. */
const checkFolder = (out: Option.Option<string>) =>
  Effect.gen(function*() {
    if (Option.isNone(out)) return
    const path = yield* Path.Path
    const folder = path.dirname(out.value)
    const fs = yield* FileSystem.FileSystem
    if (out.value.trim() !== "" && (yield* Effect.orElseSucceed(fs.exists(folder), () => false))) return
    return yield* new UsageRefused({
      problem: `--out: expected a file in a folder that is there, got ${showValue(out.value)}`,
      hint: "for example --out report.html"
    })
  })

const withRecording = (config: FeatureStoreConfig, recording: Option.Option<string>): FeatureStoreConfig =>
  Option.match(recording, {
    onNone: () => config,
    onSome: (completions) => ({ ...config, llmPrediction: { ...config.llmPrediction, completions } })
  })

export const backtestCommand = Command.make("backtest", {
  strategy: requiredText("strategy", "NAME", "market-price, mean-reversion or llm-prediction"),
  markets,
  from,
  to,
  interval: optionalText("interval", "D", "between decisions, in place of the strategy's own: 30s, 5m, 1h"),
  cash: optionalText("cash", "USD", "what the account starts with, in place of the configured cash"),
  out: optionalText("out", "FILE", "write the report as one HTML page"),
  recording: optionalText("recording", "FILE", "answers of language models, in place of the configured completions"),
  record: flag("record", "ask the models for what the recording lacks, and add it (costs money)"),
  allowHindsight: flag("allow-hindsight", "run a strategy that knows what became known later, and mark the report"),
  ...globals
}, (given) =>
  Effect.gen(function*() {
    const range = yield* readRange(given)
    if ((given.record || Option.isSome(given.recording)) && given.strategy !== "llm-prediction") {
      return yield* new UsageRefused({
        problem: `--recording, --record: ${showValue(given.strategy)} asks no language model`,
        hint: "leave them out, or write --strategy llm-prediction"
      })
    }
    const intervalMillis = yield* intervalOf(given.interval)
    const { config, registry } = yield* openRegistry(given)
    const cash = yield* cashOf(given.cash, config.backtest)
    const terms = termsOf({ ...config.backtest, cash }, yield* feeRatesOf(config.backtest))
    yield* checkFolder(given.out)
    const report = yield* Effect.gen(function*() {
      const strategy = yield* strategyNamed(given.strategy, withRecording(config, given.recording), given)
      const log = yield* EventLog
      const wanted = yield* marketsMatching(log, given.markets)
      if ((yield* log.markets).length === 0) {
        return yield* new UsageRefused({ problem: "the log is empty", hint: "import something first" })
      }
      return yield* withProgress({ label: "backtest", unit: "events" }, (onProgress) =>
        backtest(registry, Layer.empty, strategy, {
          terms,
          ...range,
          markets: wanted,
          intervalMillis,
          allowHindsight: given.allowHindsight,
          onProgress
        }))
    }).pipe(Effect.scoped, Effect.provide(storageLayer(databaseFile(config))))
    yield* present(report, renderBacktest(report))
    if (Option.isSome(given.out)) {
      yield* writePage(given.out.value, report)
      const { note } = yield* Output
      yield* note(`report: ${visible(given.out.value)}`)
    }
  })).pipe(
    Command.withDescription("Replay the log through a strategy: what it would have traded, earned and foreseen.")
  )
