import { assert, describe, it } from "vitest"
import { seeded } from "../../src/audit/random.js"
import { campaignStart, runCampaign } from "../support/venue/campaign.js"
import { drawFault, drawFaults, faultKinds } from "../support/venue/faults.js"

const markets = 4
const plan = { seed: 5, markets, start: campaignStart, rate: 1.5, newcomers: 1, closing: 1 }

describe("each fault alone", () => {
  it("is survived by doing nothing where there is none", async () => {
    const { present, problems } = await runCampaign({ plan, faults: [], trouble: 60_000 })
    assert.deepStrictEqual(problems, [])
    assert.isAbove(present, 100)
  })
  for (const kind of faultKinds) {
    it(`is survived: ${kind}`, async () => {
      const random = seeded(1)
      const faults = [20_000, 60_000].map((at) => drawFault(random, kind, campaignStart + at, markets))
      const report = await runCampaign({ plan, faults, trouble: 80_000 })
      assert.deepStrictEqual(report.problems.slice(0, 20), [], JSON.stringify(faults))
    })
  }
})
