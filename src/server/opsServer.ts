import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpServer from "@effect/platform/HttpServer"
import { Effect, Layer, type Scope } from "effect"
import { Telemetry } from "../telemetry/Telemetry.js"
import { OperationsApi } from "./api.js"
import { problemsAsResponses, throughRouter } from "./apiApp.js"
import { type Answered, makeGate } from "./gate.js"
import { demandProtection, type ListenFailed, type Listening, makeListener, type UnprotectedAddress } from "./listen.js"
import { operationsHandlers } from "./operations.js"
import { type Checks, makeReadiness } from "./readiness.js"
import { routesOf } from "./routes.js"
import { requestMetrics } from "./serverMetrics.js"
import type { ServerSettings } from "./settings.js"
import { noTokens, type Tokens } from "./tokens.js"

export interface OpsServerOptions {
  readonly settings: ServerSettings
  readonly tokens?: Tokens | undefined
  /** what `/ready` looks at */
  readonly checks: Checks
  readonly onAnswered?: ((answered: Answered) => void) | undefined
}

/** `/health`, `/ready` and `/metrics` of a process that serves no features, until the scope closes. */
export const opsServer = ({ checks, onAnswered, settings, tokens = noTokens }: OpsServerOptions): Effect.Effect<
  Listening,
  ListenFailed | UnprotectedAddress,
  Telemetry | Scope.Scope
> =>
  Effect.gen(function*() {
    yield* demandProtection(settings.host, tokens)
    const telemetry = yield* Telemetry
    const metrics = requestMetrics(telemetry)
    const listener = yield* makeListener(settings, metrics)
    const readiness = yield* makeReadiness(checks)
    const operations = HttpApiBuilder.group(
      OperationsApi,
      "operations",
      operationsHandlers({ readiness, registry: telemetry })
    )
    const context = yield* Layer.build(
      Layer.mergeAll(
        problemsAsResponses,
        HttpServer.layerContext,
        HttpApiBuilder.Router.Live,
        HttpApiBuilder.Middleware.layer,
        Layer.provide(HttpApiBuilder.api(OperationsApi), operations)
      )
    )
    const routed = throughRouter(yield* Effect.provide(HttpApiBuilder.httpApp, context), settings.maxDepth)
    const handler = yield* makeGate({
      ...settings,
      routes: routesOf(OperationsApi),
      answer: (admitted, deliver) => Effect.provide(Effect.scoped(Effect.flatMap(routed(admitted), deliver)), context),
      tokens,
      metrics,
      onAnswered,
      closed: listener.closed
    })
    return yield* listener.listen(handler)
  })
