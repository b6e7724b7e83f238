import { Cause, Effect, Either, Exit, FiberId, Option, Runtime, Stream } from "effect"
import type { IncomingMessage, ServerResponse } from "node:http"
import { checkAnnounced, collectBody, textOf } from "./body.js"
import { internal, notFound, Problem } from "./Problem.js"
import { RateLimit } from "./RateLimit.js"
import { problemReply, type Reply, type WholeReply, writeHead, writeWhole } from "./Reply.js"
import { finder, type Route } from "./routes.js"
import type { RequestMetrics } from "./serverMetrics.js"
import { allows, authenticator, type Scope, type Tokens } from "./tokens.js"

/** A request that may be answered. */
export interface Admitted {
  readonly route: Route
  readonly request: IncomingMessage
  readonly params: Readonly<Record<string, string>>
  /** without its question mark */
  readonly query: string
  /** of a route that takes one; empty elsewhere */
  readonly body: string
}

/** What became of a request, for the access log. */
export interface Answered {
  readonly method: string
  /** as sent, without its query */
  readonly path: string
  readonly route: string
  readonly status: number
  readonly millis: number
  readonly bytes: number
  /** the remote address */
  readonly client: string
  readonly scope: Scope
}

type Deliver = (reply: Reply) => Effect.Effect<WholeReply | undefined>
export type Answer = (admitted: Admitted, deliver: Deliver) => Effect.Effect<WholeReply | undefined, Problem>

export interface GateOptions {
  readonly routes: ReadonlyArray<Route>
  /** A body that is a stream is handed to `deliver`, which returns when it has been written. */
  readonly answer: Answer
  readonly tokens: Tokens
  readonly maxBodyBytes: number
  readonly rateLimitPerSec: number
  readonly metrics: RequestMetrics
  readonly onAnswered?: ((answered: Answered) => void) | undefined
  /** why no request is taken at present: too many connections, or the end */
  readonly closed: (request: IncomingMessage) => string | undefined
}

const json = /^application\/(json|[a-z0-9.+-]+\+json) *(;|$)/iu

/** Names that mean this machine: a page elsewhere may let a name of its own resolve to it, and then ask from a browser. */
const isThisMachine = (host: string): boolean => /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/iu.test(host)

/** Where a request is on its way. */
interface Passage {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly started: bigint
  readonly path: string
  route: Route | undefined
  scope: Scope
}

const unauthorized = new Problem({
  kind: "unauthorized",
  detail: "send the header Authorization: Bearer TOKEN with a token of this server"
})
const malformed = new Problem({ kind: "invalid_request", detail: "the path of the request is malformed" })

/** Writes a stream, as fast as the client takes it. */
const pump = (response: ServerResponse, body: Stream.Stream<string | Uint8Array>) =>
  Stream.runForEach(body, (chunk): Effect.Effect<void> =>
    Effect.async((resume) => {
      if (response.write(chunk)) return resume(Effect.void)
      const drained = () => resume(Effect.void)
      response.once("drain", drained)
      return Effect.sync(() => response.off("drain", drained))
    }))

/**
 * What every request passes before it is answered, whoever answers it: token, rate, path, method, content type and body.
 * A plain function on node's server, because the reading routes are answered tens of thousands of times a second; an
 * answer that needs no waiting is computed and written before it returns.
 */
export const makeGate = (options: GateOptions) =>
  Effect.gen(function*() {
    const clock = yield* Effect.clock
    const run = Runtime.runFork(yield* Effect.runtime())
    const find = finder(options.routes)
    const authenticate = authenticator(options.tokens)
    const limit = new RateLimit(options.rateLimitPerSec)
    const { metrics } = options

    const finished = (passage: Passage, status: number, bytes: number) => {
      const { path, request, route, scope, started } = passage
      const method = route?.method ?? "other"
      const template = route?.template ?? "none"
      const millis = Number(clock.unsafeCurrentTimeNanos() - started) / 1e6
      metrics.answered(method, template, status)
      metrics.took(template, millis / 1000)
      options.onAnswered?.({
        method: request.method ?? "",
        path,
        route: template,
        status,
        millis,
        bytes,
        client: request.socket.remoteAddress ?? "",
        scope
      })
    }

    const write = (passage: Passage, reply: WholeReply) => {
      const { request, response } = passage
      if (response.headersSent || response.destroyed) return
      const last = options.closed(request) !== undefined
      finished(passage, reply.status, writeWhole(response, reply, last))
    }

    const refuse = (passage: Passage, problem: Problem, headers?: ReadonlyArray<string>) => {
      write(passage, problemReply(problem, headers))
    }

    /** Whatever goes wrong with one request, the server goes on. */
    const safely = (passage: Passage, act: () => void) => {
      try {
        act()
      } catch (defect) {
        run(Effect.logError("a request failed", Cause.die(defect)))
        if (passage.response.headersSent) passage.response.destroy()
        else refuse(passage, internal)
      }
    }

    /** What a handler came to, where it has not been written already. */
    const conclude = (
      passage: Passage,
      exit: Exit.Exit<WholeReply | undefined, Problem>
    ) => {
      if (Exit.isSuccess(exit)) {
        if (exit.value !== undefined) write(passage, exit.value)
      } else if (Cause.isInterruptedOnly(exit.cause)) {
        passage.response.destroy()
      } else {
        const failure = Cause.failureOption(exit.cause)
        if (Option.isNone(failure)) run(Effect.logError("a request failed", exit.cause))
        refuse(passage, Option.getOrElse(failure, () => internal))
      }
    }

    const deliver = (passage: Passage): Deliver => (reply) => {
      const { body } = reply
      if (typeof body === "string" || body instanceof Uint8Array) return Effect.succeed({ ...reply, body })
      const { request, response } = passage
      return Effect.suspend(() => {
        writeHead(response, reply, options.closed(request) !== undefined)
        finished(passage, reply.status, 0)
        return request.method === "HEAD" ? Effect.void : pump(response, body)
      }).pipe(
        Effect.catchAllCause((cause) => Effect.logWarning("a stream broke off", cause)),
        Effect.as(undefined),
        Effect.ensuring(Effect.sync(() => response.end()))
      )
    }

    const carryOut = (passage: Passage, admitted: Admitted) => {
      const fiber = run(options.answer(admitted, deliver(passage)))
      const exit = fiber.unsafePoll()
      if (exit !== null) {
        conclude(passage, exit)
      } else {
        fiber.addObserver((later) => conclude(passage, later))
        passage.response.on("close", () => fiber.unsafeInterruptAsFork(FiberId.none))
      }
    }

    /** Who asks, and whether they may ask at all now; `undefined` where they were refused. */
    const admit = (passage: Passage): boolean => {
      const { request, route } = passage
      if (authenticate !== undefined) passage.scope = authenticate(request.headers.authorization)
      else passage.scope = "write"
      const client = authenticate !== undefined && passage.scope !== "open"
        ? passage.scope
        : request.socket.remoteAddress ?? ""
      const wait = limit.take(client, clock.unsafeCurrentTimeMillis())
      if (wait > 0) {
        const detail = `more than ${limit.perSecond} requests a second`
        refuse(passage, new Problem({ kind: "too_many_requests", detail, retryAfter: wait }))
        return false
      }
      if (route?.access === "open") return true
      if (authenticate === undefined) {
        const host = request.headers.host ?? ""
        if (isThisMachine(host)) return true
        const detail = "without a token only requests to localhost or a loopback address are answered"
        refuse(passage, new Problem({ kind: "misdirected_request", detail }))
        return false
      }
      if (passage.scope === "open") {
        refuse(passage, unauthorized, ["www-authenticate", "Bearer realm=\"feature-store\""])
        return false
      }
      if (route === undefined || allows(passage.scope, route.access)) return true
      const detail = `this route needs a token with ${route.access} scope`
      refuse(
        passage,
        new Problem({ kind: "forbidden", detail }),
        ["www-authenticate", `Bearer realm="feature-store", error="insufficient_scope", scope="${route.access}"`]
      )
      return false
    }

    const readBody = (passage: Passage, route: Route, then: (body: string) => void) => {
      const { request, response } = passage
      const encoding = request.headers["content-encoding"] ?? "identity"
      if ((!route.anyContentType && !json.test(request.headers["content-type"] ?? "")) || encoding !== "identity") {
        const detail = "send the body as application/json, without a content encoding"
        return refuse(passage, new Problem({ kind: "unsupported_media_type", detail }), ["accept", "application/json"])
      }
      const announced = checkAnnounced(request, options.maxBodyBytes)
      if (announced !== undefined) return refuse(passage, announced)
      if (request.headers.expect !== undefined) response.writeContinue()
      collectBody(request, options.maxBodyBytes, (body) =>
        safely(passage, () =>
          Either.match(Either.flatMap(body, textOf), {
            onLeft: (problem) =>
              refuse(passage, problem),
            onRight: then
          })))
    }

    const take = (passage: Passage, found: ReturnType<typeof find>, target: string): void => {
      const { path, request } = passage
      const closed = options.closed(request)
      if (closed !== undefined) {
        return refuse(passage, new Problem({ kind: "unavailable", detail: closed, retryAfter: 1 }))
      }
      if (!admit(passage)) {
        return
      }
      if (found === "malformed") {
        return refuse(passage, malformed)
      }
      if (found === undefined) {
        return refuse(passage, notFound)
      }
      const { route } = passage
      if (route === undefined) {
        const methods = [...found.routes.keys()].flatMap((method) =>
          method === "GET" ? ["GET", "HEAD"] : [method]
        )
        const detail = `this path takes ${methods.join(", ")}`
        return refuse(passage, new Problem({ kind: "method_not_allowed", detail }), ["allow", methods.join(", ")])
      }
      const query = target.slice(path.length + 1)
      const { params } = found
      if (!route.hasBody) return carryOut(passage, { route, request, params, query, body: "" })
      readBody(passage, route, (body) => carryOut(passage, { route, request, params, query, body }))
    }

    return (request: IncomingMessage, response: ServerResponse): void => {
      const target = request.url ?? ""
      const mark = target.indexOf("?")
      const path = mark < 0 ? target : target.slice(0, mark)
      const found = find(path)
      const method = request.method === "HEAD" ? "GET" : request.method ?? ""
      const route = typeof found === "object" ? found.routes.get(method) : undefined
      const started = clock.unsafeCurrentTimeNanos()
      const passage: Passage = { request, response, started, path, route, scope: "open" }
      safely(passage, () => take(passage, found, target))
    }
  })
