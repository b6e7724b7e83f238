import type * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import { Effect } from "effect"
import type { Registry } from "prom-client"
import type { Operations } from "./api.js"
import type { Readiness } from "./readiness.js"

export interface OperationsOptions {
  readonly readiness: Effect.Effect<Readiness>
  readonly registry: Registry
  /** brings up to date what is only known when it is asked for */
  readonly beforeMetrics?: Effect.Effect<void> | undefined
}

/** What those who run a process ask it, the same for every server. */
export const operationsHandlers =
  ({ beforeMetrics = Effect.void, readiness, registry }: OperationsOptions) =>
  <E>(handlers: HttpApiBuilder.Handlers.FromGroup<E, never, typeof Operations>) =>
    handlers
      .handle("health", () => Effect.succeed({ status: "alive" as const }))
      .handleRaw("ready", () =>
        Effect.flatMap(readiness, (found) =>
          HttpServerResponse.json(found, { status: found.ready ? 200 : 503 }).pipe(Effect.orDie)))
      .handleRaw("metrics", () =>
        Effect.zipRight(
          beforeMetrics,
          Effect.promise(() =>
            registry.metrics()
          )
        ).pipe(
          Effect.map((text) => HttpServerResponse.text(text, { contentType: registry.contentType }))
        ))
