import { Effect, FastCheck as fc, Layer } from "effect"
import { assert, describe, it } from "vitest"
import { auditLookahead, type LookaheadOptions } from "../../src/audit/lookahead.js"
import { Instant } from "../../src/domain/Instant.js"
import { MarketId } from "../../src/domain/MarketId.js"
import type { FeatureComputer } from "../../src/features/FeatureComputer.js"
import type { MarketViews } from "../../src/state/views.js"
import { logOf, own, registryBeside } from "../support/audited.js"
import * as cheats from "../support/cheats.js"
import { HandClock } from "../support/handClock.js"
import { histories, opening } from "../support/histories.js"

const minute = 60_000

/** A market that is described and quoted every minute, with rising prices. */
const quoted = (id: string, quotes = 60) => [
  { type: "market", market: id, available_at: opening, question: "Will it?", end_date: opening + 600 * minute },
  ...Array.from({ length: quotes }, (_, i) => ({
    type: "quote",
    market: id,
    available_at: opening + i * minute,
    best_bid: 0.2 + i / 100,
    best_ask: 0.22 + i / 100
  }))
]

type Beside = ReadonlyArray<FeatureComputer<MarketViews | cheats.RecordedQuotes>>

const audit = (lines: ReadonlyArray<object>, beside: Beside, options: Partial<LookaheadOptions> = {}) =>
  Effect.runSync(
    auditLookahead(registryBeside(...beside), own, { samples: 30, seed: 7, ...options }).pipe(
      Effect.provide(logOf(lines))
    )
  )

/** The one cheat's findings, after seeing that nothing else was found. */
const caught = (cheat: Beside[number], options: Partial<LookaheadOptions> = {}) => {
  const report = audit([...quoted("a"), ...quoted("b")], [cheat, cheats.ReadsHonestly], options)
  const feature = `${cheat.name}@1.0.value`
  assert.deepStrictEqual([...new Set(report.findings.map((finding) => finding.feature))], [feature])
  const failed = report.features.find((one) => one.feature === feature)?.failed ?? 0
  for (const one of report.features) assert.strictEqual(one.failed > 0, one.feature === feature, one.feature)
  return { failed, findings: report.findings, samples: report.samples }
}

describe("auditLookahead catches a computer that", () => {
  it("reads the newest event of the log, and names the first event that it should not have seen", () => {
    const { failed, findings, samples } = caught(cheats.ReadsNewest)
    // at the last quotes there is nothing newer but what the audit adds
    assert.strictEqual(failed, samples)
    const ahead = findings.filter(({ check }) => check === "cut")
    assert.deepStrictEqual(ahead.map(({ market }) => market).sort(), [MarketId.make("a"), MarketId.make("b")])
    for (const { at, expected, first_event, found, market } of ahead) {
      const next = Math.floor((at - opening) / minute) + 1
      assert.deepStrictEqual(first_event, {
        sequence: (market === "a" ? 2 : 63) + next,
        kind: "quote",
        available_at: Instant(opening + next * minute)
      })
      assert.strictEqual(found.value, 790_000)
      assert.strictEqual(expected.value, Math.round((0.2 + (next - 1) / 100) * 1e6))
    }
  })

  it("knows the outcome before it is known, and names the resolution", () => {
    const resolved = [{ type: "resolution", market: "a", available_at: opening + 120 * minute, outcome: 1 }]
    const report = audit([...quoted("a"), ...resolved], [cheats.KnowsOutcome, cheats.ReadsHonestly], {
      to: Instant(opening + 59 * minute)
    })
    assert.deepStrictEqual([...new Set(report.findings.map(({ feature }) => feature))], ["knows_outcome@1.0.value"])
    const [cut] = report.findings.filter(({ check }) => check === "cut")
    assert.deepStrictEqual([cut?.expected.reason, cut?.found.value], ["no_data", 1])
    assert.deepInclude(cut?.first_event, { kind: "resolution", available_at: Instant(opening + 120 * minute) })
  })

  it("looks one event ahead", () => {
    const { findings } = caught(cheats.LooksAhead)
    for (const { at, check, expected, first_event, found } of findings.slice(0, 1)) {
      const next = Math.floor((at - opening) / minute) + 1
      assert.strictEqual(check, "cut")
      assert.strictEqual(expected.reason, "no_data")
      assert.deepInclude(first_event, { kind: "quote", available_at: Instant(opening + next * minute) })
      assert.strictEqual(found.value, Math.round((0.2 + next / 100) * 1e6))
    }
  })

  it("steps one slot beyond the prices that are known", () => {
    const { findings } = caught(cheats.StepsTooFar)
    for (const { at, check, first_event } of findings.slice(0, 1)) {
      const next = Math.floor((at - opening) / minute) + 1
      assert.strictEqual(check, "cut")
      assert.deepInclude(first_event, { kind: "quote", available_at: Instant(opening + next * minute) })
    }
  })

  it("keeps state between calls", () => {
    const { findings } = caught(cheats.KeepsState)
    assert.deepStrictEqual([...new Set(findings.map((finding) => finding.check))], ["order"])
    assert.deepStrictEqual([...new Set(findings.map((finding) => finding.first_event))], [null])
    const counting = caught(cheats.CountsCalls)
    assert.strictEqual(counting.failed, counting.samples)
    assert.deepStrictEqual([...new Set(counting.findings.map((finding) => finding.check))], ["again"])
  })

  it("uses the wall clock, Effect's or JavaScript's", () => {
    const today = Date.prototype.constructor
    for (const cheat of [cheats.UsesClock, cheats.UsesDate]) {
      const { failed, findings, samples } = caught(cheat)
      assert.strictEqual(failed, samples)
      for (const { check, expected, found } of findings) {
        assert.strictEqual(check, "machine_time")
        assert.isAtLeast(Number(found.value) - Number(expected.value), 400)
      }
    }
    // the machine's time is what it was
    assert.strictEqual(Date.prototype.constructor, today)
    assert.strictEqual(globalThis.Date, today)
  })

  it("uses a clock that is not the machine's, but the one it is run under", () => {
    const report = auditLookahead(registryBeside(cheats.UsesClock), own, { samples: 3, seed: 1 }).pipe(
      Effect.provide(logOf(quoted("a"))),
      Effect.withClock(new HandClock(opening))
    )
    const [finding, ...others] = Effect.runSync(report).findings
    assert.deepStrictEqual(others, [])
    assert.deepInclude(finding, { feature: "uses_clock@1.0.value", check: "machine_time", first_event: null })
    assert.strictEqual(Number(finding?.found.value) - Number(finding?.expected.value), 400)
  })

  it("reads ahead what this log never held, and another might", () => {
    const { findings } = caught(cheats.FearsLeaps)
    assert.deepStrictEqual([...new Set(findings.map((finding) => finding.check))], ["changed"])
    for (const { at, expected, first_event, found } of findings) {
      assert.deepStrictEqual([expected.value, found.value], [0, 1])
      assert.isAbove(first_event?.available_at ?? 0, at)
    }
  })

  it("reads ahead only what is strange: an event that the log never had", () => {
    const { findings } = caught(cheats.ReadsNewest, {
      from: Instant(opening + 59 * minute),
      to: Instant(opening + 59 * minute)
    })
    assert.deepStrictEqual([...new Set(findings.map((finding) => finding.check))], ["added"])
    for (const { at, first_event } of findings) {
      assert.deepInclude(first_event, { kind: "quote", available_at: Instant(at + 1) })
    }
  })
})

describe("auditLookahead", () => {
  it("finds nothing in the standard computers and an honest one beside them, whatever happens to a market", () => {
    let compared = 0
    fc.assert(
      fc.property(histories, fc.nat(), (lines, seed) => {
        const report = audit(lines, [cheats.ReadsHonestly], { samples: 6, seed })
        assert.deepStrictEqual(report.findings, [])
        compared += report.comparisons
      }),
      { numRuns: 40 }
    )
    assert.isAbove(compared, 20_000)
  })

  it("keeps to the features, markets and range that were asked for, and says what it compared", () => {
    const range = { from: Instant(opening + 10 * minute), to: Instant(opening + 20 * minute) }
    const asked = {
      features: ["market.current_price", "temporal"],
      markets: [MarketId.make("b")],
      samples: 9,
      ...range
    }
    const report = audit([...quoted("a"), ...quoted("b")], [cheats.ReadsNewest], asked)
    assert.deepStrictEqual(report, {
      samples: 9,
      markets: 1,
      // the same again, at another time, in three futures, and twice in other orders
      comparisons: 9 * 5 * 7,
      features: [
        "market@1.0.current_price",
        "temporal@1.0.hour_of_day",
        "temporal@1.0.day_of_week",
        "temporal@1.0.time_to_resolution",
        "temporal@1.0.market_age"
      ].map((feature) => ({ feature, failed: 0 })),
      findings: []
    })
    const { findings } = audit([...quoted("a"), ...quoted("b")], [cheats.ReadsNewest], {
      ...asked,
      features: ["reads_newest"]
    })
    for (const { at, market } of findings) {
      assert.strictEqual(market, MarketId.make("b"))
      assert.isTrue(at >= range.from && at <= range.to)
    }
    assert.isNotEmpty(findings)
  })

  it("gives the same report for the same seed, and other samples for another", () => {
    const run = (seed: number) => audit(quoted("a"), [cheats.ReadsNewest], { seed }).findings
    assert.deepStrictEqual(run(1), run(1))
    assert.notDeepEqual(run(1), run(2))
  })

  it("has nothing to say of an empty log, and refuses features that are not there", () => {
    assert.deepInclude(audit([], []), { samples: 0, markets: 0, comparisons: 0, findings: [] })
    const refused = auditLookahead(registryBeside(), own, { samples: 1, seed: 1, features: ["marke"] }).pipe(
      Effect.provide(logOf([])),
      Effect.flip
    )
    assert.strictEqual(Effect.runSync(refused)._tag, "UnknownReference")
  })

  it("takes a registry without services of its own", () => {
    const report = auditLookahead(registryBeside(), Layer.merge(own, Layer.empty), { samples: 3, seed: 1 })
    assert.deepStrictEqual(Effect.runSync(Effect.provide(report, logOf(quoted("a")))).findings, [])
  })
})
