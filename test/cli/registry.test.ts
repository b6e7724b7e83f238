import { Schema } from "effect"
import { existsSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { documentOf, fine, makeFolder, type Ran, recordOf, refused, runIn } from "./commandLine.js"
import { configOf, external } from "./recording.js"

const window = (seconds: number) => `[feature_store.features.price_history]\nwindow_secs = ${seconds}`
const further = "[feature_store.features.price_history.versions.\"1.0+wide\"]\nwindow_secs = 7200"

const Plan = Schema.Struct({
  groups: Schema.Array(Schema.Struct({
    group: Schema.String,
    change: Schema.String,
    fingerprint: Schema.NullOr(Schema.String),
    registered: Schema.NullOr(Schema.String),
    differences: Schema.Array(
      Schema.Struct({
        field: Schema.String,
        registered: Schema.NullOr(Schema.String),
        now: Schema.NullOr(Schema.String)
      })
    )
  }))
})
const changesOf = (ran: Ran) =>
  Object.fromEntries(documentOf(Plan, ran).groups.map(({ change, group }) => [group, change]))

const standard = ["market@1.0", "orderbook@1.0", "sentiment@1.0", "temporal@1.0", "price_history@1.0"]

describe("registry plan and apply", () => {
  it("go from new over unchanged to a further version, and refuse a changed one", async () => {
    const folder = await makeFolder({ "c.toml": configOf(window(3600)) })
    const run = runIn(folder)
    const registry = (...args: ReadonlyArray<string>) => run("registry", ...args, "--config", "c.toml")
    const configure = (...parts: ReadonlyArray<string>) => writeFile(join(folder, "c.toml"), configOf(...parts))

    const fresh = fine(await registry("plan", "--json"))
    assert.deepEqual(changesOf(fresh), Object.fromEntries(standard.map((id) => [id, "new"])))
    assert.isFalse(existsSync(join(folder, "data")), "looking leaves no database behind")

    assert.deepEqual(recordOf(fine(await registry("apply", "--json"))), { registered: standard })
    assert.strictEqual(fine(await registry("apply")).stdout, "every group is registered already\n")
    assert.isTrue(
      Object.values(changesOf(fine(await registry("plan", "--json")))).every((change) => change === "unchanged")
    )

    await configure(window(3600), further)
    assert.deepInclude(changesOf(fine(await registry("plan", "--json"))), { "price_history@1.0+wide": "new" })
    assert.include(fine(await registry("apply")).stdout, "1 group registered: price_history@1.0+wide")

    await configure(window(1800))
    const changed = await registry("plan", "--json")
    assert.strictEqual(changed.code, 1)
    assert.deepInclude(changesOf(changed), { "price_history@1.0": "changed", "price_history@1.0+wide": "unused" })
    const found = documentOf(Plan, changed).groups.find(({ change }) => change === "changed")
    assert.deepEqual(found?.differences, [{ field: "parameters.window_secs", registered: "3600", now: "1800" }])
    const text = await registry("plan")
    assert.strictEqual(text.code, 1)
    assert.match(text.stdout, /parameters\.window_secs +3600 +1800/u)
    assert.include(text.stdout, "version of its own")

    refused(await registry("apply"), 2, "price_history@1.0: registered under this version with another behaviour")
    refused(await run("get", "m1", "--config", "c.toml"), 2, "registry plan shows what differs")
    const doctor = await run("doctor", "--config", "c.toml")
    assert.strictEqual(doctor.code, 2)
    assert.match(doctor.stdout, /^registered groups +FAIL +price_history@1\.0 changed$/mu)
  })
})

describe("registry list, describe and lineage", () => {
  const config = configOf("[feature_store.features.sentiment]\nenabled = false", external)
  const cli = async (...args: ReadonlyArray<string>) =>
    runIn(await makeFolder({ "c.toml": config }))("registry", ...args, "--config", "c.toml")

  it("list shows every group with version, state and fingerprint", async () => {
    const Listed = Schema.Struct({ groups: Schema.Array(Schema.Record({ key: Schema.String, value: Schema.Unknown })) })
    const { groups } = documentOf(Listed, fine(await cli("list", "--json")))
    assert.sameMembers(groups.map(({ group }) => group), [
      "market",
      "orderbook",
      "sentiment",
      "temporal",
      "price_history",
      "forecast"
    ])
    assert.deepInclude(groups.find(({ group }) => group === "forecast"), {
      kind: "external",
      version: "2.0",
      max_age_ms: 3_600_000
    })
    assert.deepInclude(groups.find(({ group }) => group === "sentiment"), { enabled: false })
    assert.match(fine(await cli("list")).stdout, /^sentiment +1\.0 +computed +disabled/mu)
  })

  it("describe shows one group, also by version; an unknown one has candidates", async () => {
    const document = recordOf(fine(await cli("describe", "orderbook@1.0", "--json")))
    assert.deepInclude(document, { group: "orderbook", version: "1.0", parameters: { levels: 10 } })
    assert.match(
      fine(await cli("describe", "orderbook")).stdout,
      /^orderbook\.microprice +0\.\.1 +quote, book, price_change/mu
    )
    refused(await cli("describe", "orderbok"), 2, "did you mean orderbook?", "forecast@2.0")
  })

  it("lineage leads from inputs to features, also as mermaid", async () => {
    assert.match(fine(await cli("lineage")).stdout, /market\.current_price +← quote, book, price_change, trade/u)
    assert.include(fine(await cli("lineage")).stdout, "forecast@2.0 ← stored by others")
    const mermaid = fine(await cli("lineage", "--mermaid")).stdout
    assert.match(mermaid, /^flowchart LR\n/u)
    assert.match(mermaid, /^ {2}input_news --> group_sentiment/mu)
    assert.hasAllKeys(recordOf(fine(await cli("lineage", "--mermaid", "--json"))), ["mermaid"])
  })

  it("are there while the store is turned off, and refuse a bad parameter", async () => {
    const folder = await makeFolder()
    fine(await runIn(folder, { FEATURE_STORE_ENABLED: "false" })("registry", "list"))
    refused(await runIn(folder, { FEATURE_STORE_ENABLED: "false" })("registry", "apply"), 2, "turned off")
    const bad = await runIn(folder, { FEATURE_STORE_FEATURES_ORDERBOOK_LEVELS: "0" })("registry", "list")
    refused(bad, 2, "FEATURE_STORE_FEATURES_ORDERBOOK_LEVELS")
  })
})
