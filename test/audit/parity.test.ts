import { Effect, Layer } from "effect"
import { assert, describe, it } from "vitest"
import { auditParityWithServices } from "../../src/audit/parity.js"
import type { FeatureComputer } from "../../src/features/FeatureComputer.js"
import type { MarketViews } from "../../src/state/views.js"
import { logOf, own, registryBeside } from "../support/audited.js"
import * as cheats from "../support/cheats.js"
import { opening } from "../support/histories.js"
import { plainFeatureRepository } from "../support/plainRepository.js"
import { plainStorage } from "../support/storages.js"

const minute = 60_000

/** Twelve hours of quotes, twice as long as any declared window; the highest comes first. */
const quoted = Array.from({ length: 360 }, (_, i) => ({
  type: "quote",
  market: "a",
  available_at: opening + i * 2 * minute,
  best_bid: i === 1 ? 0.9 : 0.4 + (i % 7) / 100,
  best_ask: i === 1 ? 0.92 : 0.42 + (i % 7) / 100
}))

/** The features that live serving and history answer differently, of some cheats beside the standard ones. */
const differingIn = async (...beside: ReadonlyArray<FeatureComputer<MarketViews | cheats.RecordedQuotes>>) => {
  const report = await Effect.runPromise(
    auditParityWithServices(registryBeside(...beside), own, Layer.fresh(plainStorage), { samples: 40, seed: 3 }).pipe(
      Effect.provide(Layer.merge(logOf(quoted), plainFeatureRepository))
    )
  )
  assert.strictEqual(report.events, quoted.length)
  return [...new Set(report.differences.map(({ feature }) => feature))].sort()
}

describe("auditParity with services of a user's own", () => {
  it("finds nothing in the standard computers", async () => {
    assert.deepStrictEqual(await differingIn(), [])
  })

  it("catches what history knows and live serving cannot: the newest event, and the next one", async () => {
    const found = await differingIn(cheats.ReadsNewest, cheats.LooksAhead)
    assert.deepStrictEqual(found, ["looks_ahead@1.0.value", "reads_newest@1.0.value"])
  })

  it("catches a log that is read once, when a kernel is bound: live serving never sees it grow", async () => {
    assert.deepStrictEqual(await differingIn(cheats.ReadsHonestly), ["reads_honestly@1.0.value"])
  })

  it("catches state between calls, and history that live serving has let go", async () => {
    const found = await differingIn(cheats.CountsCalls, cheats.ForgetsNothing)
    assert.deepStrictEqual(found, ["counts_calls@1.0.value", "forgets_nothing@1.0.value"])
  })
})
