import type { NaiveEvent } from "./naive/index.js"
import { millionths } from "./naive/rational.js"

type Price = bigint | undefined

interface Touch {
  readonly bid: Price
  readonly ask: Price
}

/** What gave the market its price: an event that gives it again, wherever it stands. */
type Giver = { readonly at: number; readonly price: bigint; readonly touch: Touch | undefined }

const decimal = (units: bigint) => {
  const digits = String(units).padStart(7, "0")
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`
}

const extreme = (prices: Iterable<bigint>, isBetter: (a: bigint, b: bigint) => boolean): Price => {
  let best: Price = undefined
  for (const price of prices) if (best === undefined || isBetter(price, best)) best = price
  return best
}

/**
 * Walks one market's events and says, at any point, the same in far fewer: for the naive reference, which starts from
 * nothing each time. It keeps what features may depend on: the snapshot, the touch as quotes and the trades of the window,
 * with what gave the price in force at its start, and the book as it stands. News and volumes are not kept.
 */
export class Condensed {
  readonly #bids = new Map<bigint, bigint>()
  readonly #asks = new Map<bigint, bigint>()
  #kept: ReadonlyArray<NaiveEvent> = []
  #recent: Array<NaiveEvent> = []
  #givers: Array<Giver> = []
  #lastTrade: NaiveEvent | undefined = undefined
  /** the newest trade that is older than what is kept */
  #oldTrade: NaiveEvent | undefined = undefined
  #lastOffer: NaiveEvent | undefined = undefined
  #inGap = false
  #touch: Touch | undefined = undefined

  #set(side: Map<bigint, bigint>, price: string | number, size: string | number): void {
    if (millionths(size) > 0n) side.set(millionths(price), millionths(size))
    else side.delete(millionths(price))
  }

  #quote(
    event: { readonly market: string; readonly available_at: number; readonly sequence: number },
    touch: Touch
  ): NaiveEvent {
    const { available_at, market, sequence } = event
    return {
      type: "quote",
      market,
      available_at,
      sequence,
      ...(touch.bid === undefined ? {} : { best_bid: decimal(touch.bid) }),
      ...(touch.ask === undefined ? {} : { best_ask: decimal(touch.ask) })
    }
  }

  #priced(event: NaiveEvent): void {
    if (this.#inGap || this.#touch === undefined) return
    const { ask, bid } = this.#touch
    const hasMid = bid !== undefined && ask !== undefined && ask > bid && ask - bid <= 100_000n
    const trade = this.#lastTrade?.type === "trade" ? millionths(this.#lastTrade.price) * 2n : undefined
    const price = hasMid ? bid + ask : trade
    if (price === undefined || price === this.#givers.at(-1)?.price) return
    this.#givers.push({ at: event.available_at, price, touch: hasMid ? this.#touch : undefined })
  }

  /** Events come in the log's order. */
  push(event: NaiveEvent): void {
    switch (event.type) {
      case "book":
        this.#inGap = false
        this.#bids.clear()
        this.#asks.clear()
        for (const [price, size] of event.bids) this.#set(this.#bids, price, size)
        for (const [price, size] of event.asks) this.#set(this.#asks, price, size)
        this.#offered(event)
        return
      case "price_change":
        if (this.#inGap) {
          this.#kept = [...this.#kept, event]
          return
        }
        for (const [side, price, size] of event.changes) {
          this.#set(side === "bid" ? this.#bids : this.#asks, price, size)
        }
        this.#offered(event)
        return
      case "trade":
        this.#lastTrade = event
        this.#recent.push(event)
        this.#priced(event)
        return
      case "gap":
        this.#inGap = true
        this.#kept = [...this.#kept, event]
        return
      default:
        this.#kept = [...this.#kept, event]
    }
  }

  #offered(event: NaiveEvent): void {
    this.#lastOffer = event
    const touch = {
      bid: extreme(this.#bids.keys(), (a, b) => a > b),
      ask: extreme(this.#asks.keys(), (a, b) => a < b)
    }
    const moved = touch.bid !== this.#touch?.bid || touch.ask !== this.#touch?.ask
    this.#touch = touch
    // a book ends a gap even where it changes nothing
    if (moved || event.type === "book") this.#recent.push(this.#quote(event, touch))
    this.#priced(event)
  }

  /** The events so far, condensed for questions about instants from now on, with windows that reach back to `from`. */
  events(from: number): ReadonlyArray<NaiveEvent> {
    while (this.#givers.length > 1 && (this.#givers[1]?.at ?? Infinity) <= from) this.#givers.shift()
    const giver = this.#givers[0]
    const start = giver === undefined || giver.at > from ? -Infinity : giver.at
    const old = this.#recent.filter((event) => event.available_at < start)
    this.#recent = this.#recent.filter((event) => event.available_at >= start)
    this.#oldTrade = old.findLast((event) => event.type === "trade") ?? this.#oldTrade
    const market = this.#lastOffer?.market ?? ""
    const opening = { market, available_at: start, sequence: 0 }
    const carried: ReadonlyArray<NaiveEvent> = start === -Infinity || giver === undefined
      ? []
      : [
        giver.touch === undefined
          ? { ...opening, type: "trade", price: decimal(giver.price / 2n), size: 1, side: "buy" }
          : this.#quote(opening, giver.touch)
      ]
    const book: ReadonlyArray<NaiveEvent> = this.#lastOffer === undefined ? [] : [{
      type: "book",
      market,
      available_at: this.#lastOffer.available_at,
      // just after the change that made it so
      sequence: this.#lastOffer.sequence + 0.5,
      bids: [...this.#bids].map(([price, size]) => [decimal(price), decimal(size)] as const),
      asks: [...this.#asks].map(([price, size]) => [decimal(price), decimal(size)] as const)
    }]
    return [
      ...this.#oldTrade === undefined ? [] : [this.#oldTrade],
      ...carried,
      ...this.#recent,
      ...book,
      ...this.#kept
    ]
  }
}
