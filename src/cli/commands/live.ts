import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import { Effect, Layer, Option, Ref } from "effect"
import { keepLogSmall } from "../../live/retention.js"
import { recorderLock } from "../../store/sqlite/recorderLock.js"
import { databaseFile, openRegistry, storeLayer } from "../application.js"
import { checkStrategy } from "../backtest/strategies.js"
import { followConfiguredNews } from "../live/news.js"
import { recordingLayer, renderRecording, watchRecording } from "../live/recording.js"
import { runningOf, runningOptions } from "../live/running.js"
import { selectionOf, selectionOptions } from "../live/selection.js"
import { runService } from "../live/service.js"
import { checkSinks, sinkOptions, trade, type TradingStatus } from "../live/trading.js"
import { globals } from "../options.js"
import { present } from "../terminal/Output.js"
import { count, counted } from "../terminal/text.js"

const dollars = (amount: number): string => `$${amount.toFixed(2)}`

const renderTrading = (status: TradingStatus): string =>
  `${counted(status.decisions, "decision")}, ${counted(status.failures, "failure")}; ` +
  `${counted(status.orders, "paper order")}, ${count(status.filled)} filled; ` +
  `equity ${dollars(status.equity)} of ${dollars(status.start)}, fees ${dollars(status.fees)}`

const tradingDocument = (status: TradingStatus) => ({
  decisions: status.decisions,
  failures: status.failures,
  skipped_rounds: status.skipped,
  orders: status.orders,
  filled: status.filled,
  open_markets: status.openMarkets,
  start: status.start,
  cash: status.cash,
  equity: status.equity,
  fees: status.fees
})

export const live = Command.make("live", {
  ...selectionOptions,
  strategy: Options.text("strategy").pipe(
    Options.withPseudoName("NAME"),
    Options.withDescription("market-price, mean-reversion or llm-prediction; repeatable"),
    Options.atLeast(1)
  ),
  ...sinkOptions,
  ...runningOptions("features, /health, /ready and /metrics"),
  ...globals
}, (given) =>
  Effect.gen(function*() {
    const selection = yield* selectionOf(given)
    const { port, until } = yield* runningOf(given)
    yield* checkSinks(given)
    yield* Effect.forEach(given.strategy, checkStrategy)
    const { config, registry } = yield* openRegistry(given)
    const file = databaseFile(config)
    const watch = yield* watchRecording(file)
    const trading = yield* Ref.make(Option.none<Effect.Effect<TradingStatus>>())
    const app = recordingLayer(config.polymarket, selection).pipe(
      Layer.provideMerge(recorderLock(file)),
      Layer.provideMerge(storeLayer(registry, file))
    )
    yield* runService(
      Effect.flatMap(Layer.build(app), (services) =>
        Effect.gen(function*() {
          if (port !== undefined) {
            const { serveFeatures } = yield* Effect.promise(() => import("../serve/beside.js"))
            yield* serveFeatures(config, registry, port)
          }
          const { status } = yield* trade(config, given.strategy, given)
          yield* Ref.set(trading, Option.some(status))
          yield* followConfiguredNews(config.news)
          yield* keepLogSmall(config.live, registry.historyMillis)
          yield* watch.show
        }).pipe(Effect.provide(services))),
      until,
      Effect.gen(function*() {
        const recorded = yield* watch.summary
        const traded = Option.getOrUndefined(yield* Effect.transposeOption(yield* Ref.get(trading)))
        yield* present(
          { ...recorded, trading: traded === undefined ? null : tradingDocument(traded) },
          () => [renderRecording(recorded), ...traded === undefined ? [] : [renderTrading(traded)]].join("\n")
        )
      })
    )
  })).pipe(
    Command.withDescription("Record markets and run strategies on them in one process, on paper against the live book.")
  )
