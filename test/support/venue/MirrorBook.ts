import { Schema } from "effect"
import { tokenOf, type TokenSide } from "./messages.js"
import type { SimulatedMarket } from "./SimulatedMarket.js"

const Level = Schema.Struct({ price: Schema.NumberFromString, size: Schema.NumberFromString })

const Message = Schema.parseJson(Schema.Struct({
  event_type: Schema.String,
  asset_id: Schema.optional(Schema.String),
  bids: Schema.optionalWith(Schema.Array(Level), { default: () => [] }),
  asks: Schema.optionalWith(Schema.Array(Level), { default: () => [] }),
  price_changes: Schema.optionalWith(
    Schema.Array(Schema.Struct({ ...Level.fields, asset_id: Schema.String, side: Schema.String })),
    { default: () => [] }
  )
}))

export const decodeMessage = Schema.decodeSync(Message)

type Levels = ReadonlyArray<readonly [price: number, size: number]>

const rising = (levels: Iterable<readonly [number, number]>): Levels => [...levels].sort(([a], [b]) => a - b)

/** A token's book as a client of the simplest kind follows it: by what frames say and nothing else, in floats. */
export class MirrorBook {
  readonly #bids = new Map<number, number>()
  readonly #asks = new Map<number, number>()
  readonly #token: string

  constructor(readonly market: SimulatedMarket, readonly side: TokenSide) {
    this.#token = tokenOf(market, side)
    const { asks, bids } = this.truth()
    for (const [price, size] of bids) this.#bids.set(price, size)
    for (const [price, size] of asks) this.#asks.set(price, size)
  }

  hear(message: typeof Message.Type): void {
    if (message.event_type === "book" && message.asset_id === this.#token) {
      this.#bids.clear()
      this.#asks.clear()
      for (const { price, size } of message.bids) this.#bids.set(price, size)
      for (const { price, size } of message.asks) this.#asks.set(price, size)
    }
    for (const { asset_id, price, side, size } of message.price_changes) {
      if (asset_id !== this.#token) continue
      const levels = side === "BUY" ? this.#bids : this.#asks
      if (size === 0) levels.delete(price)
      else levels.set(price, size)
    }
  }

  levels(): { readonly bids: Levels; readonly asks: Levels } {
    return { bids: rising(this.#bids), asks: rising(this.#asks) }
  }

  /** The same as the venue holds it. */
  truth(): { readonly bids: Levels; readonly asks: Levels } {
    const { ask, bid } = this.market.book
    const seen = (levels: Levels) =>
      rising(levels.map(([price, size]) => [(this.side === "yes" ? price : 1_000 - price) / 1_000, size / 100]))
    return this.side === "yes"
      ? { bids: seen(bid.list()), asks: seen(ask.list()) }
      : { bids: seen(ask.list()), asks: seen(bid.list()) }
  }
}
