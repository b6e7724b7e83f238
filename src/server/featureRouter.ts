import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpApiSwagger from "@effect/platform/HttpApiSwagger"
import * as HttpServer from "@effect/platform/HttpServer"
import { Effect, Layer, type Scope } from "effect"
import type { FeatureRegistry } from "../features/FeatureRegistry.js"
import { FeatureServerApi } from "./api.js"
import { problemsAsResponses, throughRouter } from "./apiApp.js"
import type { makeChanges } from "./changes.js"
import { catalogGroup, featuresGroup, streamsGroup } from "./featureHandlers.js"
import type { Answer } from "./gate.js"
import { operationsHandlers, type OperationsOptions } from "./operations.js"
import type { makePush } from "./push.js"
import type { Reads } from "./reads.js"
import type { FeatureServices } from "./settings.js"

export interface FeatureRouterOptions<R> {
  readonly reads: Reads
  readonly push: Effect.Effect.Success<ReturnType<typeof makePush>>
  readonly changes: ReturnType<typeof makeChanges>
  readonly registry: FeatureRegistry<R>
  readonly services: FeatureServices
  readonly operations: OperationsOptions
  readonly maxDepth: number
}

/** All routes of the definition, with its document and page, by the platform's router. */
export const featureRouter = <R>(
  { changes, maxDepth, operations, push, reads, registry, services }: FeatureRouterOptions<R>
): Effect.Effect<Answer, never, Scope.Scope> =>
  Effect.gen(function*() {
    const groups = Layer.mergeAll(
      featuresGroup(reads, push),
      streamsGroup(changes),
      catalogGroup(registry, services),
      HttpApiBuilder.group(FeatureServerApi, "operations", operationsHandlers(operations))
    )
    const context = yield* Layer.build(
      Layer.mergeAll(
        HttpApiBuilder.middlewareOpenApi({ path: "/openapi.json" }),
        HttpApiSwagger.layer({ path: "/docs" }),
        problemsAsResponses,
        HttpServer.layerContext,
        HttpApiBuilder.Router.Live,
        HttpApiBuilder.Middleware.layer
      ).pipe(Layer.provideMerge(Layer.provide(HttpApiBuilder.api(FeatureServerApi), groups)))
    )
    const route = throughRouter(yield* Effect.provide(HttpApiBuilder.httpApp, context), maxDepth)
    return (admitted, deliver) => Effect.provide(Effect.scoped(Effect.flatMap(route(admitted), deliver)), context)
  })
