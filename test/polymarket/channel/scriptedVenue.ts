import { Socket } from "@effect/platform"
import { Effect, Layer, Option, TestClock } from "effect"
import { Intake } from "../../../src/context/Intake.js"
import type { MarketEvent } from "../../../src/domain/Event.js"
import { Instant } from "../../../src/domain/Instant.js"
import * as WebSocketMarketChannel from "../../../src/polymarket/channel/WebSocketMarketChannel.js"
import { Clob } from "../../../src/polymarket/Clob.js"
import type { MarketChannel } from "../../../src/polymarket/MarketChannel.js"
import type { PolymarketSettings } from "../../../src/polymarket/settings.js"
import { VenueFailure } from "../../../src/polymarket/VenueFailure.js"
import type { VenueBook, VenueMarket } from "../../../src/polymarket/VenueMarket.js"
import * as Telemetry from "../../../src/telemetry/Telemetry.js"
import { type Listing, listing, noon, type Side } from "./frames.js"

class Closed extends Event {
  readonly wasClean = false
  readonly reason = ""

  constructor(readonly code: number) {
    super("close")
  }
}

/** The client's end of a connection, whose other end is the test. */
export class ScriptedSocket extends EventTarget implements WebSocket {
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
  /** what the client has said */
  readonly said: Array<string> = []

  constructor(readonly url: string, readonly at: number) {
    super()
  }

  send(data: string | ArrayBufferLike | Blob | ArrayBufferView): void {
    if (typeof data === "string") this.said.push(data)
  }

  close(): void {
    this.drop(1005)
  }

  open(): void {
    this.readyState = this.OPEN
    this.dispatchEvent(new Event("open"))
  }

  drop(code = 1006): void {
    if (this.readyState === this.CLOSED) return
    this.readyState = this.CLOSED
    this.dispatchEvent(new Closed(code))
  }

  tell(...messages: ReadonlyArray<unknown>): void {
    for (const message of messages) {
      const data = typeof message === "string" || message instanceof Uint8Array ? message : JSON.stringify(message)
      this.dispatchEvent(new MessageEvent("message", { data }))
    }
  }
}

const units = (side: Side["bids"]) => side.map(([price, size]) => [price * 1_000, Number(size) * 1_000_000] as const)

/** A venue, an intake and a clock, all of them in the hands of the test. */
export class ScriptedVenue {
  readonly sockets: Array<ScriptedSocket> = []
  /** whether connections are accepted; otherwise they never stand */
  isOpen = true
  /** by YES token */
  readonly books = new Map<string, VenueBook>()
  readonly asked: Array<{ readonly at: number; readonly tokens: ReadonlyArray<string> }> = []
  isFailing = false
  restLatency = 0
  hasRoom = true
  readonly events: Array<MarketEvent> = []
  readonly room = Effect.unsafeMakeLatch(true)

  setBook(market: Listing, at: number, { asks, bids }: Side): void {
    this.books.set(market.yes, {
      market: market.id,
      token: market.yes,
      timestamp: Instant(at),
      bids: units(bids),
      asks: units(asks),
      tickSize: 1_000,
      hash: undefined
    })
  }

  get openSockets(): ReadonlyArray<ScriptedSocket> {
    return this.sockets.filter(({ readyState }) => readyState === 1)
  }

  /** The newest connection. */
  get socket(): ScriptedSocket {
    return this.sockets.at(-1) ?? new ScriptedSocket("none", 0)
  }

  /** Events since they were asked for last: `1 gap disconnected`, by the number of the market. */
  readonly taken = (): ReadonlyArray<string> =>
    this.events.splice(0).map(({ body, market }) =>
      [Number(market.slice(2)), body.kind, ...body.kind === "gap" ? [body.interruption.reason] : []].join(" ")
    )

  readonly layer = (settings: PolymarketSettings): Layer.Layer<MarketChannel | Telemetry.Telemetry> => {
    const constructor = Layer.effect(
      Socket.WebSocketConstructor,
      Effect.map(Effect.clock, (clock) => (url: string) => {
        const socket = new ScriptedSocket(url, clock.unsafeCurrentTimeMillis())
        this.sockets.push(socket)
        queueMicrotask(() => this.isOpen ? socket.open() : socket.drop())
        return socket
      })
    )
    const books = (tokens: ReadonlyArray<string>) =>
      Effect.gen(this, function*() {
        const clock = yield* Effect.clock
        this.asked.push({ at: clock.unsafeCurrentTimeMillis(), tokens })
        const found = tokens.flatMap((token) => this.books.get(token) ?? [])
        yield* Effect.sleep(this.restLatency)
        return this.isFailing
          ? yield* new VenueFailure({ operation: "POST /books", problem: "the venue is in trouble" })
          : found
      })
    const intake = Layer.succeed(Intake, {
      offer: (events) => {
        if (!this.hasRoom) this.room.unsafeClose()
        else this.events.push(...events)
        return this.hasRoom
      },
      room: this.room.await,
      settled: Effect.void
    })
    return WebSocketMarketChannel.layer(settings).pipe(
      Layer.provide(Layer.succeed(Clob, {
        book: () => Effect.succeed(Option.none()),
        books,
        pricesHistory: () => Effect.succeed([])
      })),
      Layer.provide(Layer.merge(constructor, intake)),
      Layer.provideMerge(Telemetry.layer)
    )
  }
}

export const venueMarket = (index: number): VenueMarket => ({
  ...listing(index),
  gammaId: String(index),
  slug: undefined,
  snapshot: {
    question: "Will it?",
    category: undefined,
    tags: [],
    startDate: undefined,
    endDate: undefined,
    resolutionDate: undefined,
    liquidity: undefined,
    volume24h: undefined,
    tickSize: undefined
  },
  feeRate: undefined,
  closed: false,
  outcome: undefined
})

/** Sets the clock to `noon`: before anything sleeps, which it would all go through. */
export const begin = TestClock.setTime(noon)

export const pass = (millis: number) => Effect.zipRight(TestClock.adjust(millis), settle)

/** Lets what was set off by a callback happen. */
export const settle = Effect.forEach(
  Array.from({ length: 5 }),
  () => Effect.zipRight(Effect.promise(() => Promise.resolve()), Effect.yieldNow()),
  {
    discard: true
  }
)
