import { Schema } from "effect"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, beforeAll, describe, it } from "vitest"
import { documentOf, fine, makeFolder, recordOf, refused, runIn } from "./commandLine.js"

const sample = fileURLToPath(new URL("../fixtures/polymarket-quotes/", import.meta.url))
const hostile = "<script>alert(1)</script>\u0007"
const folder = await makeFolder({
  "hostile.ndjson": [
    { type: "market", market: "x<b>", available_at: 1_784_000_000_000, question: `Will ${hostile} it?` },
    ...Array.from({ length: 90 }, (_, i) => ({
      type: "quote",
      market: "x<b>",
      available_at: 1_784_000_000_000 + i * 60_000,
      best_bid: i < 70 ? 0.5 : 0.4,
      best_ask: i < 70 ? 0.51 : 0.41
    })),
    { type: "resolution", market: "x<b>", available_at: 1_784_100_000_000, outcome: 1 }
  ].map((event) => `${JSON.stringify(event)}\n`).join(""),
  "loose.toml": "[feature_store.strategy.mean_reversion]\nmin_volatility = 0\n"
})
const cli = runIn(folder)
const run = (strategy: string, ...args: ReadonlyArray<string>) => cli("backtest", "--strategy", strategy, ...args)

const Report = Schema.Struct({
  decisions: Schema.Number,
  period: Schema.Struct({ markets: Schema.Number, events: Schema.Number, from: Schema.Number, to: Schema.Number }),
  signals: Schema.Struct({ forecasts: Schema.Number, orders: Schema.Number }),
  account: Schema.Struct({ start: Schema.Number, pnl: Schema.Number }),
  forecasts: Schema.NullOr(
    Schema.Struct({
      brier: Schema.NullOr(Schema.Number),
      against_price: Schema.Struct({ skill: Schema.NullOr(Schema.Number) })
    })
  )
})

beforeAll(async () => {
  const files = ["markets.ndjson", "quotes.csv.gz", "resolutions.ndjson"].map((name) => join(sample, name))
  fine(await cli("import", ...files))
})

describe("backtest", () => {
  it("scores the price of the shipped sample, which has no skill against itself", async () => {
    const report = documentOf(Report, fine(await run("market-price", "--json", "--interval", "10m")))
    assert.strictEqual(report.period.markets, 60)
    assert.strictEqual(report.period.events, 161_776)
    assert.strictEqual(report.forecasts?.against_price.skill, 0)
    assert.closeTo(report.forecasts?.brier ?? NaN, 0.09, 0.01)
    assert.deepStrictEqual([report.signals.orders, report.account.pnl], [0, 0])
  })

  it("trades on it, says so on one screen, and writes the same page twice", async () => {
    const ran = fine(await run("mean-reversion", "--markets", "tc-temp-*", "--out", "one.html", "--cash", "500"))
    for (const part of ["mean-reversion 1.0", "PnL", "of 500.00", "drawdown", "hit rate", "tc-temp-"]) {
      assert.include(ran.stdout, part)
    }
    assert.include(ran.stderr, "report: one.html")
    const json = recordOf(
      fine(await run("mean-reversion", "--markets", "tc-temp-*", "--out", "two.html", "--cash", "500", "--json"))
    )
    assert.deepInclude(json, { hindsight: null })
    const [one, two] = await Promise.all(["one.html", "two.html"].map((name) => readFile(join(folder, name), "utf8")))
    assert.strictEqual(one, two)
    for (const part of ["<svg", "Equity", "Drawdown", "PnL per market", "Orders"]) assert.include(one, part)
    // nothing is fetched, nothing runs
    assert.notMatch(one ?? "", /<script|<link|src=|url\((?!#)|@import/u)
  })

  it("shows text from data, and never obeys it", async () => {
    fine(await cli("import", "--db", "hostile.db", "hostile.ndjson"))
    const ran = fine(
      await run("mean-reversion", "--db", "hostile.db", "--config", "loose.toml", "--out", "hostile.html")
    )
    assert.include(ran.stdout, "x<b>")
    const page = await readFile(join(folder, "hostile.html"), "utf8")
    assert.include(page, "x&lt;b&gt;")
    assert.include(page, "Will &lt;script&gt;alert(1)&lt;/script&gt;\\u0007 it?")
    assert.notInclude(page, "<b>")
    assert.notInclude(page, "<script")
  })

  it("runs a part of the log only, where told to", async () => {
    const [from, to] = ["2026-07-12T00:00:00Z", "2026-07-12T06:00:00Z"]
    const { account, decisions, period } = documentOf(
      Report,
      fine(await run("market-price", "--from", from, "--to", to, "--interval", "1h", "--json"))
    )
    assert.deepStrictEqual([period.from, period.to], [Date.parse(from), Date.parse(to)])
    assert.isAtMost(decisions, 7 * 60)
    assert.strictEqual(account.start, 10_000)
  })

  it("refuses what cannot be meant", async () => {
    refused(await cli("backtest"), 2, "--strategy is missing")
    refused(await run("mean-revresion"), 2, "--strategy: expected one of market-price", "did you mean mean-reversion?")
    refused(await run("market-price", "--cash", "-5"), 2, "--cash: expected dollars")
    refused(await run("market-price", "--cash", "lots"), 2, "--cash: expected dollars")
    refused(await run("market-price", "--interval", "0s"), 2, "--interval: expected a duration")
    refused(await run("market-price", "--markets", "nope-*"), 2, "none of the log's 60 markets")
    refused(await run("market-price", "--from", "2026-07-13T00:00:00Z", "--to", "2026-07-12T00:00:00Z"), 2, "swap them")
    refused(await run("market-price", "--out", "nowhere/report.html"), 2, "--out: expected a file in a folder")
    refused(await run("market-price", "--db", "empty.db"), 2, "the log is empty")
    refused(await run("llm-prediction"), 2, "llm-prediction has no model")
  })
})
