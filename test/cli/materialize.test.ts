import { assert, beforeAll, describe, it } from "vitest"
import { fine, makeFolder, recordOf, refused, runIn } from "./commandLine.js"
import { minute, recording, start } from "./recording.js"

const folder = await makeFolder({ "events.ndjson": recording })
const cli = runIn(folder)
const grid = (minutes: number) => ["--every", "1m", "--from", `${start}`, "--to", `${start + minutes * minute}`]

beforeAll(async () => {
  fine(await cli("import", "events.ndjson"))
})

describe("materialize", () => {
  it("computes a grid, both ends included, and later only what is not there", async () => {
    const first = recordOf(fine(await cli("materialize", "--features", "market,orderbook", ...grid(59), "--json")))
    assert.deepEqual(first, {
      markets: 2,
      computed: 240,
      kept: 0,
      instants: 60,
      every_ms: minute,
      from: start,
      to: start + 59 * minute,
      features: ["market", "orderbook"]
    })
    const more = recordOf(fine(await cli("materialize", "--features", "market", ...grid(69), "--json")))
    assert.deepInclude(more, { computed: 20, kept: 120 })
  })

  it("computes all groups where none is named, and only markets that match", async () => {
    const { stdout } = fine(await cli("materialize", ...grid(0), "--markets", "*2"))
    assert.include(stdout, "1 market at 1 instant: ")
    assert.match(stdout, /^market, orderbook, sentiment, temporal, price_history: every 1 min from 2026-07-13/u)
  })

  it("refuses a glob that matches nothing and features that are not there", async () => {
    refused(await cli("materialize", ...grid(0), "--markets", "x*"), 2, "none of the log's 2 markets matches \"x*\"")
    refused(await cli("materialize", ...grid(0), "--features", "nope"), 2, "there is no group or feature of this name")
  })
})
