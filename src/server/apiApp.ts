import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import { HttpApiDecodeError } from "@effect/platform/HttpApiError"
import type { Default } from "@effect/platform/HttpApp"
import type { HttpRouter } from "@effect/platform/HttpRouter"
import { RouteNotFound } from "@effect/platform/HttpServerError"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import { Cause, Effect, Option, type Scope, Stream } from "effect"
import { readJson } from "./body.js"
import type { Admitted } from "./gate.js"
import { internal, invalidRequest, notFound, Problem } from "./Problem.js"
import { problemReply, type Reply } from "./Reply.js"

const problemIn = (cause: Cause.Cause<unknown>): Option.Option<Problem> =>
  Option.flatMap(Cause.failureOption(cause), (error) =>
    error instanceof Problem
      ? Option.some(error)
      : error instanceof HttpApiDecodeError
      ? Option.some(invalidRequest(error.issues))
      : error instanceof RouteNotFound
      ? Option.some(notFound)
      : Option.none())

/** Whatever a route fails with is answered in our words, and what is no answer to a client is logged. */
export const problemsAsResponses = HttpApiBuilder.middleware((app) =>
  Effect.catchAllCause(app, (cause) => {
    if (Cause.isInterruptedOnly(cause)) return Effect.interrupt
    const known = problemIn(cause)
    const problem = Option.getOrElse(known, () => internal)
    const { body, status, type } = problemReply(problem)
    const headers = problem.retryAfter === undefined ? {} : { "retry-after": String(problem.retryAfter) }
    const response = HttpServerResponse.raw(body, { status, contentType: type, headers })
    return Option.isSome(known)
      ? Effect.succeed(response)
      : Effect.as(Effect.logError("a request failed", cause), response)
  })
)

const replyOf = ({ body, headers, status }: HttpServerResponse.HttpServerResponse): Effect.Effect<Reply> => {
  const type = headers["content-type"] ?? "text/plain"
  const others = Object.entries(headers).filter(([name]) => !/^content-(type|length)$/u.test(name)).flat()
  switch (body._tag) {
    case "Uint8Array":
      return Effect.succeed({ status, type: body.contentType, body: body.body, headers: others })
    case "Stream":
      // whatever ends a stream early is said in the log where it is written
      return Effect.succeed({ status, type: body.contentType, body: Stream.orDie(body.stream), headers: others })
    case "Raw":
      return Effect.succeed({ status, type, body: String(body.body), headers: others })
    case "Empty":
    case "FormData":
      return Effect.succeed({ status, type, body: "", headers: others })
  }
}

/** Answers admitted requests by the platform's router, which is given no JSON that is too deep for it. */
export const throughRouter = (app: Default<never, HttpRouter.DefaultServices>, maxDepth: number) =>
(
  { body, query, request, route }: Admitted
): Effect.Effect<Reply, Problem, HttpRouter.DefaultServices | Scope.Scope> => {
  const path = (request.url ?? "").split("?", 1)[0] ?? ""
  const web = new Request(`http://localhost${path}${query === "" ? "" : `?${query}`}`, {
    method: route.method,
    ...(route.hasBody ? { body, headers: { "content-type": "application/json" } } : {})
  })
  const answered = Effect.flatMap(
    Effect.provideService(app, HttpServerRequest.HttpServerRequest, HttpServerRequest.fromWeb(web)),
    replyOf
  )
  return route.hasBody ? Effect.zipRight(readJson(body, maxDepth), answered) : answered
}
