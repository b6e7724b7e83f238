import { assert, describe, it } from "vitest"
import { runCampaign } from "../support/venue/campaign.js"
import { campaignOf } from "../support/venue/sequences.js"

/** In every run; FAULT_SEQUENCES=1000 runs as many. */
const sequences = Number(process.env.FAULT_SEQUENCES ?? "50")
const perTest = 25

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
