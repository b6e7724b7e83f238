import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import { Effect, Stream } from "effect"
import type { FeatureRegistry } from "../features/FeatureRegistry.js"
import { descriptionOf } from "../features/inventory.js"
import { lineageOf, mermaidOf } from "../features/lineage.js"
import { FeatureServerApi } from "./api.js"
import type { makeChanges } from "./changes.js"
import type { makePush } from "./push.js"
import type { Reads } from "./reads.js"
import type { FeatureServices } from "./settings.js"

const json = (text: string) => HttpServerResponse.raw(text, { contentType: "application/json" })

const queryIn = (request: HttpServerRequest.HttpServerRequest): string => request.url.split("?")[1] ?? ""

/** Reading by the router: the same functions as in front of it, so the same answers. */
export const featuresGroup = (reads: Reads, push: Effect.Effect.Success<ReturnType<typeof makePush>>) =>
  HttpApiBuilder.group(FeatureServerApi, "features", (handlers) =>
    handlers
      .handleRaw("getOnlineFeatures", ({ request }) =>
        Effect.map(Effect.flatMap(Effect.orDie(request.text), reads.online), json))
      .handleRaw("getFeatures", ({ request }) =>
        Effect.map(Effect.flatMap(Effect.orDie(request.text), reads.features), json))
      .handleRaw("getMarketFeatures", ({ path, request }) =>
        Effect.map(reads.marketFeatures(path.market, queryIn(request)), json))
      // not by HttpApi, which would list all that is wrong with a body however long it is
      .handleRaw("push", ({ request }) =>
        Effect.map(Effect.flatMap(Effect.orDie(request.text), push), (pushed) =>
          json(JSON.stringify(pushed)))))

export const streamsGroup = (changes: ReturnType<typeof makeChanges>) =>
  HttpApiBuilder.group(
    FeatureServerApi,
    "streams",
    (handlers) =>
      handlers.handleRaw("marketStream", ({ path, request }) =>
        Effect.map(changes(path.market, queryIn(request)), (events) =>
          HttpServerResponse.stream(Stream.encodeText(events), { contentType: "text/event-stream" })))
  )

export const catalogGroup = <R>(registry: FeatureRegistry<R>, services: FeatureServices) =>
  HttpApiBuilder.group(FeatureServerApi, "catalog", (handlers) =>
    handlers
      .handle("registry", () =>
        Effect.succeed({ groups: registry.groups.map(descriptionOf), feature_services: services }))
      .handle("lineage", ({ urlParams }) => {
        const groups = registry.groups.map(lineageOf)
        return Effect.succeed(urlParams.format === "mermaid" ? mermaidOf(groups) : { groups })
      }))
