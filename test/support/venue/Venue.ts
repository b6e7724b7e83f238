import type { VenuePlan } from "./Listing.js"
import type { TokenSide } from "./messages.js"
import { SimulatedMarket, type Update } from "./SimulatedMarket.js"

export type OnUpdate = (market: SimulatedMarket, update: Update) => void

/** A token of the venue. */
export interface Token {
  readonly market: SimulatedMarket
  readonly side: TokenSide
}

/**
 * The venue without any transport: its markets and their time. What it holds is a function of the plan and the time alone:
 * a process that was killed and another one that takes its place show the same venue, once moved to the same instant.
 */
export class Venue {
  readonly markets: ReadonlyArray<SimulatedMarket>
  /** everything up to this instant has happened */
  now: number
  readonly byToken = new Map<string, Token>()
  readonly byCondition = new Map<string, SimulatedMarket>()
  readonly #listeners: Array<OnUpdate> = []
  /** markets by their next steps: a binary heap */
  readonly #due: Array<SimulatedMarket>

  constructor(readonly plan: VenuePlan) {
    this.now = plan.start
    const count = plan.markets + (plan.newcomers ?? 0)
    this.markets = Array.from({ length: count }, (_, index) => new SimulatedMarket(plan, index))
    for (const market of this.markets) {
      this.byToken.set(market.listing.yes, { market, side: "yes" })
      this.byToken.set(market.listing.no, { market, side: "no" })
      this.byCondition.set(market.listing.conditionId, market)
    }
    // sorted is a heap
    this.#due = [...this.markets].sort((a, b) => a.nextAt - b.nextAt || a.listing.index - b.listing.index)
  }

  listen(listener: OnUpdate): void {
    this.#listeners.push(listener)
  }

  /** The instant of the next step of any market. */
  nextAt(): number {
    return this.#due[0]?.nextAt ?? Infinity
  }

  /** Lets time pass up to `to`, inclusive; never back. */
  advance(to: number): void {
    for (let market = this.#due[0]; market !== undefined && market.nextAt <= to; market = this.#due[0]) {
      this.now = market.nextAt
      for (const update of market.step()) for (const listener of this.#listeners) listener(market, update)
      this.#sink()
    }
    this.now = Math.max(this.now, to)
  }

  /** Puts the first market of the heap where it belongs by now. */
  #sink(): void {
    const due = this.#due
    const market = due[0]
    if (market === undefined) return
    const isBefore = (a: SimulatedMarket, b: SimulatedMarket) =>
      a.nextAt < b.nextAt || (a.nextAt === b.nextAt && a.listing.index < b.listing.index)
    let hole = 0
    for (;;) {
      const left = due[2 * hole + 1]
      const right = due[2 * hole + 2]
      const least = right !== undefined && left !== undefined && isBefore(right, left) ? 2 * hole + 2 : 2 * hole + 1
      const child = due[least]
      if (child === undefined || !isBefore(child, market)) break
      due[hole] = child
      hole = least
    }
    due[hole] = market
  }

  /** This market's own past, from the start: to be moved forward to any instant. */
  past(index: number): SimulatedMarket {
    return new SimulatedMarket(this.plan, index)
  }
}
