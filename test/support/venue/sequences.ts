import { type Campaign, campaignStart } from "./campaign.js"
import { drawFaults } from "./faults.js"

/** A campaign of its own for each seed: two to five markets, at various rates, and two to ten faults in a minute and a half. */
export const campaignOf = (seed: number): Campaign => {
  const markets = 2 + seed % 4
  const trouble = 110_000
  return {
    plan: {
      seed,
      markets,
      start: campaignStart,
      rate: seed % 10 === 9 ? 12 : 0.3 + (seed % 5) / 2,
      newcomers: seed % 2,
      closing: seed % 3 === 0 ? 1 : 0
    },
    faults: drawFaults(seed, 2 + seed % 9, {
      // some find the product at its start
      from: campaignStart + (seed % 3 === 0 ? 0 : 5_000),
      to: campaignStart + trouble - 20_000,
      markets
    }),
    trouble
  }
}
