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
  elapsed_ms: Schema.Number,
  credit: Schema.String
})

describe("demo", () => {
  it("imports, serves, materialises and proves parity; a second run repeats none of it; Ctrl-C ends it with 130", async () => {
    const folder = await makeFolder()
    const cli = runIn(folder)
    const first = documentOf(Summary, fine(await cli("demo", "--json")))
    assert.deepInclude(first, {
      directory: "data/demo",
      markets: 60,
      quotes: 161_656,
      appended: 161_776,
      events: 161_776
    })
    assert.deepEqual(first.vectors, { computed: 432_000, kept: 0 })
    assert.isAbove(first.parity.comparisons, 20_000)
    assert.strictEqual(first.parity.differences, 0)
    assert.isBelow(first.elapsed_ms, 60_000)
    assert.isTrue(existsSync(join(folder, "data/demo/features.db")))

    const { stdout } = fine(await cli("demo"))
    assert.include(stdout, "Polymarket Order Book Dataset (2026), Dinesh Gopalakrishnan, CC BY 4.0")
    assert.include(stdout, "quotes.csv.gz: known already, nothing appended")
    assert.include(stdout, "0 vectors computed and stored, 432,000 kept")
    assert.match(stdout, /^parity +0 differences/mu)
    assert.include(stdout, "one_sided_book")

    // interrupted in the midst of long work
    const ended = await leave(start(folder, "demo"), (child) =>
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        if (text.includes("5/5")) child.kill("SIGINT")
      }))
    assert.strictEqual(ended.code, 130)
    assert.notInclude(ended.stderr, "    at ")
  }, 180_000)

  it("has settings of its own", async () => {
    refused(await runIn(await makeFolder())("demo", "--db", "x.db"), 2, "--config and --db do not apply", "--dir")
  })
})
