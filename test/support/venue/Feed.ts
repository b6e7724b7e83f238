import { concernsMarket, type Fault, type FaultScript, type OddFrame } from "./faults.js"
import { bookMessage, crossedBookMessage, type Frame, framesOf, type Speech } from "./messages.js"
import type { SimulatedMarket, Update } from "./SimulatedMarket.js"
import type { Venue } from "./Venue.js"

/** What a transport carries: text, or bytes; `text` where the bytes claim to be text and are no UTF-8. */
export type Payload = string | { readonly bytes: Uint8Array; readonly as: "binary" | "text" }

/** A transport's end of a connection. */
export interface Wire {
  readonly deliver: (payload: Payload) => void
  /** ends the connection without a closing handshake */
  readonly cut: () => void
}

interface Queued {
  readonly at: number
  /** `undefined` ends the connection */
  readonly payload: Payload | undefined
  /** whose books it tells whole or carries on, by the numbers of markets, and as of when */
  readonly tells: ReadonlyArray<readonly [market: number, at: number]>
}

/** Above this many tokens on a connection the venue sends no initial book. */
const mostWithBooks = 500

/** Bytes: more than any client should take. */
const hugeFrame = 9 * 1024 * 1024
const padding = "x".repeat(hugeFrame)

export class Connection {
  readonly tokens = new Set<string>()
  /** numbers of markets of which nothing more is told; all while `isFrozen` */
  readonly frozen = new Set<number>()
  isFrozen = false
  isSilent = false
  custom = false
  isOpen = true
  queue: Array<Queued> = []
  /** nothing overtakes what was sent before, but for messages that a fault delays */
  lastAt = 0

  constructor(readonly wire: Wire) {}
}

const oddPayload = (frame: OddFrame): Payload => {
  const broken = new Uint8Array([0x7b, 0x22, 0xc3, 0x28, 0xff, 0x22, 0x7d])
  switch (frame) {
    case "garbage":
      return "<html><body>502 Bad Gateway</body></html>"
    case "truncated":
      return "[{\"event_type\":\"price_change\",\"market\":\"0x"
    case "bad_utf8_text":
      return { bytes: broken, as: "text" }
    case "bad_utf8_binary":
      return { bytes: broken, as: "binary" }
    case "huge":
      return `{"event_type":"book","padding":"${padding}"}`
    case "unknown_event":
      return JSON.stringify({ event_type: "fee_schedule_change", market: "0x00", timestamp: "1" })
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * The venue's market channel over connections of any transport: who follows what, what is on its way to whom, and what
 * goes wrong. Every call names the time; what is on its way is handed over by `advance`.
 */
export class Feed {
  readonly connections = new Set<Connection>()
  /** connections that are over, whoever ended them, and the tokens that they followed then */
  readonly ended: Array<{ readonly at: number; readonly tokens: ReadonlySet<string> }> = []
  /** by a market's number: the newest instant whose book a follower can know by what was said to it, and in time */
  readonly told = new Map<number, number>()
  readonly #followers = new Map<string, Set<Connection>>()

  /** @param latency ms from the venue's step to its arrival */
  constructor(readonly venue: Venue, readonly faults: FaultScript, readonly latency: number) {
    venue.listen((market, update) => this.#tell(market, update))
  }

  /** The instant at which something happens next, as far as is known now. */
  nextAt(): number {
    let next = Math.min(this.venue.nextAt() + this.latency, this.faults.nextAt())
    for (const { queue } of this.connections) for (const { at } of queue) if (at < next) next = at
    return next
  }

  /** Lets time pass up to `now`, inclusive, and hands over what has arrived by then. */
  advance(now: number): void {
    for (let at = this.faults.nextAt(); at <= now; at = this.faults.nextAt()) {
      this.venue.advance(at)
      const fault = this.faults.begin(at)
      if (fault !== undefined) this.#begin(fault)
    }
    this.venue.advance(now)
    for (const connection of [...this.connections]) this.#arrive(connection, now)
  }

  /** Whether the venue can be reached. */
  accepts(now: number): boolean {
    this.advance(now)
    return this.faults.lasting("refuse", now) === undefined
  }

  connect(wire: Wire): Connection {
    const connection = new Connection(wire)
    this.connections.add(connection)
    return connection
  }

  /** The connection is over. */
  leave(connection: Connection, now: number): void {
    if (!connection.isOpen) return
    connection.isOpen = false
    this.ended.push({ at: now, tokens: connection.tokens })
    connection.queue = []
    this.connections.delete(connection)
    for (const token of connection.tokens) this.#followers.get(token)?.delete(connection)
  }

  /** The client has said something. */
  receive(connection: Connection, text: string, now: number): void {
    this.advance(now)
    if (!connection.isOpen || connection.isSilent) return
    if (text === "PING") return this.#send(connection, now, "PONG")
    const message = parsed(text)
    if (!isRecord(message)) return this.#send(connection, now, "INVALID OPERATION")
    const named = Array.isArray(message.assets_ids) ? message.assets_ids : []
    const tokens = named.filter((token): token is string => typeof token === "string")
    if (message.custom_feature_enabled === true) connection.custom = true
    if (message.operation === "unsubscribe") return this.#unfollow(connection, tokens)
    this.#follow(connection, tokens, now)
  }

  #follow(connection: Connection, tokens: ReadonlyArray<string>, now: number): void {
    const markets = new Set<SimulatedMarket>()
    let added = 0
    for (const token of tokens) {
      const market = this.venue.byToken.get(token)?.market
      if (market === undefined || connection.tokens.has(token)) continue
      added++
      connection.tokens.add(token)
      connection.frozen.delete(market.listing.index)
      markets.add(market)
      const followers = this.#followers.get(token) ?? new Set()
      followers.add(connection)
      this.#followers.set(token, followers)
    }
    if (added === 0) return this.#send(connection, now, "NO NEW ASSETS")
    if (connection.tokens.size > mostWithBooks || connection.isFrozen) return
    const speech = this.#speech(now)
    const books = [...markets].filter(({ open }) => open).flatMap((market) =>
      (["yes", "no"] as const)
        .filter((side) => connection.tokens.has(market.listing[side]))
        .map((side) => bookMessage(market, side, speech))
    )
    const tells = [...markets].map(({ listing }) => [listing.index, now] as const)
    if (books.length > 0) this.#send(connection, now, JSON.stringify(books), tells)
  }

  #unfollow(connection: Connection, tokens: ReadonlyArray<string>): void {
    for (const token of tokens) {
      connection.tokens.delete(token)
      this.#followers.get(token)?.delete(connection)
    }
  }

  #speech(at: number): Speech {
    return {
      unsorted: this.faults.lasting("unsorted", at) !== undefined,
      wrongHash: this.faults.lasting("wrong_hash", at) !== undefined
    }
  }

  #audience({ listing }: SimulatedMarket, to: Frame["to"]): Iterable<Connection> {
    const yes = this.#followers.get(listing.yes) ?? []
    const no = this.#followers.get(listing.no) ?? []
    switch (to) {
      case "yes":
        return yes
      case "no":
        return no
      case "either":
        return new Set([...yes, ...no])
      case "all":
        return this.connections
    }
  }

  #isFollowed(token: string): boolean {
    return (this.#followers.get(token)?.size ?? 0) > 0
  }

  #tell(market: SimulatedMarket, update: Update): void {
    const { at, listing: { index, no, yes } } = market
    const isFollowed = this.#isFollowed(yes) || this.#isFollowed(no)
    if (update.kind !== "announced" && !isFollowed) return
    if (this.faults.lasting("drop", at, index) !== undefined) return
    const late = this.faults.lasting("late", at, index)
    const times = this.faults.lasting("duplicate", at, index) === undefined ? 1 : 2
    for (const frame of framesOf(market, update, this.#speech(at))) {
      for (const connection of this.#audience(market, frame.to)) {
        if (connection.isFrozen || connection.frozen.has(index) || (frame.custom && !connection.custom)) continue
        const isBook = frame.kind === "price_change" || frame.kind === "book"
        const tells = isBook && late === undefined ? [[index, at] as const] : []
        for (let i = 0; i < times; i++) this.#send(connection, at, frame.text, tells, late?.byMillis)
      }
    }
  }

  /** What is sent now arrives after the latency, in order; a late message lets others pass. */
  #send(
    connection: Connection,
    now: number,
    payload: Payload | undefined,
    tells: Queued["tells"] = [],
    lateBy = 0
  ): void {
    if (connection.isSilent) return
    const at = Math.max(now + this.latency, connection.lastAt)
    if (lateBy === 0) connection.lastAt = at
    connection.queue.push({ at: at + lateBy, payload, tells })
  }

  #arrive(connection: Connection, now: number): void {
    if (!connection.queue.some(({ at }) => at <= now)) return
    const arrived = connection.queue.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at)
    connection.queue = connection.queue.filter(({ at }) => at > now)
    for (const { payload, tells } of arrived) {
      if (!connection.isOpen) return
      for (const [market, at] of tells) this.told.set(market, at)
      if (payload !== undefined) connection.wire.deliver(payload)
      else {
        this.leave(connection, now)
        connection.wire.cut()
      }
    }
  }

  #begin(fault: Fault): void {
    for (const connection of [...this.connections]) {
      switch (fault.kind) {
        case "close":
        case "refuse":
          this.#send(connection, fault.at, undefined)
          break
        case "half_open":
          connection.isSilent = true
          connection.queue = []
          break
        case "freeze":
          if (fault.market === undefined) connection.isFrozen = true
          else connection.frozen.add(fault.market)
          break
        case "odd_frame":
          this.#send(connection, fault.at, oddPayload(fault.frame))
          break
        case "crossed":
          this.#cross(connection, fault)
          break
        default:
          break
      }
    }
  }

  #cross(connection: Connection, fault: Fault & { readonly kind: "crossed" }): void {
    for (const token of connection.tokens) {
      const known = this.venue.byToken.get(token)
      if (known === undefined || !concernsMarket(fault, known.market.listing.index)) continue
      const { ask, bid } = known.market.book
      // without both sides there is nothing to cross
      if (!known.market.open || bid.best === undefined || ask.best === undefined) continue
      const { index } = known.market.listing
      this.#send(connection, fault.at, JSON.stringify(crossedBookMessage(known.market, known.side)), [[index, 0]])
    }
  }
}
