import * as Command from "@effect/cli/Command"
import { Effect, Layer } from "effect"
import { LiveContext } from "../../context/contexts.js"
import { keepLogSmall } from "../../live/retention.js"
import { recorderLock } from "../../store/sqlite/recorderLock.js"
import { databaseFile, openRegistry, storageLayer } from "../application.js"
import { followConfiguredNews } from "../live/news.js"
import { recordingLayer, renderRecording, watchRecording } from "../live/recording.js"
import { runningOf, runningOptions } from "../live/running.js"
import { selectionOf, selectionOptions } from "../live/selection.js"
import { runService } from "../live/service.js"
import { globals } from "../options.js"
import { present } from "../terminal/Output.js"

export const record = Command.make("record", {
  ...selectionOptions,
  ...runningOptions("/health, /ready and /metrics"),
  ...globals
}, (given) =>
  Effect.gen(function*() {
    const selection = yield* selectionOf(given)
    const { port, until } = yield* runningOf(given)
    const { config, registry } = yield* openRegistry(given)
    const file = databaseFile(config)
    const watch = yield* watchRecording(file)
    const recording = recordingLayer(config.polymarket, selection).pipe(
      Layer.provideMerge(recorderLock(file)),
      Layer.provideMerge(LiveContext(registry.historyMillis)),
      Layer.provideMerge(storageLayer(file))
    )
    yield* runService(
      Effect.flatMap(Layer.build(recording), (services) =>
        Effect.gen(function*() {
          if (port !== undefined) {
            const { serveOperations } = yield* Effect.promise(() => import("../serve/beside.js"))
            yield* serveOperations(config, port)
          }
          yield* followConfiguredNews(config.news)
          yield* keepLogSmall(config.live, registry.historyMillis)
          yield* watch.show
        }).pipe(Effect.provide(services))),
      until,
      Effect.flatMap(watch.summary, (summary) => present(summary, () => renderRecording(summary)))
    )
  })).pipe(
    Command.withDescription("Record Polymarket's markets as they trade: books, trades, descriptions, outcomes, gaps.")
  )
