import { stripVTControlCharacters } from "node:util"
import pc from "picocolors"
import { assert, describe, it } from "vitest"
import { differencesIn, renderParity } from "../../src/cli/audit/parityReport.js"
import { renderSummary } from "../../src/cli/demo/summary.js"
import { changeOf } from "../../src/cli/registry/changes.js"
import { table } from "../../src/cli/terminal/table.js"
import { bytes, count, counted, duration, visible } from "../../src/cli/terminal/text.js"
import { Instant } from "../../src/domain/Instant.js"
import { MarketId } from "../../src/domain/MarketId.js"

describe("text for people", () => {
  it("groups digits and counts things", () => {
    assert.deepEqual([0, 999, 1000, 161_656, 1_234_567].map(count), ["0", "999", "1,000", "161,656", "1,234,567"])
    assert.deepEqual([counted(1, "market"), counted(2, "market")], ["1 market", "2 markets"])
  })

  it("writes durations in the unit that fits", () => {
    const millis = [0, 12, 999, 3_400, 59_000, 60_000, 302_000, 3_600_000, 90_000_000, -1_500]
    const texts = ["0 ms", "12 ms", "999 ms", "3.4 s", "59 s", "1 min", "5 min 2 s", "1 h", "1 d 1 h", "-1.5 s"]
    assert.deepEqual(millis.map(duration), texts)
  })

  it("writes bytes in powers of 1000", () => {
    assert.deepEqual([0, 999, 1_000, 1_170_761, 5e9].map(bytes), ["0 B", "999 B", "1.0 kB", "1.2 MB", "5.0 GB"])
  })

  it("shows control characters instead of obeying them", () => {
    assert.strictEqual(visible("a\u001b[31m\nb\u0085"), "a\\u001b[31m\\u000ab\\u0085")
  })

  it("aligns columns, also where cells are coloured, and leaves no blanks behind", () => {
    const colors = pc.createColors(true)
    const drawn = table(pc.createColors(false), { head: ["name", "n"], align: ["left", "right"] }, [
      [colors.red("a"), "1"],
      ["bcd", "1000"],
      ["e", ""]
    ])
    assert.deepEqual(drawn.split("\n").map((line) => stripVTControlCharacters(line)), [
      "name     n",
      "a        1",
      "bcd   1000",
      "e"
    ])
  })
})

describe("the demo's summary", () => {
  it("holds its numbers, and the verdict", () => {
    const summary = {
      directory: "data/demo",
      markets: 60,
      events: 161_776,
      quotes: 161_656,
      appended: 0,
      vectors: { computed: 0, kept: 432_000 },
      served: 60,
      database_bytes: 5_308_416,
      log_bytes: 1_170_761,
      bytes_per_quote: 7.2423,
      parity: { samples: 1000, comparisons: 64_194, differences: 0 },
      audits: { lookahead: 0, warmup: 0 },
      training_set: { file: "data/demo/training.parquet", id: "sha256:0", rows: 39_840 },
      backtests: { market_price_brier: 0.09, mean_reversion_pnl: -246.36, report: "data/demo/mean-reversion.html" },
      elapsed_ms: 9_891
    }
    const text = renderSummary(summary)(pc.createColors(false))
    assert.match(text, /^log on disk +1\.2 MB +7\.2 bytes a quote$/mu)
    assert.match(text, /^parity +0 differences +in 64,194 values, live against history$/mu)
    const found = renderSummary({ ...summary, parity: { ...summary.parity, differences: 1 } })(pc.createColors(false))
    assert.match(found, /^parity +1 difference +in/mu)
    assert.match(text, /^audits +0 findings +look-ahead and warm-up$/mu)
    const audited = renderSummary({ ...summary, audits: { lookahead: 1, warmup: 1 } })(pc.createColors(false))
    assert.match(audited, /^audits +2 findings +look/mu)
    assert.match(text, /^training set +39,840 rows +data\/demo\/training\.parquet$/mu)
  })
})

describe("a parity report with a difference", () => {
  it("names market, instant, feature, both answers and the event to look at", () => {
    const at = Instant(Date.UTC(2026, 6, 13))
    const report = {
      samples: 1,
      markets: 1,
      events: 2,
      comparisons: 3,
      differences: [{
        market: MarketId.make("m1"),
        at,
        sequence: 2,
        feature: "market@1.0.current_price",
        live: { value: 0.5, reason: null, age_ms: 12 },
        history: { value: null, reason: "no_data" as const, age_ms: null },
        first_event: { sequence: 2, kind: "quote", available_at: at }
      }],
      served: { answers: 0, comparisons: 0, skipped: 1, beyondRetention: 0, differences: [] }
    }
    assert.strictEqual(differencesIn(report), 1)
    const lines = renderParity(report)(pc.createColors(false)).split("\n")
    assert.strictEqual(lines[0], "1 difference in 3 values compared")
    const row = /^m1 +2026-07-13T00:00:00\.000Z +2 +market@1\.0\.current_price +0\.5 \(12 ms\) +no_data +quote 2$/u
    assert.match(lines.at(-1) ?? "", row)
  })
})

describe("what differs of a changed group", () => {
  it("is named field by field, features by their names", () => {
    const before = {
      features: [{ name: "a", unit: "s" }, { name: "b", unit: "s" }],
      parameters: { window: 1, words: ["x"] }
    }
    const after = {
      features: [{ name: "b", unit: "ms" }, { name: "a", unit: "s" }],
      parameters: { window: 1, words: [] }
    }
    const { differences } = changeOf({
      id: "g@1.0",
      change: "changed",
      fingerprint: "sha256:2",
      registered: "sha256:1",
      definition: JSON.stringify(after),
      registeredDefinition: JSON.stringify(before)
    })
    assert.sameDeepMembers(differences, [
      { field: "features.b.unit", registered: "\"s\"", now: "\"ms\"" },
      { field: "parameters.words.0", registered: "\"x\"", now: null },
      { field: "parameters.words", registered: null, now: "[]" }
    ])
  })
})
