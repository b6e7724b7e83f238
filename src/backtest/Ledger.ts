import type { Outcome } from "../strategy/Signal.js"
import { payout } from "./money.js"

/** Shares of one outcome, in hundredths, and what the ones still held were bought for, in units, without fees. */
export interface Stake {
  size: number
  cost: number
}

/** What an account has had to do with one market. Money in units of 1e-8 dollars. */
export class Position {
  readonly yes: Stake = { size: 0, cost: 0 }
  readonly no: Stake = { size: 0, cost: 0 }
  /** all that came in from this market less all that went out, fees too */
  cashFlow = 0
  fees = 0
  /** bought and sold, at the prices paid; settlements are no trades */
  turnover = 0
  /** hundredths of each outcome that a resolution paid out */
  readonly settled = { yes: 0, no: 0 }
  /** what a YES share was last resolved to pay, in millionths; NaN before the first resolution */
  outcome = NaN

  isOpen(): boolean {
    return this.yes.size > 0 || this.no.size > 0
  }

  /** units paid for what is held */
  cost(): number {
    return this.yes.cost + this.no.cost
  }
}

/**
 * Cash and what trades and settlements do to it. Every movement of cash is booked on the market's position too, so that
 * cash is what the account started with plus all positions' cash flows, to the unit, at every step.
 */
export class Ledger {
  readonly start: number
  cash: number
  fees = 0
  turnover = 0
  /** units paid for all that is held */
  cost = 0

  /** @param cash to start with, in units */
  constructor(cash: number) {
    this.start = cash
    this.cash = cash
  }

  #move(position: Position, amount: number): void {
    this.cash += amount
    position.cashFlow += amount
  }

  #trade(position: Position, value: number, fee: number): void {
    position.fees += fee
    position.turnover += value
    this.fees += fee
    this.turnover += value
  }

  /** Books a purchase that the cash can pay: `size` hundredths at `price` millionths. */
  buy(position: Position, outcome: Outcome, size: number, price: number, fee: number): void {
    const value = size * price
    const stake = position[outcome]
    stake.size += size
    stake.cost += value
    this.cost += value
    this.#move(position, -value - fee)
    this.#trade(position, value, fee)
  }

  /** Books a sale of no more than is held. The cost of what is left is in proportion, rounded down to the unit. */
  sell(position: Position, outcome: Outcome, size: number, price: number, fee: number): void {
    const value = size * price
    const stake = position[outcome]
    const left = stake.size - size
    const cost = left === 0 ? 0 : Number(BigInt(stake.cost) * BigInt(left) / BigInt(stake.size))
    this.cost -= stake.cost - cost
    stake.size = left
    stake.cost = cost
    this.#move(position, value - fee)
    this.#trade(position, value, fee)
  }

  /**
   * Pays out a resolution: `outcome` millionths for a YES share, the rest of a dollar for a NO share. A later resolution of
   * the same market moves the difference for what the earlier one paid out; it alone may leave the cash below zero.
   */
  settle(position: Position, outcome: number): void {
    const { no, settled, yes } = position
    const correction = Number.isNaN(position.outcome) ? 0 : outcome - position.outcome
    this.#move(position, (settled.yes - settled.no) * correction + yes.size * outcome + no.size * (payout - outcome))
    settled.yes += yes.size
    settled.no += no.size
    this.cost -= position.cost()
    yes.size =
      yes.cost =
      no.size =
      no.cost =
        0
    position.outcome = outcome
  }
}
