import { fromUnits } from "../../domain/Price.js"
import type { Holding } from "../Portfolio.js"
import type { Outcome } from "../Signal.js"
import type { LlmSettings } from "./settings.js"

/** The touch of a market's YES shares, in millionths. */
export interface Touch {
  readonly bid: number
  readonly ask: number
}

/** What a share of an outcome costs a taker, and what buying it is expected to bring. Dollars a share. */
export interface Edge {
  readonly outcome: Outcome
  /** in millionths: the ask for YES; one dollar less the bid for NO, since a NO is sold by whoever bids for a YES */
  readonly limit: number
  readonly price: number
  readonly fee: number
  /** price and fee */
  readonly cost: number
  /** of the outcome, not of YES */
  readonly probability: number
  /** probability less cost */
  readonly edge: number
}

/** Fee of the venue's takers: rate * p * (1 - p) a share, the same for YES at p and for NO at 1 - p. */
export const takerFee = (rate: number, price: number): number => rate * price * (1 - price)

export const edgeOf = (outcome: Outcome, probabilityOfYes: number, touch: Touch, feeRate: number): Edge => {
  const limit = outcome === "yes" ? touch.ask : 1_000_000 - touch.bid
  const price = fromUnits(limit)
  const probability = outcome === "yes" ? probabilityOfYes : 1 - probabilityOfYes
  const fee = takerFee(feeRate, price)
  const cost = price + fee
  // 0.43 - 0.40 shall be 0.03, which floats miss
  const edge = Math.round((probability - cost) * 1e9) / 1e9
  return { outcome, limit, price, fee, cost, probability, edge }
}

/**
 * The share of one's wealth that makes it grow fastest when a share that pays one dollar with probability q costs c:
 * (q - c) / (1 - c), which is Kelly's (b q - (1 - q)) / b at odds b = (1 - c) / c. At most 0 without an edge.
 *
 * J. L. Kelly, "A New Interpretation of Information Rate", Bell System Technical Journal 35 (1956); a fraction of it is
 * staked because q is an estimate: E. O. Thorp, "The Kelly Criterion in Blackjack, Sports Betting, and the Stock Market"
 * (2006).
 */
export const kellyShare = (probability: number, cost: number): number =>
  cost < 1 ? (probability - cost) / (1 - cost) : 0

type Limits = Pick<LlmSettings, "kellyFraction" | "maxMarketShare" | "maxTotalShare">

/** What keeps a stake from being larger. */
export type Bound = "kelly" | "market_limit" | "total_limit" | "no_cash"

/** How a size came about. Money is in dollars. */
export interface Sizing {
  readonly kelly: number
  /** kelly, its fraction, of equity */
  readonly wanted: number
  /** what each bound leaves beyond what is held and under way */
  readonly room: Readonly<Record<Bound, number>>
  readonly bound: Bound
  /** the least room, at least 0 */
  readonly stake: number
  /** hundredths of a share, rounded down */
  readonly size: number
}

const bounds = ["kelly", "market_limit", "total_limit", "no_cash"] as const

/** The size to buy at a cost, given what is held already: what is wanted is a position, not one more of it each time. */
export const sizeOf = ({ cost, probability }: Edge, holding: Holding, limits: Limits): Sizing => {
  const { cash, equity, exposure, totalExposure } = holding
  const kelly = kellyShare(probability, cost)
  const wanted = limits.kellyFraction * kelly * equity
  const room = {
    kelly: wanted - exposure,
    market_limit: limits.maxMarketShare * equity - exposure,
    total_limit: limits.maxTotalShare * equity - totalExposure,
    no_cash: cash
  }
  const bound = bounds.reduce((least, candidate) => room[candidate] < room[least] ? candidate : least)
  const stake = Math.max(0, room[bound])
  // a millionth of the smallest size is rounding, not a share that cannot be paid
  return { kelly, wanted, room, bound, stake, size: Math.floor(stake / cost * 100 + 1e-6) }
}
