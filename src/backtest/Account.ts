import type { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import type { Holding } from "../strategy/Portfolio.js"
import type { Order } from "../strategy/Signal.js"
import { Consumption, type Offers, offersFor, type Unfilled, untradable } from "./fills.js"
import { Ledger, Position } from "./Ledger.js"
import { affordable, payout, takerFee, toDollars } from "./money.js"

/** What an account starts with, and the terms it trades on. */
export interface AccountTerms {
  /** units of 1e-8 dollars */
  readonly cash: number
  /** between a decision and its order's arrival at the book */
  readonly latencyMillis: number
  /** the taker's fee rate of a market, in millionths */
  readonly feeRateOf: (market: MarketId) => number
  /** hundredths of a share assumed at the best price of a quote, whose sizes are unknown */
  readonly quoteSize: number
  /** the most that what is held of one market, and of all, may have cost, in units; Infinity where there is no limit */
  readonly maxMarketCost: number
  readonly maxTotalCost: number
}

/** One market as an account knows it. */
export class TradedMarket {
  readonly position = new Position()
  readonly consumption = new Consumption()
  /** units that orders under way may cost */
  underWay = 0

  constructor(readonly id: MarketId, readonly feeRate: number) {}

  /** What the position would bring at the bids that the newest book or quote shows, before fees; no bid, nothing. */
  value({ book }: Pick<Offers, "book">): number {
    const { no, yes } = this.position
    const noBid = book.asks.count > 0 ? payout - book.bestAsk() : 0
    return (yes.size > 0 && book.bids.count > 0 ? yes.size * book.bestBid() : 0) + no.size * noBid
  }
}

/** Part of an order's execution, at one price. */
export interface Fill {
  /** hundredths of a share */
  readonly size: number
  /** millionths of a dollar for a share of the order's outcome */
  readonly price: number
  /** units of 1e-8 dollars */
  readonly fee: number
}

/** What became of an order. */
export interface Execution {
  readonly market: MarketId
  readonly order: Order
  readonly decidedAt: Instant
  /** when it reached the book */
  readonly at: Instant
  readonly fills: ReadonlyArray<Fill>
  /** why it, or its rest, was dropped; `undefined` where it was filled in full */
  readonly unfilled: Unfilled | undefined
}

/** The largest stake held in one outcome, in hundredths: 10 million shares, whose payout is still an exact number. */
const largestStake = 1_000_000_000

interface UnderWay<M> {
  readonly market: M
  readonly order: Order
  readonly decidedAt: Instant
  readonly due: number
  readonly reserved: number
}

/** Whether an order says something that can be carried out. */
export const isValidOrder = ({ limit, size }: Order): boolean =>
  Number.isSafeInteger(size) && size > 0 && size <= largestStake && Number.isSafeInteger(limit) && limit >= 0 &&
  limit <= payout

/**
 * A simulated account. Orders reach the book `latencyMillis` after the decision, take what it shows then within their
 * limit, and what is left of them is dropped; only what is held is sold, and only what the cash and the limits allow is
 * bought. It knows nothing of where books come from or what moves the time: a backtest does both, a live feed may.
 */
export class Account<M extends TradedMarket = TradedMarket> {
  readonly ledger: Ledger
  readonly #terms: AccountTerms
  /** in the order in which they are due, which is the order in which they were given */
  #underWay: Array<UnderWay<M>> = []
  #reserved = 0
  /** markets with shares held */
  readonly #open = new Set<M>()

  constructor(terms: AccountTerms) {
    this.ledger = new Ledger(terms.cash)
    this.#terms = terms
  }

  /** Sends an order that was decided at `decidedAt`. */
  submit(market: M, order: Order, decidedAt: Instant): void {
    const reserved = order.action === "buy" ? order.size * order.limit : 0
    market.underWay += reserved
    this.#reserved += reserved
    this.#underWay.push({ market, order, decidedAt, due: decidedAt + this.#terms.latencyMillis, reserved })
  }

  /** When the next order reaches its book, an instant; Infinity where none is under way. */
  nextDue(): number {
    return this.#underWay[0]?.due ?? Infinity
  }

  /** Takes the next order off its way; it is filled from what `offersOf` shows of its market now. */
  execute(at: Instant, offersOf: (market: M) => Offers): Execution | undefined {
    return this.#arrive(at, (market, order, fills) => this.#fill(market, order, offersOf(market), fills))
  }

  /** Drops the next order: what its book would have shown is not known. */
  abandon(at: Instant): Execution | undefined {
    return this.#arrive(at, () => "recording_ended")
  }

  /** Pays out a resolution of a market: `outcome` millionths for a YES share. */
  settle(market: M, outcome: number): void {
    this.ledger.settle(market.position, outcome)
    this.#open.delete(market)
  }

  /** The markets in which something is held. */
  openMarkets(): ReadonlySet<M> {
    return this.#open
  }

  /** cash, and positions at the bids, in units */
  equity(offersOf: (market: M) => Pick<Offers, "book">): number {
    let equity = this.ledger.cash
    for (const market of this.#open) equity += market.value(offersOf(market))
    return equity
  }

  /** What a strategy may know of the account. */
  holding(market: M, offersOf: (market: M) => Pick<Offers, "book">): Holding {
    const { no, yes } = market.position
    const equity = () => toDollars(this.equity(offersOf))
    return {
      yes: yes.size,
      no: no.size,
      cash: toDollars(this.ledger.cash),
      // all positions have to be marked for it, and few strategies ask
      get equity() {
        return equity()
      },
      exposure: toDollars(market.position.cost() + market.underWay),
      totalExposure: toDollars(this.ledger.cost + this.#reserved)
    }
  }

  #arrive(
    at: Instant,
    fill: (market: M, order: Order, fills: Array<Fill>) => Unfilled | undefined
  ): Execution | undefined {
    const next = this.#underWay.shift()
    if (next === undefined) return undefined
    const { decidedAt, market, order, reserved } = next
    market.underWay -= reserved
    this.#reserved -= reserved
    const fills: Array<Fill> = []
    const unfilled = fill(market, order, fills)
    if (market.position.isOpen()) this.#open.add(market)
    else this.#open.delete(market)
    return { market: market.id, order, decidedAt, at, fills, unfilled }
  }

  #fill(market: M, order: Order, offers: Offers, fills: Array<Fill>): Unfilled | undefined {
    const closed = untradable(offers)
    if (closed !== undefined) return closed
    const found = offersFor(order, offers.book, market.consumption, this.#terms.quoteSize)
    let rest = order.size
    for (const { level, price, size } of found) {
      const wanted = Math.min(rest, size)
      const { most, why } = this.#allowed(market, order, wanted, price)
      if (most > 0) {
        fills.push(this.#trade(market, order, most, price))
        market.consumption.take(level, most)
        rest -= most
      }
      if (rest === 0) return undefined
      if (why !== undefined) return why
    }
    return found.length === 0 ? "beyond_limit" : "no_depth"
  }

  /** How much of `size` the account allows at this price, and what stands in the way of the rest. */
  #allowed(
    { feeRate, position }: M,
    { action, outcome }: Order,
    size: number,
    price: number
  ): { readonly most: number; readonly why: Unfilled | undefined } {
    const held = position[outcome].size
    if (action === "sell") return { most: Math.min(size, held), why: held < size ? "nothing_held" : undefined }
    const { maxMarketCost, maxTotalCost } = this.#terms
    const room = Math.max(0, Math.min(maxMarketCost - position.cost(), maxTotalCost - this.ledger.cost))
    const limited = Math.min(size, price === 0 ? size : Math.floor(room / price), largestStake - held)
    const paid = affordable(this.ledger.cash, limited, price, feeRate)
    return { most: paid, why: paid < limited ? "no_cash" : limited < size ? "exposure_limit" : undefined }
  }

  #trade({ feeRate, position }: M, { action, outcome }: Order, size: number, price: number): Fill {
    const fee = takerFee(size, price, feeRate)
    if (action === "buy") this.ledger.buy(position, outcome, size, price, fee)
    else this.ledger.sell(position, outcome, size, price, fee)
    return { size, price, fee }
  }
}
