import { HttpClient, HttpClientError, HttpClientResponse, Socket } from "@effect/platform"
import { Context, Effect, FiberSet, Layer } from "effect"
import { type Fault, FaultScript } from "./faults.js"
import { type Connection, Feed, type Payload } from "./Feed.js"
import type { VenuePlan } from "./Listing.js"
import { respond } from "./rest.js"
import { Venue } from "./Venue.js"

export interface InProcessOptions {
  readonly plan: VenuePlan
  readonly faults?: ReadonlyArray<Fault>
  /** ms from the venue to the client, and, for REST, the same back; 50 unless told */
  readonly latency?: number
  /** ms: what the venue says of itself arrives at multiples of this, as over a line that collects; 1 unless told */
  readonly grain?: number
}

/** The venue behind an in-process transport, for tests that ask it for the truth. */
export class SimulatedVenue extends Context.Tag("test/SimulatedVenue")<SimulatedVenue, {
  readonly venue: Venue
  readonly feed: Feed
  /** sockets that the client has not closed, whether or not the venue has */
  readonly openSockets: () => number
  /** times at which the client asked for a connection, and whether it was accepted */
  readonly attempts: ReadonlyArray<{ readonly at: number; readonly accepted: boolean }>
}>() {}

class ClosedEvent extends Event {
  readonly wasClean: boolean

  constructor(readonly code: number, readonly reason = "") {
    super("close")
    this.wasClean = code !== 1006
  }
}

/** Characters: what the product's own `ws` takes in a frame. */
const largestFrame = 8 * 1024 * 1024

/** The client's end of a connection: what a browser or `ws` offers, and no more. */
class ClientSocket extends EventTarget implements WebSocket {
  readonly CONNECTING = 0
  readonly OPEN = 1
  readonly CLOSING = 2
  readonly CLOSED = 3
  binaryType: "blob" | "arraybuffer" = "arraybuffer"
  readonly bufferedAmount = 0
  readonly extensions = ""
  readonly protocol = ""
  readyState = 0
  onclose = null
  onerror = null
  onmessage = null
  onopen = null
  /** told when the client speaks or leaves */
  toVenue: { readonly say: (text: string) => void; readonly leave: () => void } | undefined = undefined

  constructor(readonly url: string) {
    super()
  }

  send(data: string | ArrayBufferLike | Blob | ArrayBufferView): void {
    if (this.readyState === this.OPEN && typeof data === "string") this.toVenue?.say(data)
  }

  close(code = 1005): void {
    if (this.readyState === this.CLOSED) return
    this.toVenue?.leave()
    this.end(code)
  }

  opened(): void {
    this.readyState = this.OPEN
    this.dispatchEvent(new Event("open"))
  }

  failed(): void {
    this.dispatchEvent(new Event("error"))
    this.end(1006)
  }

  end(code: number): void {
    this.readyState = this.CLOSED
    this.dispatchEvent(new ClosedEvent(code))
  }

  /** As `ws` does: bytes arrive as they are; text that is no UTF-8, and a frame that is too large, end the connection. */
  deliver(payload: Payload): void {
    if (this.readyState !== this.OPEN) return
    if (typeof payload === "string") {
      if (payload.length > largestFrame) return this.#refuse(1009)
      this.dispatchEvent(new MessageEvent("message", { data: payload }))
    } else if (payload.as === "binary") this.dispatchEvent(new MessageEvent("message", { data: payload.bytes }))
    else this.#refuse(1007)
  }

  #refuse(code: number): void {
    this.toVenue?.leave()
    this.dispatchEvent(new Event("error"))
    this.end(code)
  }
}

const make = ({ faults = [], grain = 1, latency = 50, plan }: InProcessOptions) =>
  Effect.gen(function*() {
    const clock = yield* Effect.clock
    const venue = new Venue(plan)
    const script = new FaultScript(faults)
    const feed = new Feed(venue, script, latency)
    const run = yield* FiberSet.makeRuntime()
    const sockets = new Set<ClientSocket>()
    const attempts: Array<{ readonly at: number; readonly accepted: boolean }> = []
    const now = () => clock.unsafeCurrentTimeMillis()
    const arrive = Effect.sync(() => feed.advance(now()))
    const soon = () => run(Effect.delay(arrive, latency))

    const attach = (socket: ClientSocket) => {
      const connection: Connection = feed.connect({
        deliver: (payload) => socket.deliver(payload),
        cut: () => {
          sockets.delete(socket)
          socket.end(1006)
        }
      })
      socket.toVenue = {
        say: (text) => {
          feed.receive(connection, text, now())
          soon()
        },
        leave: () => {
          sockets.delete(socket)
          feed.leave(connection, now())
        }
      }
      socket.opened()
    }

    const connect = (socket: ClientSocket) =>
      Effect.sync(() => {
        if (socket.readyState !== socket.CONNECTING) return
        const accepted = feed.accepts(now())
        attempts.push({ at: now(), accepted })
        if (accepted) return attach(socket)
        sockets.delete(socket)
        socket.failed()
      })

    const client = HttpClient.make((request, url) =>
      Effect.gen(function*() {
        yield* Effect.sleep(latency)
        const refused = () =>
          new HttpClientError.RequestError({ request, reason: "Transport", description: "connection refused" })
        if (!feed.accepts(now())) return yield* refused()
        const body = request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
        const answer = respond(
          venue,
          script,
          { method: request.method, target: `${url.pathname}${url.search}`, body },
          now()
        )
        yield* Effect.sleep(latency + answer.delay)
        const { headers, status } = answer
        return HttpClientResponse.fromWeb(request, new Response(answer.body, { status, headers: { ...headers } }))
      })
    )

    // what the venue does of itself; what is due to a client's words wakes by `soon`
    const pump = Effect.suspend(() => {
      feed.advance(now())
      const next = Math.ceil(Math.min(now() + 60_000, feed.nextAt()) / grain) * grain
      return Effect.sleep(Math.max(1, next - now()))
    })
    yield* Effect.forkScoped(Effect.forever(pump))

    return Context.make(SimulatedVenue, { venue, feed, openSockets: () => sockets.size, attempts }).pipe(
      Context.add(HttpClient.HttpClient, client),
      Context.add(Socket.WebSocketConstructor, (url) => {
        const socket = new ClientSocket(url)
        sockets.add(socket)
        socket.toVenue = {
          say: () => {},
          leave: () => {
            sockets.delete(socket)
          }
        }
        run(Effect.delay(connect(socket), latency))
        return socket
      })
    )
  })

/** A venue within this process, on whatever clock the effects around it run: under a test clock, wholly deterministic. */
export const inProcessVenue = (
  options: InProcessOptions
): Layer.Layer<SimulatedVenue | HttpClient.HttpClient | Socket.WebSocketConstructor> =>
  Layer.scopedContext(make(options))
