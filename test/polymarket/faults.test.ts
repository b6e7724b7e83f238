import { assert, beforeAll, describe, it } from "vitest"
import { sqliteInMemory } from "../support/storages.js"
import { campaignStart, runCampaign } from "../support/venue/campaign.js"
import { type Fault, oddFrames } from "../support/venue/faults.js"

const plan = { seed: 5, markets: 4, start: campaignStart, rate: 1.5, newcomers: 1, closing: 1 }
const trouble = 90_000
const [first, second, long] = [20_000, 60_000, 15_000]

/** The fault at two moments: of all markets, and, where it can be so, of one. */
const twice = (fault: (at: number, market: number | undefined) => Fault): ReadonlyArray<Fault> => [
  fault(campaignStart + first, undefined),
  fault(campaignStart + second, 1)
]
const lasting = (at: number) => ({ at, until: at + long })

const harmful: Readonly<Record<string, ReadonlyArray<Fault>>> = {
  "an abrupt close": twice((at) => ({ kind: "close", at })),
  "a venue that refuses connections": twice((at) => ({ kind: "refuse", ...lasting(at) })),
  "half-open silence": twice((at) => ({ kind: "half_open", at })),
  "a silent freeze with PONGs": twice((at, market) => ({ kind: "freeze", at, market })),
  "lost messages": twice((at, market) => ({ kind: "drop", ...lasting(at), market })),
  "late messages": twice((at, market) => ({ kind: "late", ...lasting(at), market, byMillis: 2_500 })),
  "crossed books": twice((at, market) => ({ kind: "crossed", at, market })),
  "text that is not UTF-8": twice((at) => ({ kind: "odd_frame", at, frame: "bad_utf8_text" })),
  "bytes that are not UTF-8": twice((at) => ({ kind: "odd_frame", at, frame: "bad_utf8_binary" })),
  "a huge frame": twice((at) => ({ kind: "odd_frame", at, frame: "huge" })),
  "a truncated message": twice((at) => ({ kind: "odd_frame", at, frame: "truncated" }))
}

const harmless: Readonly<Record<string, ReadonlyArray<Fault>>> = {
  "garbage that names no market": twice((at) => ({ kind: "odd_frame", at, frame: "garbage" })),
  "events of unknown types": twice((at) => ({ kind: "odd_frame", at, frame: "unknown_event" })),
  "unsorted books": [{ kind: "unsorted", at: campaignStart, until: campaignStart + trouble }],
  "wrong hashes": [{ kind: "wrong_hash", at: campaignStart, until: campaignStart + trouble }],
  "duplicated messages": [{ kind: "duplicate", at: campaignStart, until: campaignStart + trouble }],
  "429 with Retry-After in seconds": twice((at) => ({ kind: "too_many", ...lasting(at), retryAfter: "seconds" })),
  "429 with Retry-After as a date": twice((at) => ({ kind: "too_many", ...lasting(at), retryAfter: "date" })),
  "429 without Retry-After": twice((at) => ({ kind: "too_many", ...lasting(at), retryAfter: "absent" })),
  "500 from REST": twice((at) => ({ kind: "server_error", ...lasting(at) })),
  "slow answers from REST": twice((at) => ({ kind: "slow", ...lasting(at), byMillis: 8_000 }))
}

const run = (faults: ReadonlyArray<Fault>) => runCampaign({ plan, faults, trouble, storage: sqliteInMemory })

/** Gaps without any fault: where markets begin and where their ticks change. */
let ownGaps = 0
beforeAll(async () => {
  const { gaps, present, problems } = await run([])
  assert.deepStrictEqual(problems, [])
  assert.isAbove(present, 900)
  ownGaps = gaps
})

describe("a feed through one kind of fault", () => {
  it("has a test of every frame that cannot be read", () => {
    const tested = [...Object.values(harmful), ...Object.values(harmless)].flat()
      .flatMap((fault) => fault.kind === "odd_frame" ? [fault.frame] : [])
    assert.deepStrictEqual([...new Set(tested)].sort(), [...oddFrames].sort())
  })

  for (const [name, faults] of Object.entries(harmful)) {
    it(`says where it has gaps, and recovers: ${name}`, async () => {
      const { gaps, present, problems } = await run(faults)
      assert.deepStrictEqual(problems, [])
      assert.isAbove(gaps, ownGaps)
      assert.isAbove(present, 500)
    })
  }

  for (const [name, faults] of Object.entries(harmless)) {
    it(`has no gaps but those of its beginnings: ${name}`, async () => {
      const { gaps, present, problems } = await run(faults)
      assert.deepStrictEqual(problems, [])
      assert.strictEqual(gaps, ownGaps)
      assert.isAbove(present, 900)
    })
  }
})
