import { assert, beforeAll, describe, it } from "vitest"
import { fine, makeFolder, recordOf, refused, runIn } from "./commandLine.js"
import { minute, recorded, recording, start } from "./recording.js"

const folder = await makeFolder({ "events.ndjson": recording })
const cli = runIn(folder)

beforeAll(async () => {
  fine(await cli("import", "events.ndjson"))
  fine(await cli("get", "m1"))
})

describe("audit parity", () => {
  it("finds nothing in an honest log, and says how much was compared", async () => {
    const report = recordOf(fine(await cli("audit", "parity", "--samples", "50", "--json")))
    assert.sameMembers(Object.keys(report), ["samples", "markets", "events", "comparisons", "differences", "served"])
    assert.deepInclude(report, { samples: 50, markets: 2, events: recorded, differences: [] })
    assert.isAbove(Number(report.comparisons), 50)
    const { stdout } = fine(await cli("audit", "parity", "--samples", "50"))
    assert.match(stdout, /^0 differences in [\d,]+ values compared$/mu)
    assert.include(stdout, "5 answers of the served log recomputed")
  })

  it("the same seed gives the same report", async () => {
    const run = () => cli("audit", "parity", "--samples", "20", "--seed", "7", "--json")
    const [one, two] = [await run(), await run()]
    assert.strictEqual(fine(one).stdout, fine(two).stdout)
  })

  it("keeps to the markets and the range that were asked for", async () => {
    const range = ["--from", `${start}`, "--to", `${start + 10 * minute}`]
    const report = recordOf(fine(await cli("audit", "parity", "--markets", "m1", ...range, "--samples", "5", "--json")))
    assert.deepInclude(report, { markets: 1, samples: 5, differences: [] })
    refused(await cli("audit", "parity", "--markets", "none*"), 2, "none of the log's 2 markets matches")
    refused(await cli("audit", "parity", "--from", `${start + 1}`, "--to", `${start}`), 2, "--from is after --to")
  })
})
