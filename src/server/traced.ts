import * as Headers from "@effect/platform/Headers"
import * as HttpTraceContext from "@effect/platform/HttpTraceContext"
import { Effect, Option } from "effect"
import type { Answer } from "./gate.js"

/** Makes each request a span, below the client's where it says which. */
export const traced = (answer: Answer): Answer => (admitted, deliver) => {
  const { request, route } = admitted
  const { traceparent } = request.headers
  const headers = Headers.fromInput(typeof traceparent === "string" ? { traceparent } : {})
  return Effect.withSpan(answer(admitted, deliver), `${route.method} ${route.template}`, {
    kind: "server",
    parent: Option.getOrUndefined(HttpTraceContext.fromHeaders(headers)),
    attributes: { "http.request.method": route.method, "http.route": route.template }
  })
}
