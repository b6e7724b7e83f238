import { Context, Effect, FiberSet, Layer, Schema } from "effect"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import { type RawData, type WebSocket, WebSocketServer } from "ws"
import { type Fault, FaultScript } from "./faults.js"
import { Feed, type Payload } from "./Feed.js"
import type { VenuePlan } from "./Listing.js"
import { respond } from "./rest.js"
import { Venue } from "./Venue.js"

export interface LoopbackOptions {
  readonly plan: VenuePlan
  readonly faults?: ReadonlyArray<Fault>
  /** 0, the default, takes any that is free */
  readonly port?: number
}

/** The venue behind real sockets on this machine. */
export class LoopbackVenue extends Context.Tag("test/LoopbackVenue")<LoopbackVenue, {
  readonly venue: Venue
  readonly feed: Feed
  /** host and port */
  readonly authority: string
}>() {}

/** The port is taken, or not allowed. */
export class PortRefused extends Schema.TaggedError<PortRefused>()("PortRefused", {
  port: Schema.Number,
  cause: Schema.Defect
}) {
  override get message(): string {
    return `port ${this.port} cannot be opened: another program listens there, or it is not allowed`
  }
}

const listen = (server: Server, port: number): Effect.Effect<number, PortRefused> =>
  Effect.async((resume) => {
    server.once("error", (cause) => resume(Effect.fail(new PortRefused({ port, cause }))))
    server.listen(port, "127.0.0.1", () => {
      const address = server.address()
      resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : port))
    })
  })

const closed = (server: Server, sockets: WebSocketServer): Effect.Effect<void> =>
  Effect.async((resume) => {
    for (const client of sockets.clients) client.terminate()
    sockets.close()
    server.close(() => resume(Effect.void))
    server.closeAllConnections()
  })

const textOf = (data: RawData): string =>
  (Array.isArray(data) ? Buffer.concat(data) : data instanceof ArrayBuffer ? Buffer.from(data) : data).toString("utf8")

const deliver = (socket: WebSocket, payload: Payload): void => {
  if (typeof payload === "string") socket.send(payload)
  else socket.send(payload.bytes, { binary: payload.as === "binary" })
}

const bodyOf = (request: IncomingMessage): Effect.Effect<string> =>
  Effect.async((resume) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => resume(Effect.succeed(Buffer.concat(chunks).toString("utf8"))))
  })

const make = ({ faults = [], plan, port = 0 }: LoopbackOptions) =>
  Effect.gen(function*() {
    const clock = yield* Effect.clock
    const now = () => clock.unsafeCurrentTimeMillis()
    const venue = new Venue(plan)
    const script = new FaultScript(faults)
    const feed = new Feed(venue, script, 0)
    const run = yield* FiberSet.makeRuntime()

    const serve = Effect.fnUntraced(function*(request: IncomingMessage, response: ServerResponse) {
      const body = yield* bodyOf(request)
      feed.advance(now())
      const answer = respond(
        venue,
        script,
        { method: request.method ?? "GET", target: request.url ?? "/", body },
        now()
      )
      if (answer.delay > 0) yield* Effect.sleep(answer.delay)
      response.writeHead(answer.status, answer.headers).end(answer.body)
    })

    const attach = (socket: WebSocket) => {
      const connection = feed.connect({
        deliver: (payload) => deliver(socket, payload),
        cut: () => socket.terminate()
      })
      socket.on("message", (data) => {
        feed.receive(connection, textOf(data), now())
        feed.advance(now())
      })
      socket.on("close", () => feed.leave(connection, now()))
      socket.on("error", () => feed.leave(connection, now()))
    }

    const server = createServer((request, response) => run(serve(request, response)))
    // refused before anything is read, as by a host that is down
    server.on("connection", (socket) => {
      if (!feed.accepts(now())) socket.destroy()
    })
    const sockets = new WebSocketServer({ server, path: "/ws/market" })
    sockets.on("connection", attach)
    // the server's own failure to listen is told by the server
    sockets.on("error", () => {})
    const bound = yield* Effect.acquireRelease(listen(server, port), () => closed(server, sockets))

    const pump = Effect.suspend(() => {
      feed.advance(now())
      return Effect.sleep(Math.max(1, Math.min(1_000, feed.nextAt() - now())))
    })
    yield* Effect.forkScoped(Effect.forever(pump))
    return { venue, feed, authority: `127.0.0.1:${bound}` }
  })

/** A venue on loopback: one port for REST and the channel. */
export const loopbackVenue = (options: LoopbackOptions): Layer.Layer<LoopbackVenue, PortRefused> =>
  Layer.scoped(LoopbackVenue, make(options))
