import { Schema } from "effect"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { documentOf, fine, makeFolder, type Ran, runIn } from "./commandLine.js"
import { recording } from "./recording.js"

const Report = Schema.Struct({
  healthy: Schema.Boolean,
  checks: Schema.Array(
    Schema.Struct({
      check: Schema.String,
      status: Schema.String,
      detail: Schema.String,
      hint: Schema.NullOr(Schema.String)
    })
  )
})
const reportOf = (ran: Ran) => documentOf(Report, ran)
const found = (ran: Ran, name: string) => reportOf(ran).checks.find(({ check }) => check === name)

describe("doctor", () => {
  it("is content with a fresh folder, and makes no database there", async () => {
    const folder = await makeFolder()
    const ran = fine(await runIn(folder)("doctor", "--json"))
    assert.isTrue(reportOf(ran).healthy)
    assert.include(found(ran, "database")?.detail, "none yet")
    assert.isFalse(existsSync(join(folder, "data")))
  })

  it("looks through a database", async () => {
    const cli = runIn(await makeFolder({ "events.ndjson": recording }))
    fine(await cli("import", "events.ndjson"))
    const ran = fine(await cli("doctor", "--json"))
    for (const { status } of reportOf(ran).checks) assert.strictEqual(status, "ok")
    assert.strictEqual(found(ran, "journal mode")?.detail, "wal")
    assert.strictEqual(found(ran, "synchronous")?.detail, "full")
    assert.match(found(ran, "events")?.detail ?? "", /^246 of 2 markets, 2026-07-13T00:00:00.000Z to /u)
    assert.match(fine(await cli("doctor")).stdout, /^integrity +ok +every page is whole$/mu)
  })

  it("exits 4 on a database that is none", async () => {
    const ran = await runIn(await makeFolder({ "text.db": "no database".repeat(1000) }))(
      "doctor",
      "--db",
      "text.db",
      "--json"
    )
    assert.strictEqual(ran.code, 4)
    assert.isFalse(reportOf(ran).healthy)
    assert.deepInclude(found(ran, "database"), { status: "fail" })
    assert.include(found(ran, "database")?.hint, "backup")
  })

  it("exits 2 on a configuration that is refused, and names each problem", async () => {
    const folder = await makeFolder({ "c.toml": "[feature_store]\nenabled = 3\ncache_ttl_sec = 1\n" })
    const ran = await runIn(folder)("doctor", "--config", "c.toml", "--json")
    assert.strictEqual(ran.code, 2)
    const problems = reportOf(ran).checks.filter(({ status }) => status === "fail")
    assert.sameMembers(problems.map(({ detail }) => detail), [
      "c.toml:2: feature_store.enabled",
      "c.toml:3: feature_store.cache_ttl_sec"
    ])
  })

  it("warns where the store is off or nothing is kept", async () => {
    const environment = { FEATURE_STORE_ENABLED: "false", FEATURE_STORE_PERSISTENCE_ENABLED: "false" }
    const ran = fine(await runIn(await makeFolder(), environment)("doctor", "--json"))
    assert.deepInclude(found(ran, "enabled"), { status: "warn" })
    assert.deepInclude(found(ran, "persistence"), { status: "warn" })
  })
})
