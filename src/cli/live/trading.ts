import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { Context, Effect, Either, Layer, Option, Redacted } from "effect"
import { termsOf } from "../../backtest/settings.js"
import type { FeatureStoreConfig } from "../../config/FeatureStoreConfig.js"
import { Catalogue } from "../../live/Catalogue.js"
import * as LiveSink from "../../live/liveSink.js"
import * as PaperAccount from "../../live/PaperAccount.js"
import { type Lines, signalFile } from "../../live/signalFile.js"
import { executionLine } from "../../live/signalLines.js"
import { webhook } from "../../live/webhook.js"
import type { LiveRound } from "../../strategy/runLive.js"
import { runLive } from "../../strategy/runLive.js"
import { ProcessEnvironment } from "../application.js"
import { feeRatesOf } from "../backtest/feeRates.js"
import { liveStrategyNamed } from "../backtest/strategies.js"
import { optionalText } from "../options.js"
import { UsageRefused } from "../UsageRefused.js"

/** Where signals go. */
export const sinkOptions = {
  signals: optionalText("signals", "FILE", "add decisions and executions to this file, one JSON document a line"),
  webhook: optionalText("webhook", "URL", "post them to this address, with FEATURE_STORE_WEBHOOK_TOKEN as bearer token")
}

interface GivenSinks {
  readonly signals: Option.Option<string>
  readonly webhook: Option.Option<string>
}

const webhookVariable = "FEATURE_STORE_WEBHOOK_TOKEN"

/** Refuses an address that nothing can be posted to, before anything is started: requests to a URL with a user fail. */
export const checkSinks = ({ webhook: url }: GivenSinks): Either.Either<void, UsageRefused> =>
  Option.isNone(url) || /^https?:\/\/[^\s/?#@]+(?:[/?#]\S*)?$/u.test(url.value)
    ? Either.void
    : Either.left(
      new UsageRefused({
        // what was given is not shown: the address of a webhook may be the secret
        problem: "--webhook: expected a URL that starts with http:// or https://, without user",
        hint: `for example --webhook http://127.0.0.1:9000/signals; ${webhookVariable} is sent as bearer token`
      })
    )

/** Opens what signals are written to. */
const openSinks = (given: GivenSinks) =>
  Effect.gen(function*() {
    const sinks: Array<Lines> = []
    if (Option.isSome(given.signals)) sinks.push(yield* signalFile(given.signals.value))
    if (Option.isSome(given.webhook)) {
      const token = (yield* ProcessEnvironment)[webhookVariable]?.trim()
      const url = given.webhook.value
      sinks.push(
        yield* webhook({ url, token: token === undefined || token === "" ? undefined : Redacted.make(token) }).pipe(
          Effect.provide(FetchHttpClient.layer)
        )
      )
    }
    return sinks
  })

/** What strategies have come to so far. */
export interface TradingStatus extends PaperAccount.AccountStatus {
  readonly decisions: number
  readonly failures: number
  readonly skipped: number
}

/** Runs strategies over the live context around it, on paper, as long as the scope lasts. */
export const trade = (config: FeatureStoreConfig, names: ReadonlyArray<string>, given: GivenSinks) =>
  Effect.gen(function*() {
    const catalogue = yield* Catalogue
    const ownRates = yield* feeRatesOf(config.backtest)
    const strategies = yield* Effect.forEach(names, (name) => liveStrategyNamed(name, config))
    const sinks = yield* openSinks(given)
    const terms = termsOf(config.backtest, (market) => ownRates(market) ?? catalogue.feeRateOf(market))
    const services = yield* Layer.build(
      Layer.provideMerge(
        LiveSink.layer(sinks),
        PaperAccount.layer(terms, (execution) => {
          const line = executionLine(execution)
          return Effect.forEach(sinks, (write) => write(line), { discard: true })
        })
      )
    )
    let [decisions, failures, skipped] = [0, 0, 0]
    const onRound = (round: LiveRound) =>
      Effect.sync(() => {
        decisions += round.decisions
        failures += round.failures
        skipped += round.skipped
      })
    const markets = Effect.map(catalogue.markets, (followed) => followed.map(({ id }) => id).sort())
    yield* Effect.forEach(
      strategies,
      (strategy) => Effect.forkScoped(Effect.provide(runLive(strategy, { markets, onRound }), services)),
      { discard: true }
    )
    const { status } = Context.get(services, PaperAccount.PaperAccount)
    return { status: Effect.map(status, (account): TradingStatus => ({ ...account, decisions, failures, skipped })) }
  })
