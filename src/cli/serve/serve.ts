import { Effect, Layer, Option } from "effect"
import { featureServer } from "../../server/featureServer.js"
import * as Telemetry from "../../telemetry/Telemetry.js"
import { databaseFile, openRegistry, ProcessEnvironment, storeLayer } from "../application.js"
import { runService } from "../live/service.js"
import type { Globals } from "../options.js"
import { Output } from "../terminal/Output.js"
import { integerOf } from "../values.js"
import { accessLog } from "./accessLog.js"
import { tokensOf } from "./tokens.js"
import { tracesTo } from "./traces.js"

export interface ServeOptions extends Globals {
  readonly host: Option.Option<string>
  readonly port: Option.Option<string>
  readonly accessLog: boolean
}

/** Serves until it is told to stop; says on stderr where it listens, and with `--json` also as a line on stdout. */
export const serve = (given: ServeOptions) =>
  Effect.gen(function*() {
    const port: Option.Option<number> = yield* Option.match(given.port, {
      onNone: () => Effect.succeedNone,
      onSome: (text) => Effect.map(integerOf("--port", text, 0, 65_535), Option.some)
    })
    const tokens = yield* tokensOf(yield* ProcessEnvironment)
    const { config, registry } = yield* openRegistry(given)
    const settings = {
      ...config.server,
      host: Option.getOrElse(given.host, () => config.server.host),
      port: Option.getOrElse(port, () => config.server.port)
    }
    const { otlpEndpoint } = settings
    const { json, note, print } = yield* Output
    const onAnswered = given.accessLog || settings.accessLog ? yield* accessLog : undefined
    const server = Effect.gen(function*() {
      const listening = yield* featureServer({
        registry,
        settings,
        services: config.featureServices,
        tokens,
        onAnswered,
        traces: otlpEndpoint !== undefined
      })
      if (json) yield* print(JSON.stringify(listening))
      yield* note(`listening on ${listening.url}`)
    })
    const app = storeLayer(registry, databaseFile(config)).pipe(
      Layer.provideMerge(Telemetry.layer),
      Layer.provideMerge(otlpEndpoint === undefined ? Layer.empty : tracesTo(otlpEndpoint))
    )
    yield* runService(
      Effect.flatMap(Layer.build(app), (services) => Effect.provide(server, services)),
      Effect.never,
      Effect.void
    )
  })
