import { Effect, FastCheck as fc } from "effect"
import { assert, describe, it } from "vitest"
import { auditWarmup, type WarmupOptions } from "../../src/audit/warmup.js"
import { Instant } from "../../src/domain/Instant.js"
import type { FeatureComputer } from "../../src/features/FeatureComputer.js"
import type { MarketViews } from "../../src/state/views.js"
import { logOf, own, registryBeside } from "../support/audited.js"
import * as cheats from "../support/cheats.js"
import { histories, opening } from "../support/histories.js"

const minute = 60_000
const hour = 60 * minute

/** A market that is described, quoted every minute for ten hours, with its highest price after one minute. */
const quoted = [
  { type: "market", market: "a", available_at: opening, question: "Will it?", end_date: opening + 600 * minute },
  ...Array.from({ length: 600 }, (_, i) => ({
    type: "quote",
    market: "a",
    available_at: opening + i * minute,
    best_bid: i === 1 ? 0.9 : 0.4 + (i % 7) / 100,
    best_ask: i === 1 ? 0.92 : 0.42 + (i % 7) / 100
  }))
]

/** Nine hours in, when every window has been filled. */
const late = { from: Instant(opening + 9 * hour), to: Instant(opening + 10 * hour) }

const audit = (
  lines: ReadonlyArray<object>,
  beside: ReadonlyArray<FeatureComputer<MarketViews | cheats.RecordedQuotes>>,
  options: Partial<WarmupOptions> = {}
) =>
  Effect.runSync(
    auditWarmup(registryBeside(...beside), own, { samples: 10, seed: 7, ...options }).pipe(Effect.provide(logOf(lines)))
  )

describe("auditWarmup", () => {
  it("catches a computer that depends on more of the past than it declares, and names what it would have missed", () => {
    const { features, findings } = audit(quoted, [cheats.ForgetsNothing, cheats.ReadsHonestly], late)
    const failed = features.filter((one) => one.failed > 0)
    assert.deepStrictEqual(failed.map((one) => [one.feature, one.failed]), [["forgets_nothing@1.0.value", 10]])
    assert.deepInclude(failed[0], { declared_ms: minute, warm: { p50_ms: 12 * hour, max_ms: 12 * hour } })
    const [finding, ...others] = findings
    assert.deepStrictEqual(others, [])
    assert.deepInclude(finding, { check: "undeclared_history", history_ms: minute, declared_ms: minute })
    // 0.91 in half millionths, given by the second quote
    assert.strictEqual(finding?.expected.value, 1_820_000)
    assert.isBelow(Number(finding?.found.value), 1_000_000)
    // a run that begins with the third quote still has the second one's price: as the price in force
    assert.deepStrictEqual(finding?.first_event, {
      sequence: 4,
      kind: "quote",
      available_at: Instant(opening + 2 * minute)
    })
  })

  it("catches a service that reads an older log than its computer declares", () => {
    const { findings } = audit(quoted, [cheats.CountsQuotes, cheats.ReadsHonestly], late)
    assert.deepStrictEqual(findings.map((finding) => finding.feature), ["counts_quotes@1.0.value"])
    // nothing but the whole log has all of them
    assert.strictEqual(findings[0]?.first_event?.sequence, 1)
  })

  it("measures when each feature is right, from the declared state and from nothing", () => {
    const { features, findings, ladder_ms, samples } = audit(quoted, [cheats.ReadsHonestly], late)
    assert.deepStrictEqual(findings, [])
    assert.strictEqual(samples, 10)
    assert.includeMembers([...ladder_ms], [0, minute, 1.5 * minute, hour, 1.5 * hour, 2 * hour, 6 * hour, 9 * hour])
    const of = (name: string) => features.find((one) => one.feature === name)
    const always = { p50_ms: 0, max_ms: 0 }
    assert.deepStrictEqual(of("temporal@1.0.hour_of_day"), {
      feature: "temporal@1.0.hour_of_day",
      declared_ms: 0,
      warm: always,
      from_nothing: always,
      cold_values: 0,
      failed: 0
    })
    // prices are at most a minute old, and the state carries them; the description came first of all
    assert.deepInclude(of("market@1.0.current_price"), { warm: always })
    assert.isAtMost(of("market@1.0.current_price")?.from_nothing.max_ms ?? NaN, 5 * minute)
    assert.deepInclude(of("market@1.0.time_to_expiry"), {
      warm: always,
      from_nothing: { p50_ms: 12 * hour, max_ms: 12 * hour }
    })
    assert.deepInclude(of("price_history@1.0.momentum"), {
      declared_ms: hour,
      warm: { p50_ms: hour, max_ms: hour },
      cold_values: 0
    })
    // known from five minutes on, of as much of the window as there is
    assert.deepInclude(of("price_history@1.0.volatility"), {
      declared_ms: hour,
      warm: { p50_ms: hour, max_ms: hour },
      cold_values: 10
    })
    assert.deepInclude(of("reads_honestly@1.0.value"), {
      declared_ms: minute,
      warm: { p50_ms: minute, max_ms: minute },
      cold_values: 10
    })
  })

  it("takes a run to have seen what came after its beginning, and nothing of that instant", () => {
    const [quote] = quoted.slice(1)
    const only = { from: Instant(opening), to: Instant(opening) }
    const { features } = audit(quote === undefined ? [] : [quote], [], { ...only, features: ["current_price"] })
    assert.deepStrictEqual(features.map(({ from_nothing, warm }) => [from_nothing, warm]), [
      [{ p50_ms: 1_000, max_ms: 1_000 }, { p50_ms: 0, max_ms: 0 }]
    ])
  })

  it("finds cold values when it is told to be strict", () => {
    const { features, findings } = audit(quoted, [cheats.ReadsHonestly], { ...late, strict: true })
    assert.deepStrictEqual(features.filter((one) => one.failed > 0).map((one) => one.feature), [
      "price_history@1.0.volatility",
      "price_history@1.0.mean_reversion_signal",
      "price_history@1.0.price_velocity",
      "reads_honestly@1.0.value"
    ])
    for (const { check, declared_ms, first_event, history_ms } of findings) {
      assert.strictEqual(check, "cold_value")
      assert.isBelow(history_ms, declared_ms)
      assert.strictEqual(first_event?.kind, "quote")
    }
  })

  it("finds nothing in the standard computers, whatever happens to a market", () => {
    let compared = 0
    fc.assert(
      fc.property(histories, fc.nat(), (lines, seed) => {
        const report = audit(lines, [cheats.ReadsHonestly], { samples: 3, seed })
        assert.deepStrictEqual(report.findings, [])
        compared += report.comparisons
      }),
      { numRuns: 25 }
    )
    assert.isAbove(compared, 20_000)
  })
})
