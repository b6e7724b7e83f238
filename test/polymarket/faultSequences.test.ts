import { assert, describe, it } from "vitest"
import { type Campaign, campaignStart, runCampaign } from "../support/venue/campaign.js"
import { drawFaults } from "../support/venue/faults.js"

/** In every run; FAULT_SEQUENCES=1000 runs as many. */
const sequences = Number(process.env.FAULT_SEQUENCES ?? "50")
const perTest = 25

/** A campaign of its own for each seed: two to five markets, at various rates, and two to ten faults in a minute and a half. */
const campaignOf = (seed: number): Campaign => {
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

describe("a feed through random sequences of faults", () => {
  for (let from = 0; from < sequences; from += perTest) {
    const to = Math.min(sequences, from + perTest)
    it(`serves nothing false, says where it has gaps, and recovers: seeds ${from} to ${to - 1}`, async () => {
      for (let seed = from; seed < to; seed++) {
        const campaign = campaignOf(seed)
        const { present, problems } = await runCampaign(campaign)
        assert.deepStrictEqual(problems, [], `seed ${seed}: ${JSON.stringify(campaign.faults)}`)
        assert.isAbove(present, 0, `seed ${seed}`)
      }
    })
  }
})
