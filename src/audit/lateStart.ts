import { checkpoint, MarketState, restore } from "../state/MarketState.js"

/**
 * The state of a run that begins where `from` stands and is given what outlives every window: the newest snapshot, the
 * book, the last trade, the standing, the ages, and the price in force with its instant. Older prices and all documents
 * belong to windows, which it has to fill itself.
 */
export const declaredState = (from: MarketState): MarketState => {
  const late = new MarketState()
  restore(late, { ...checkpoint(from), points: 0, origin: NaN, documents: 0 })
  const { prices } = from
  if (prices.length > prices.start) late.prices.push(prices.time[prices.length - 1] ?? NaN, prices.last())
  return late
}
