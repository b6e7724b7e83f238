import { Schema } from "effect"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { documentOf, fine, leave, makeFolder, refused, runIn, start } from "./commandLine.js"

const Summary = Schema.Struct({
  directory: Schema.String,
  markets: Schema.Int,
  events: Schema.Int,
  quotes: Schema.Int,
  appended: Schema.Int,
  vectors: Schema.Struct({ computed: Schema.Int, kept: Schema.Int }),
  served: Schema.Int,
  database_bytes: Schema.Int,
  log_bytes: Schema.Int,
  bytes_per_quote: Schema.Number,
  parity: Schema.Struct({ samples: Schema.Int, comparisons: Schema.Int, differences: Schema.Int }),
  audits: Schema.Struct({ lookahead: Schema.Int, warmup: Schema.Int }),
  training_set: Schema.Struct({ file: Schema.String, id: Schema.String, rows: Schema.Int }),
  backtests: Schema.Struct({
    market_price_brier: Schema.Number,
    mean_reversion_pnl: Schema.Number,
    report: Schema.String
  }),
  elapsed_ms: Schema.Number,
  credit: Schema.String
})

describe("demo", { timeout: 300_000 }, () => {
  it("imports, serves, materialises, audits, builds a training set and backtests; a second run repeats nothing; Ctrl-C ends it with 130", async () => {
    const folder = await makeFolder()
    const first = documentOf(Summary, fine(await runIn(folder)("demo", "--json")))
    const counts = { markets: 60, quotes: 161_656, appended: 161_776, events: 161_776 }
    assert.deepInclude(first, { directory: "data/demo", ...counts })
    assert.deepEqual(first.vectors, { computed: 432_000, kept: 0 })
    assert.isAbove(first.parity.comparisons, 20_000)
    assert.strictEqual(first.parity.differences, 0)
    assert.deepEqual(first.audits, { lookahead: 0, warmup: 0 })
    assert.strictEqual(first.training_set.rows, 60 * 664)
    assert.isBelow(first.backtests.market_price_brier, 0.25)
    for (const file of ["data/demo/features.db", first.training_set.file, first.backtests.report]) {
      assert.isTrue(existsSync(join(folder, file)), file)
    }

    // again, and interrupted in the midst of long work
    const said: Array<string> = []
    const ended = await leave(
      start(folder, "demo"),
      (child) =>
        child.stdout.setEncoding("utf8").on("data", (text: string) => {
          said.push(text)
          if (text.includes("5/8")) child.kill("SIGINT")
        })
    )
    assert.strictEqual(ended.code, 130)
    assert.notInclude(ended.stderr, "    at ")
    assert.include(said.join(""), "Polymarket Order Book Dataset (2026), Dinesh Gopalakrishnan, CC BY 4.0")
    assert.include(said.join(""), "quotes.csv.gz: known already, nothing appended")
    assert.include(said.join(""), "one_sided_book")
    assert.include(said.join(""), "0 vectors computed and stored, 432,000 kept")
  })

  it("has settings and a database of its own", async () => {
    refused(await runIn(await makeFolder())("demo", "--db", "x.db"), 2, "demo has no option --db")
  })
})
