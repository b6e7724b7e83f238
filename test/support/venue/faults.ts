import { seeded } from "../../../src/audit/random.js"

/** Frames that no client expects. */
export const oddFrames = ["garbage", "truncated", "bad_utf8_text", "bad_utf8_binary", "huge", "unknown_event"] as const
export type OddFrame = typeof oddFrames[number]

interface At {
  /** instant, ms UTC */
  readonly at: number
}

interface Lasting extends At {
  /** instant, exclusive */
  readonly until: number
}

/** Faults of one market, by its number; of all where none is given. */
interface OfMarket {
  readonly market?: number | undefined
}

/** What goes wrong, and when. */
export type Fault =
  /** every connection that is not silent ends without a closing handshake */
  | At & { readonly kind: "close" }
  /** nothing can be reached, neither by REST nor by the channel; connections end */
  | Lasting & { readonly kind: "refuse" }
  /** connections that are open now stay so and never say anything again, not even PONG */
  | At & { readonly kind: "half_open" }
  /** connections that are open now answer PING and tell nothing more of what they follow, until it is subscribed anew */
  | At & OfMarket & { readonly kind: "freeze" }
  /** messages of the market get lost; later ones arrive */
  | Lasting & OfMarket & { readonly kind: "drop" }
  /** each message arrives twice */
  | Lasting & OfMarket & { readonly kind: "duplicate" }
  /** messages arrive this much later than those that follow the time */
  | Lasting & OfMarket & { readonly kind: "late"; readonly byMillis: number }
  /** a frame that cannot be read, to every connection */
  | At & { readonly kind: "odd_frame"; readonly frame: OddFrame }
  /** a book whose best bid is above its best ask */
  | At & OfMarket & { readonly kind: "crossed" }
  | Lasting & { readonly kind: "unsorted" }
  | Lasting & { readonly kind: "wrong_hash" }
  /** REST answers 429, asking to wait in one of the forms of Retry-After */
  | Lasting & { readonly kind: "too_many"; readonly retryAfter: "seconds" | "date" | "absent" }
  | Lasting & { readonly kind: "server_error" }
  | Lasting & { readonly kind: "slow"; readonly byMillis: number }

export type FaultKind = Fault["kind"]

const faultKinds = [
  "close",
  "refuse",
  "half_open",
  "freeze",
  "drop",
  "duplicate",
  "late",
  "odd_frame",
  "crossed",
  "unsorted",
  "wrong_hash",
  "too_many",
  "server_error",
  "slow"
] as const satisfies ReadonlyArray<FaultKind>

const pick = <A>(random: () => number, items: readonly [A, ...Array<A>] | ReadonlyArray<A>, otherwise: A): A =>
  items[Math.floor(random() * items.length)] ?? otherwise

/** One fault of a kind from `at` on, its particulars drawn. */
const drawFault = (random: () => number, kind: FaultKind, at: number, markets: number): Fault => {
  const until = at + 1_000 + Math.floor(random() * 19_000)
  const market = random() < 0.5 ? undefined : Math.floor(random() * markets)
  switch (kind) {
    case "close":
    case "half_open":
      return { kind, at }
    case "freeze":
    case "crossed":
      return { kind, at, market }
    case "drop":
    case "duplicate":
      return { kind, at, until, market }
    case "late":
      return { kind, at, until, market, byMillis: 100 + Math.floor(random() * 3_000) }
    case "odd_frame":
      return { kind, at, frame: pick(random, oddFrames, "garbage") }
    case "too_many":
      return { kind, at, until, retryAfter: pick(random, ["seconds", "date", "absent"], "absent") }
    case "slow":
      return { kind, at, until, byMillis: 500 + Math.floor(random() * 8_000) }
    case "refuse":
    case "unsorted":
    case "wrong_hash":
    case "server_error":
      return { kind, at, until }
  }
}

/** `count` faults of all kinds at instants within a span, in their order. */
export const drawFaults = (
  seed: number,
  count: number,
  span: { readonly from: number; readonly to: number; readonly markets: number }
): ReadonlyArray<Fault> => {
  const random = seeded(Math.imul(seed + 11, 0x165667b1))
  return Array.from(
    { length: count },
    () =>
      drawFault(
        random,
        pick(random, faultKinds, "close"),
        Math.floor(span.from + random() * (span.to - span.from)),
        span.markets
      )
  ).sort((a, b) => a.at - b.at)
}

const isOn = (fault: Fault, at: number): boolean => fault.at <= at && "until" in fault && at < fault.until
export const concernsMarket = (fault: Fault, market: number): boolean =>
  !("market" in fault) || fault.market === undefined || fault.market === market

/** A script of faults, asked by instant: those that happen at once, and those that last. */
export class FaultScript {
  readonly #faults: ReadonlyArray<Fault>
  #next = 0
  #lasting: Array<Fault> = []

  /** @param faults in any order */
  constructor(faults: ReadonlyArray<Fault>) {
    this.#faults = [...faults].sort((a, b) => a.at - b.at)
  }

  /** The instant at which the next fault begins. */
  nextAt(): number {
    return this.#faults[this.#next]?.at ?? Infinity
  }

  /** The next fault that begins by `at`, each once. */
  begin(at: number): Fault | undefined {
    const fault = this.#faults[this.#next]
    if (fault === undefined || fault.at > at) return undefined
    this.#next++
    if ("until" in fault) this.#lasting.push(fault)
    return fault
  }

  /** The fault of a kind that lasts at `at`; of this market where one is given. */
  lasting<Kind extends FaultKind>(
    kind: Kind,
    at: number,
    market?: number
  ): Fault & { readonly kind: Kind } | undefined {
    if (this.#lasting.length === 0) return undefined
    this.#lasting = this.#lasting.filter((fault) => !("until" in fault) || fault.until > at)
    const isKind = (fault: Fault): fault is Fault & { readonly kind: Kind } => fault.kind === kind
    return this.#lasting.filter(isKind).find((fault) =>
      isOn(fault, at) && (market === undefined || concernsMarket(fault, market))
    )
  }
}
