import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import { Context, Schema } from "effect"
import {
  FeaturesQuery,
  FeaturesRequest,
  HealthDocument,
  LineageDocument,
  LineageQuery,
  MarketPath,
  OnlineDocument,
  OnlineRequest,
  PushDocument,
  PushRequest,
  ReadinessDocument,
  RegistryDocument,
  StreamQuery,
  VectorDocument,
  VectorsDocument
} from "./documents.js"
import { problemOf } from "./Problem.js"
import type { Scope } from "./tokens.js"

/** What a token must allow for a route: nothing, reading, or writing. */
export class Access extends Context.Reference<Access>()("server/Access", {
  defaultValue: (): Scope => "read"
}) {}

/** Whether a route takes JSON under whatever content type: what `curl -d` sends, as Feast documents its server. */
export class AnyContentType extends Context.Reference<AnyContentType>()("server/AnyContentType", {
  defaultValue: () => false
}) {}

const isRecord = Schema.is(Schema.Record({ key: Schema.String, value: Schema.Unknown }))

/** An operation's token, and its refusals: HttpApi would list its own for what does not fit a schema. */
const asRefused = (access: Scope) => (operation: Record<string, unknown>): Record<string, unknown> => {
  const responses = isRecord(operation.responses) ? operation.responses : {}
  return {
    ...operation,
    security: access === "open" ? [] : [{ token: [] }],
    responses: { ...responses, 400: responses["401"] }
  }
}

const described = (summary: string, description?: string, access: Scope = "read") =>
  OpenApi.annotations({ summary, description, transform: asRefused(access) }).pipe(Context.add(Access, access))

const text = (contentType: string) => HttpApiSchema.Text({ contentType })

/** Reading and writing features. */
const Features = HttpApiGroup.make("features")
  .add(
    HttpApiEndpoint.post("getOnlineFeatures", "/get-online-features")
      .setPayload(OnlineRequest)
      .addSuccess(OnlineDocument)
      .annotate(AnyContentType, true)
      .annotateContext(described(
        "Features of markets now, in the shape of Feast's feature server",
        "Column-major, the entity `market` first. Statuses: PRESENT, NULL_VALUE, NOT_FOUND, OUTSIDE_MAX_AGE."
      ))
  )
  .add(
    HttpApiEndpoint.post("getFeatures", "/features")
      .setPayload(FeaturesRequest)
      .addSuccess(VectorsDocument)
      .annotateContext(described("Feature vectors of markets, now or as of an instant, one for each market in order"))
  )
  .add(
    HttpApiEndpoint.get("getMarketFeatures", "/features/:market")
      .setPath(MarketPath)
      .setUrlParams(FeaturesQuery)
      .addSuccess(VectorDocument)
      .annotateContext(described("The feature vector of a market, now or as of an instant"))
  )
  .add(
    HttpApiEndpoint.post("push", "/push")
      .setPayload(PushRequest)
      .addSuccess(PushDocument)
      .annotateContext(described("Store values of external groups, all or none", undefined, "write"))
  )
  .annotateContext(OpenApi.annotations({ title: "Features" }))

/** Vectors as they change. */
const Streams = HttpApiGroup.make("streams")
  .add(
    HttpApiEndpoint.get("marketStream", "/features/:market/stream")
      .setPath(MarketPath)
      .setUrlParams(StreamQuery)
      .addSuccess(text("text/event-stream"))
      .annotateContext(described(
        "The feature vector of a market whenever it changes, as server-sent events",
        "Each event is named `vector`, its id is the vector's log position and its data the vector."
      ))
  )
  .annotateContext(OpenApi.annotations({ title: "Streams" }))

const Catalog = HttpApiGroup.make("catalog")
  .add(
    HttpApiEndpoint.get("registry", "/registry")
      .addSuccess(RegistryDocument)
      .annotateContext(described("All feature groups and feature services"))
  )
  .add(
    HttpApiEndpoint.get("lineage", "/lineage")
      .setUrlParams(LineageQuery)
      .addSuccess(LineageDocument)
      .addSuccess(text("text/vnd.mermaid"))
      .annotateContext(described("What groups and features are made from, as JSON or as a mermaid flowchart"))
  )
  .annotateContext(OpenApi.annotations({ title: "Catalog" }))

/** What those who run the server ask it. */
export const Operations = HttpApiGroup.make("operations")
  .add(
    HttpApiEndpoint.get("health", "/health")
      .addSuccess(HealthDocument)
      .annotateContext(described("Whether the process is alive", undefined, "open"))
  )
  .add(
    HttpApiEndpoint.get("ready", "/ready")
      .addSuccess(ReadinessDocument)
      .addError(ReadinessDocument, { status: 503 })
      .annotateContext(described("Whether it can serve: 503 where a check fails", undefined, "open"))
  )
  .add(
    HttpApiEndpoint.get("metrics", "/metrics")
      .addSuccess(text("text/plain; version=0.0.4; charset=utf-8"))
      .annotateContext(described("Metrics in Prometheus' text format"))
  )
  .annotateContext(OpenApi.annotations({ title: "Operations" }))

/** What HttpApi cannot know of the document: the token is checked in front of it, and so is what it would refuse itself. */
const withToken = (document: Record<string, unknown>): Record<string, unknown> => ({
  ...document,
  components: {
    ...(typeof document.components === "object" ? document.components : {}),
    securitySchemes: { token: { type: "http", scheme: "bearer" } }
  }
})

/** The feature server: what its routes, its OpenAPI document, its documentation and its client are made from. */
export const FeatureServerApi = HttpApi.make("feature-store")
  .add(Features)
  .add(Streams)
  .add(Catalog)
  .add(Operations)
  .addError(problemOf(400), { status: 400 })
  .addError(problemOf(401), { status: 401 })
  .addError(problemOf(403), { status: 403 })
  .addError(problemOf(413), { status: 413 })
  .addError(problemOf(429), { status: 429 })
  .addError(problemOf(500), { status: 500 })
  .addError(problemOf(503), { status: 503 })
  .annotateContext(OpenApi.annotations({
    title: "Feature server",
    description: "Features of prediction markets, now and as of any past instant, bit for bit the same.",
    version: "1",
    transform: withToken
  }))

/** The part of it that a process without a feature store has. */
export const OperationsApi = HttpApi.make("operations").add(Operations)
