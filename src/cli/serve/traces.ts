import * as OtlpSerialization from "@effect/opentelemetry/OtlpSerialization"
import * as OtlpTracer from "@effect/opentelemetry/OtlpTracer"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { Effect, Layer, Option } from "effect"
import { packageInfo } from "../packageInfo.js"

/** Sends spans by OTLP over HTTP, in batches. */
export const tracesTo = (endpoint: string) =>
  Layer.unwrapEffect(Effect.map(packageInfo, (info) =>
    OtlpTracer.layer({
      url: `${endpoint.replace(/\/+$/u, "")}/v1/traces`,
      resource: {
        serviceName: "feature-store",
        serviceVersion: Option.match(info, { onNone: () => undefined, onSome: ({ version }) => version })
      }
    }))).pipe(Layer.provide(OtlpSerialization.layerJson), Layer.provide(FetchHttpClient.layer))
