import { Effect, Option, Schema, type Scope } from "effect"
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http"
import type { Socket } from "node:net"
import type { RequestMetrics } from "./serverMetrics.js"
import type { ServerSettings } from "./settings.js"
import type { Tokens } from "./tokens.js"

/** A server that could not be started where it was told to. */
export class ListenFailed extends Schema.TaggedError<ListenFailed>()("ListenFailed", {
  address: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `cannot listen on ${this.address}: ${this.reason}`
  }
}

/** Where a server listens. */
export interface Listening {
  readonly host: string
  readonly port: number
  /** `http://127.0.0.1:8787` */
  readonly url: string
}

const reasons: ReadonlyMap<string, string> = new Map([
  ["EADDRINUSE", "the port is taken by another process; choose another one with --port"],
  ["EACCES", "this port needs permissions that the process does not have"],
  ["EADDRNOTAVAIL", "this machine does not have the address"],
  ["ENOTFOUND", "the name is not known"]
])

const codeOf = (error: Error): string => "code" in error && typeof error.code === "string" ? error.code : ""

const urlOf = (host: string, port: number): string => `http://${host.includes(":") ? `[${host}]` : host}:${port}`

/** Names and addresses that only this machine reaches. */
const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/u.test(host)

/** An address that other machines reach, while nothing says who may use it. */
export class UnprotectedAddress extends Schema.TaggedError<UnprotectedAddress>()("UnprotectedAddress", {
  host: Schema.String
}) {
  override get message(): string {
    return `${this.host} can be reached from other machines, and no token is set`
  }
}

export const demandProtection = (host: string, tokens: Tokens): Effect.Effect<void, UnprotectedAddress> =>
  isLoopback(host) || Option.isSome(tokens.write) || Option.isSome(tokens.read)
    ? Effect.void
    : new UnprotectedAddress({ host })

const start = (server: Server, host: string, port: number): Effect.Effect<Listening, ListenFailed> =>
  Effect.async((resume) => {
    const failed = (error: Error) => {
      const reason = reasons.get(codeOf(error)) ?? error.message
      resume(new ListenFailed({ address: urlOf(host, port), reason }))
    }
    server.once("error", failed)
    server.listen({ host, port }, () => {
      server.off("error", failed)
      const address = server.address()
      const bound = typeof address === "object" && address !== null ? address.port : port
      resume(Effect.succeed({ host, port: bound, url: urlOf(host, bound) }))
    })
  })

const poll = "50 millis"
/** How long an end waits for what is being answered. */
const patience = "4 seconds"

/** Stops accepting, lets what is under way be answered, and cuts what has not ended by then. */
const stop = (server: Server): Effect.Effect<void> =>
  Effect.async((resume: (ended: Effect.Effect<void>) => void) => {
    server.close(() => resume(Effect.void))
  }).pipe(
    // a connection that goes idle after the end has begun would stay for its keep-alive
    Effect.raceFirst(
      Effect.forever(Effect.zipRight(Effect.sync(() => server.closeIdleConnections()), Effect.sleep(poll)))
    ),
    Effect.timeout(patience),
    Effect.catchTag("TimeoutException", () => Effect.sync(() => server.closeAllConnections())),
    Effect.interruptible
  )

/** Connections beyond the cap that are told so, rather than cut. */
const told = 64

export interface Listener {
  /** Why requests of this connection are not taken. */
  readonly closed: (request: IncomingMessage) => string | undefined
  /** Starts to accept requests; ends with the scope. */
  readonly listen: (handler: RequestListener) => Effect.Effect<Listening, ListenFailed, Scope.Scope>
  /** Returns when the server begins to stop. */
  readonly stopping: Effect.Effect<void>
}

/** A server of node's with limits on all that a client may keep waiting or open. */
export const makeListener = (settings: ServerSettings, metrics: RequestMetrics): Effect.Effect<Listener> =>
  Effect.gen(function*() {
    const stopped = yield* Effect.makeLatch(false)
    const surplus = new Set<Socket>()
    /** connections that have not asked anything yet: to node they are not idle */
    const silent = new Set<Socket>()
    let [connections, isStopping] = [0, false]

    const closed = ({ socket }: IncomingMessage): string | undefined =>
      isStopping
        ? "the server is stopping"
        : surplus.size > 0 && surplus.has(socket)
        ? "too many connections"
        : undefined

    const counted = (socket: Socket) => {
      if (++connections > settings.maxConnections) surplus.add(socket)
      silent.add(socket)
      metrics.connections.set(connections)
      socket.on("close", () => {
        surplus.delete(socket)
        silent.delete(socket)
        metrics.connections.set(--connections)
      })
    }

    const listen = (handler: RequestListener) =>
      Effect.acquireRelease(
        Effect.suspend(() => {
          const server = createServer({
            headersTimeout: settings.headersTimeoutSecs * 1000,
            requestTimeout: settings.requestTimeoutSecs * 1000,
            keepAliveTimeout: settings.keepAliveSecs * 1000,
            // how soon a timeout is noticed
            connectionsCheckingInterval: 500,
            noDelay: true
          })
          server.maxHeadersCount = 100
          server.maxRequestsPerSocket = 10_000
          server.maxConnections = settings.maxConnections + told
          // a client that does not read its answer
          server.timeout = 60_000
          server.on("connection", counted)
          const onRequest: RequestListener = (request, response) => {
            silent.delete(request.socket)
            handler(request, response)
          }
          server.on("request", onRequest)
          // the handler says 100 once it has decided to read the body
          server.on("checkContinue", onRequest)
          return Effect.map(start(server, settings.host, settings.port), (listening) => ({ listening, server }))
        }),
        ({ server }) =>
          Effect.suspend(() => {
            isStopping = true
            for (const socket of silent) socket.destroy()
            return Effect.zipRight(stopped.open, stop(server))
          })
      ).pipe(Effect.map(({ listening }) => listening))

    return { closed, listen, stopping: stopped.await }
  })
