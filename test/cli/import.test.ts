import { appendFile, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { assert, describe, it } from "vitest"
import { fine, makeFolder, recordOf, refused, runIn, vectorOf } from "./commandLine.js"
import { minute, recorded, recording, start } from "./recording.js"

const quote = (fields: object = {}) =>
  `${JSON.stringify({ type: "quote", market: "m9", available_at: start, best_bid: 0.4, best_ask: 0.6, ...fields })}\n`
const csv = `ts_ms,slug,best_bid,best_ask\n${start},q1,0.45,0.55\n${start + minute},q1,,0.7\n`

const isKnown = async (cli: ReturnType<typeof runIn>, market: string) =>
  vectorOf(await cli("get", market, "--features", "market", "--json")).sequence > 0

describe("import", () => {
  it("appends files, packed or not, and the same content only once", async () => {
    const folder = await makeFolder({ "a.ndjson": recording, "b.ndjson.gz": gzipSync(recording), "q.csv": csv })
    const cli = runIn(folder)
    const first = fine(await cli("import", "a.ndjson", "--format", "events"))
    assert.strictEqual(first.stdout, `a.ndjson: ${recorded} events appended\n`)
    assert.strictEqual(fine(await cli("import", "a.ndjson")).stdout, "a.ndjson: known already, nothing appended\n")
    const document = recordOf(fine(await cli("import", "b.ndjson.gz", "--json")))
    assert.deepEqual(document, {
      files: [{
        file: "b.ndjson.gz",
        format: "events",
        outcome: "known",
        events: recorded,
        duplicates: 0,
        rejected: 0,
        rejected_file: null,
        sequence: recorded
      }],
      appended: 0,
      rejected: 0
    })
    const mapped = await cli("import", "q.csv", "--columns", "available_at=ts_ms,market=slug")
    assert.strictEqual(fine(mapped).stdout, "q.csv: 2 quotes appended\n")
    const vector = vectorOf(await cli("get", "q1", "--features", "market.current_price", "--at", `${start}`, "--json"))
    assert.strictEqual(vector.features["market.current_price"]?.value, 0.5)
  })

  it("a bad line stops, is named with file, line and field, and nothing of its file is kept", async () => {
    const folder = await makeFolder({
      "good.ndjson": quote({ market: "m8" }),
      "bad.ndjson": quote() + quote({ best_bid: 1.5 })
    })
    const cli = runIn(folder)
    const ran = await cli("import", "good.ndjson", "bad.ndjson")
    assert.strictEqual(ran.code, 3)
    assert.include(ran.stderr, "bad.ndjson:2: best_bid: expected a price within 0..1")
    assert.include(ran.stderr, "--skip-invalid")
    assert.strictEqual(ran.stdout, "good.ndjson: 1 event appended\n")
    assert.isTrue(await isKnown(cli, "m8"))
    assert.isFalse(await isKnown(cli, "m9"))
  })

  it("names what was expected of times, fields, types and lines", async () => {
    const cases = [
      ["seconds", quote({ available_at: 1_783_715_146 }), "seconds.ndjson:1: available_at:", "seconds are refused"],
      ["field", quote({ best_bidd: 1 }), "best_bidd:", "did you mean best_bid?"],
      ["text", "not json\n", "text.ndjson:1:", "one JSON object a line"],
      ["late", recording + quote({ market: "" }), `late.ndjson:${recorded + 1}: market:`]
    ] as const
    const folder = await makeFolder(Object.fromEntries(cases.map(([name, content]) => [`${name}.ndjson`, content])))
    for (const [name, , ...parts] of cases) {
      refused(await runIn(folder)("import", `${name}.ndjson`, "--json"), 3, ...parts)
    }
  })

  it("--skip-invalid keeps the good lines, writes the others down, and exits 3", async () => {
    const folder = await makeFolder({ "mixed.ndjson": quote() + quote({ best_ask: "x" }) + quote({ market: "m10" }) })
    const cli = runIn(folder)
    const ran = await cli("import", "mixed.ndjson", "--skip-invalid")
    assert.strictEqual(ran.code, 3)
    assert.strictEqual(ran.stdout, "mixed.ndjson: 2 events appended, 1 line refused\n")
    assert.include(ran.stderr, "1 refused line, with reasons, in mixed.ndjson.rejected.ndjson")
    const rejected = await readFile(join(folder, "mixed.ndjson.rejected.ndjson"), "utf8")
    assert.include(rejected, "\"line\":2")
    assert.include(rejected, "best_ask")
    fine(await cli("import", "mixed.ndjson", "--skip-invalid"))
  })

  it("a file that is not there, or a folder, is a failure of the source", async () => {
    const cli = runIn(await makeFolder())
    refused(await cli("import", "nowhere.ndjson"), 4, "cannot read nowhere.ndjson: no such file")
    refused(await cli("import", "."), 4, "cannot read .: it is a directory")
  })

  it("says that nothing will be kept where persistence is off", async () => {
    const folder = await makeFolder({ "a.ndjson": recording })
    const ran = fine(await runIn(folder, { FEATURE_STORE_PERSISTENCE_ENABLED: "false" })("import", "a.ndjson"))
    assert.include(ran.stderr, "nothing will be kept")
    assert.isFalse(await isKnown(runIn(folder), "m1"))
  })
})

describe("storage that fails", () => {
  it("exits 4 with the path and a hint, whatever is in the way", async () => {
    const folder = await makeFolder({
      "a.ndjson": recording,
      "text.db": "this is no database, and long enough to tell"
    })
    const cli = runIn(folder)
    await writeFile(join(folder, "file"), "")
    await appendFile(join(folder, "text.db"), " ".repeat(4096))
    refused(
      await cli("import", "a.ndjson", "--db", "."),
      4,
      "open the database .",
      "check the path and its permissions"
    )
    refused(await cli("get", "m1", "--db", "file/x.db"), 4, "open the database file/x.db")
    refused(await cli("import", "a.ndjson", "--db", "text.db", "--json"), 4, "file is not a database")
    refused(await cli("get", "m1", "--db="), 2, "--db: expected a path")
  })

  it("--debug adds the cause, and only then", async () => {
    const ran = await runIn(await makeFolder())("get", "m1", "--db", ".", "--debug")
    assert.strictEqual(ran.code, 4)
    assert.match(ran.stderr, /^error: open the database/u)
    assert.match(ran.stderr, /SqliteError.*\n\s+at /u)
  })
})
