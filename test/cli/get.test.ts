import { assert, beforeAll, describe, it } from "vitest"
import { fine, makeFolder, recordOf, refused, runIn, vectorOf } from "./commandLine.js"
import { configOf, minute, recording, start } from "./recording.js"

const config = configOf(
  "[feature_store.features.orderbook]",
  "max_age_secs = 60",
  "[feature_store.features.price_history]",
  "window_secs = 3600",
  "[feature_store.features.price_history.versions.\"1.0+fast\"]",
  "window_secs = 1800",
  "[feature_store.features.sentiment]",
  "enabled = false"
)
const folder = await makeFolder({ "events.ndjson": recording, "c.toml": config })
const cli = runIn(folder)
const get = (...args: ReadonlyArray<string>) => cli("get", ...args, "--config", "c.toml", "--json")
const at = (minutes: number) => `${start + minutes * minute}`

beforeAll(async () => {
  fine(await cli("import", "events.ndjson", "--config", "c.toml"))
})

describe("get", () => {
  it("prints the vector as of an instant, with exactly the documented keys", async () => {
    const ran = await get("m1", "--features", "orderbook.microprice,market", "--at", at(120))
    assert.sameOrderedMembers(Object.keys(recordOf(ran)), ["market", "as_of", "sequence", "features"])
    const vector = vectorOf(ran)
    assert.strictEqual(vector.market, "m1")
    assert.strictEqual(vector.as_of, start + 120 * minute)
    assert.strictEqual(vector.sequence, 122)
    const keys = Object.keys(vector.features)
    assert.strictEqual(keys[0], "orderbook.microprice")
    assert.isTrue(keys.slice(1).every((key) => key.startsWith("market.")))
    for (const value of Object.values(vector.features)) {
      assert.sameOrderedMembers(Object.keys(value), [
        "value",
        "status",
        "reason",
        "age_ms",
        "computed_at",
        "version",
        "fingerprint"
      ])
    }
    // (0.48 * 300 + 0.50 * 100) / 400
    assert.deepInclude(vector.features["orderbook.microprice"], {
      value: 0.485,
      status: "PRESENT",
      reason: null,
      age_ms: 0
    })
  })

  it("takes ISO 8601 with any offset, and references over several options", async () => {
    const iso = await get(
      "m1",
      "--features",
      "microprice",
      "--features",
      "hour_of_day",
      "--at",
      "2026-07-13T04:00:00+02:00"
    )
    const millis = await get("m1", "--features", "microprice,hour_of_day", "--at", at(120))
    assert.strictEqual(iso.stdout, millis.stdout)
  })

  it("an instant sees what was known at it, and nothing later", async () => {
    const before = vectorOf(
      await get("m1", "--features", "orderbook.microprice", "--at", `${start + 120 * minute - 1}`)
    )
    assert.deepInclude(before.features["orderbook.microprice"], { value: null, status: "NULL", reason: "no_depth" })
  })

  it("a value past its max age is STALE and keeps its value", async () => {
    const onTheEdge = vectorOf(await get("m1", "--features", "microprice", "--at", at(121)))
    const beyond = vectorOf(await get("m1", "--features", "microprice", "--at", `${start + 121 * minute + 1}`))
    assert.deepInclude(onTheEdge.features["orderbook.microprice"], { status: "PRESENT", value: 0.485 })
    assert.deepInclude(beyond.features["orderbook.microprice"], { status: "STALE", value: 0.485, age_ms: 60_001 })
  })

  it("two versions of a group answer side by side, each under its own key", async () => {
    const references = "price_history@1.0.volatility,price_history@1.0+fast.volatility,price_history.volatility"
    const { features } = vectorOf(await get("m1", "--features", references, "--at", at(100)))
    assert.sameOrderedMembers(Object.keys(features), references.split(","))
    const [slow, fast, usual] = Object.values(features)
    assert.deepEqual(slow, usual)
    assert.strictEqual(fast?.version, "1.0+fast")
    assert.notStrictEqual(fast?.fingerprint, slow?.fingerprint)
    assert.notStrictEqual(fast?.value, slow?.value)
  })

  it("without references answers every enabled group", async () => {
    const { features } = vectorOf(await get("m1", "--at", at(100)))
    const groups = new Set(Object.keys(features).map((key) => key.split(".")[0]))
    assert.sameMembers([...groups], ["market", "orderbook", "temporal", "price_history"])
  })

  it("of an unknown market only the calendar is known", async () => {
    const { features, sequence } = vectorOf(await get("m3", "--at", at(100)))
    assert.strictEqual(sequence, 0)
    for (const [key, { status, value }] of Object.entries(features)) {
      const isCalendar = key === "temporal.hour_of_day" || key === "temporal.day_of_week"
      assert.strictEqual(status, isCalendar ? "PRESENT" : "MISSING", key)
      assert.strictEqual(value === null, !isCalendar)
    }
    const ran = fine(await cli("get", "m33", "--config", "c.toml", "--features", "market"))
    assert.include(ran.stderr, "no event of this market was known as of then; the log holds 2 markets")
  })

  it("without --at answers now", async () => {
    const { as_of, features } = vectorOf(await get("m1", "--features", "temporal.hour_of_day"))
    assert.isAbove(as_of, start)
    assert.strictEqual(features["temporal.hour_of_day"]?.computed_at, as_of)
  })

  it("a table for people shows value, status, age and reason", async () => {
    const { stdout } = fine(
      await cli("get", "m1", "--config", "c.toml", "--features", "market,microprice", "--at", at(120))
    )
    assert.include(stdout, "m1 as of 2026-07-13T02:00:00.000Z (log position 122)")
    assert.match(stdout, /^orderbook\.microprice +0\.485 +PRESENT +0 ms$/mu)
    assert.match(stdout, /^market\.liquidity +- +NULL +0 ms +no_data$/mu)
  })
})

describe("a reference that names nothing", () => {
  const refuse = async (reference: string, ...parts: ReadonlyArray<string>) =>
    refused(await get("m1", "--features", reference), 2, ...parts)

  it("is an error with candidates, never another feature or version", async () => {
    await refuse("orderbook.microprize", "did you mean microprice?", "orderbook.microprice")
    await refuse("orderbook@1.1", "no such version", "orderbook@1.0")
    await refuse("price_history@1.0+slow.volatility", "no such version", "price_history@1.0+fast")
    await refuse("sentiment", "there is no group or feature of this name")
  })

  it("is an error where several groups have the feature", async () => {
    const two = await makeFolder({
      "c.toml": configOf("[feature_store.external.venue]\nversion = \"1\"\nfields = { microprice = \"float\" }")
    })
    const ran = await runIn(two)("get", "m1", "--config", "c.toml", "--features", "microprice")
    refused(ran, 2, "several groups have this feature", "orderbook.microprice", "venue.microprice")
  })
})
