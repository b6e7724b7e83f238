import { Schema } from "effect"
import { assert, describe, it } from "vitest"
import { documentOf, fine, makeFolder, refused, runIn, vectorOf } from "./commandLine.js"

const start = Date.UTC(2026, 6, 13)
const hour = 3_600_000

const event = (i: number, fields: object) => JSON.stringify({ market: "m", available_at: start + i * hour, ...fields })
const events = [
  event(0, { type: "market", question: "Will it rain?", end_date: "2026-08-01T00:00:00Z" }),
  ...Array.from(
    { length: 48 },
    (_, i) => event(i, { type: "quote", best_bid: 0.4 + i / 1000, best_ask: 0.42 + i / 1000 })
  )
].join("\n")

const Compacted = Schema.Struct({ dropped: Schema.Int, kept: Schema.Int })

describe("log", { timeout: 60_000 }, () => {
  it("drops what no answer from an instant on needs, keeps those answers, and refuses earlier instants", async () => {
    const run = runIn(await makeFolder({ "events.ndjson": events }))
    fine(await run("import", "events.ndjson", "--format", "events"))
    const from = new Date(start + 24 * hour).toISOString()
    const asked = () => run("get", "m", "--at", new Date(start + 30 * hour).toISOString(), "--json")
    const before = vectorOf(await asked())

    const preview = documentOf(Compacted, fine(await run("log", "compact", "--before", from, "--dry-run", "--json")))
    assert.strictEqual(preview.dropped + preview.kept, 49)
    assert.isAbove(preview.dropped, 10)
    const compacted = documentOf(Compacted, fine(await run("log", "compact", "--before", from, "--json")))
    assert.deepInclude(compacted, preview)
    assert.deepEqual(vectorOf(await asked()), before)
    refused(await run("get", "m", "--at", new Date(start + 10 * hour).toISOString()), 4, from)
    fine(await run("audit", "parity", "--samples", "20"))
    assert.include(fine(await run("log", "stats")).stdout, `answers go back to ${from}`)
    fine(await run("doctor"))

    const again = documentOf(Compacted, fine(await run("log", "compact", "--before", from, "--json")))
    assert.deepInclude(again, { dropped: 0, kept: preview.kept })
  })

  it("names what is wrong with what it is given", async () => {
    const run = runIn(await makeFolder({ "events.ndjson": events }))
    fine(await run("import", "events.ndjson", "--format", "events"))
    refused(await run("log", "compact", "--before", "2026-07-14"), 2, "--before", "Z is UTC")
    refused(await run("log", "compact", "--keep", "some"), 2, "--keep: expected a duration")
    refused(await run("log", "compact", "--keep", "1d", "--before", "2026-07-14T00:00:00Z"), 2, "--keep", "--before")
  })
})
