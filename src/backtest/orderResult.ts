import type { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import { fromUnits } from "../domain/Price.js"
import type { Execution } from "./Account.js"
import { hundredthsPerShare, toDollars } from "./money.js"

/** An order and what became of it. */
export interface OrderResult {
  readonly market: MarketId
  readonly decided_at: Instant
  readonly at: Instant
  readonly action: "buy" | "sell"
  readonly outcome: "yes" | "no"
  /** shares */
  readonly size: number
  readonly limit: number
  /** shares */
  readonly filled: number
  /** mean price of the fills */
  readonly price: number | null
  readonly fee: number
  readonly unfilled: string | null
}

/** An execution in the units that people read. */
export const orderResult = ({ at, decidedAt, fills, market, order, unfilled }: Execution): OrderResult => {
  const size = fills.reduce((sum, fill) => sum + fill.size, 0)
  const value = fills.reduce((sum, fill) => sum + fill.size * fill.price, 0)
  return {
    market,
    decided_at: decidedAt,
    at,
    action: order.action,
    outcome: order.outcome,
    size: order.size / hundredthsPerShare,
    limit: fromUnits(order.limit),
    filled: size / hundredthsPerShare,
    price: size === 0 ? null : fromUnits(value / size),
    fee: toDollars(fills.reduce((sum, fill) => sum + fill.fee, 0)),
    unfilled: unfilled ?? null
  }
}
