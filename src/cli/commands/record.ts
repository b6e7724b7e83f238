import * as Command from "@effect/cli/Command"
import { Effect, Layer, Option } from "effect"
import { LiveContext } from "../../context/contexts.js"
import { databaseFile, openRegistry, storageLayer } from "../application.js"
import { recordingLayer, renderRecording, watchRecording } from "../live/recording.js"
import { selectionOf, selectionOptions } from "../live/selection.js"
import { runService } from "../live/service.js"
import { globals, optionalText } from "../options.js"
import { present } from "../terminal/Output.js"
import { durationOf } from "../values.js"

export const record = Command.make("record", {
  ...selectionOptions,
  duration: optionalText("duration", "D", "stop after this long: 30s, 5m, 1h (default: on Ctrl-C or SIGTERM)"),
  ...globals
}, (given) =>
  Effect.gen(function*() {
    const selection = yield* selectionOf(given)
    const until = yield* Option.match(given.duration, {
      onNone: () => Effect.succeed(Effect.never),
      onSome: (text) => Effect.map(durationOf("--duration", text), (millis) => Effect.sleep(millis))
    })
    const { config, registry } = yield* openRegistry(given)
    const file = databaseFile(config)
    const watch = yield* watchRecording(file)
    const recording = recordingLayer(config.polymarket, selection).pipe(
      Layer.provideMerge(LiveContext(registry.historyMillis)),
      Layer.provide(storageLayer(file))
    )
    yield* runService(
      Effect.flatMap(Layer.build(recording), (services) => Effect.provide(watch.show, services)),
      until,
      Effect.flatMap(watch.summary, (summary) => present(summary, () => renderRecording(summary)))
    )
  })).pipe(
    Command.withDescription("Record markets of the venue as they trade: books, trades, descriptions, outcomes, gaps.")
  )
