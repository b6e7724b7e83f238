import type { BookSide, RawLevels } from "../../domain/Event.js"
import { normaliseLevels } from "../../domain/levels.js"
import type { LevelChange } from "./messages.js"
import type { MarketTokens } from "./PriceChangeReader.js"

/*
 * The two tokens of a market are one book: an order to buy NO at P is an order to sell YES at 1 - P. What is said of NO is
 * brought to YES here; prices are integer millionths, so nothing is rounded.
 */

/** A change of the YES book, as events carry it. */
export type YesChange = readonly [side: BookSide, price: number, newSize: number]

export interface YesBook {
  /** normalised: worst first, best last, each price once, sizes above 0 */
  readonly bids: RawLevels
  readonly asks: RawLevels
}

export const mirrorPrice = (price: number): number => 1_000_000 - price

const mirrorLevels = (levels: RawLevels): RawLevels =>
  levels.map(([price, size]) => [mirrorPrice(price), size] as const)

export const foldBook = (isNo: boolean, bids: RawLevels, asks: RawLevels): YesBook => ({
  bids: normaliseLevels(isNo ? mirrorLevels(asks) : bids, "bid"),
  asks: normaliseLevels(isNo ? mirrorLevels(bids) : asks, "ask")
})

const isSaid = (changes: ReadonlyArray<YesChange>, side: BookSide, price: number, size: number): boolean => {
  for (let i = changes.length - 1; i >= 0; i--) {
    const change = changes[i]
    // what was said of this level last is what counts
    if (change !== undefined && change[1] === price && change[0] === side) return change[2] === size
  }
  return false
}

/** Both tokens' changes as changes of YES; the mirror image of one that has been said already is the same change. */
export const foldChanges = ({ no }: MarketTokens, changes: ReadonlyArray<LevelChange>): ReadonlyArray<YesChange> => {
  const folded: Array<YesChange> = []
  for (const { price, side, size, token } of changes) {
    const isNo = token === no
    const yesSide = isNo === (side === "ask") ? "bid" : "ask"
    const yesPrice = isNo ? mirrorPrice(price) : price
    if (!isSaid(folded, yesSide, yesPrice, size)) folded.push([yesSide, yesPrice, size])
  }
  return folded
}

/** The best bid of YES as the last change that tells it has it, in millionths; NaN where none does. */
export const saidBid = ({ no }: MarketTokens, changes: ReadonlyArray<LevelChange>): number => {
  for (let i = changes.length - 1; i >= 0; i--) {
    const change = changes[i]
    if (change === undefined) continue
    const bid = change.token === no ? mirrorPrice(change.bestAsk) : change.bestBid
    if (!Number.isNaN(bid)) return bid
  }
  return NaN
}

/** The best ask of YES, likewise. */
export const saidAsk = ({ no }: MarketTokens, changes: ReadonlyArray<LevelChange>): number => {
  for (let i = changes.length - 1; i >= 0; i--) {
    const change = changes[i]
    if (change === undefined) continue
    const ask = change.token === no ? mirrorPrice(change.bestBid) : change.bestAsk
    if (!Number.isNaN(ask)) return ask
  }
  return NaN
}
