import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { assert, describe, it } from "vitest"
import { fine, makeFolder, recordOf, refused, runIn, vectorOf } from "./commandLine.js"
import { configOf, external, externalLine, minute, start } from "./recording.js"

const config = configOf(external)

const makeStore = async (files: Readonly<Record<string, string | Uint8Array>>) => {
  const folder = await makeFolder({ "c.toml": config, ...files })
  const cli = runIn(folder)
  const get = async (feature: string, at: number) => {
    const ran = await cli("get", "m1", "--config", "c.toml", "--features", feature, "--at", `${at}`, "--json")
    return vectorOf(ran).features[feature]
  }
  return { folder, cli, get, store: (...args: ReadonlyArray<string>) => cli("store", ...args, "--config", "c.toml") }
}

describe("store", () => {
  it("stores a file, and the same content only once, packed or not", async () => {
    const lines = externalLine() + externalLine({ feature: "forecast.likely", value: true }) +
      externalLine({ market: "m2" })
    const { store } = await makeStore({ "v.ndjson": lines, "v.ndjson.gz": gzipSync(lines) })
    assert.strictEqual(fine(await store("v.ndjson")).stdout, "v.ndjson: 3 values of 2 markets stored\n")
    assert.strictEqual(fine(await store("v.ndjson")).stdout, "v.ndjson: known already, nothing stored\n")
    assert.deepEqual(recordOf(fine(await store("v.ndjson.gz", "--json"))), {
      file: "v.ndjson.gz",
      outcome: "known",
      values: 0,
      markets: 0
    })
  })

  it("both bounds are inclusive: known from available_at on, PRESENT up to max age", async () => {
    const { get, store } = await makeStore({ "v.ndjson": externalLine() })
    fine(await store("v.ndjson"))
    const known = start + minute
    const old = start + 3_600_000
    assert.deepInclude(await get("forecast.win", known - 1), { value: null, status: "MISSING", age_ms: null })
    assert.deepInclude(await get("forecast.win", known), {
      value: 0.25,
      status: "PRESENT",
      age_ms: minute,
      version: "2.0"
    })
    assert.deepInclude(await get("forecast.win", old), { value: 0.25, status: "PRESENT", age_ms: 3_600_000 })
    assert.deepInclude(await get("forecast.win", old + 1), { value: 0.25, status: "STALE" })
  })

  it("the newest timestamp wins, then the newest available_at, then the last stored", async () => {
    const lines = [
      externalLine({ value: 1 }),
      externalLine({ value: 2, available_at: start + 2 * minute }),
      externalLine({ value: 3, available_at: start + 2 * minute }),
      externalLine({ value: 9, timestamp: start - minute, available_at: start + 3 * minute })
    ]
    const { get, store } = await makeStore({ "v.ndjson": lines.join("") })
    fine(await store("v.ndjson"))
    assert.strictEqual((await get("forecast.win", start + minute))?.value, 1)
    assert.strictEqual((await get("forecast.win", start + 5 * minute))?.value, 3)
  })

  it("without available_at a value is known from now on, and never before", async () => {
    const { get, store } = await makeStore({ "v.ndjson": externalLine({ available_at: null }) })
    fine(await store("v.ndjson"))
    assert.strictEqual((await get("forecast.win", start + 10 * minute))?.status, "MISSING")
  })

  it("a bad line is named with file, line and field, and nothing of its file is kept", async () => {
    const cases = [
      ["value", externalLine({ value: "high" }), "value: expected a finite number", "got \"high\""],
      [
        "feature",
        externalLine({ feature: "forecast.wim" }),
        "feature: expected an external feature",
        "did you mean forecast.win?"
      ],
      ["time", externalLine({ timestamp: 1_783_715_146 }), "timestamp: expected", "seconds are refused"]
    ] as const
    const files = cases.map(([name, line]) =>
      [`${name}.ndjson`, `${externalLine()}\n${line}${externalLine()}`] as const
    )
    const { get, store } = await makeStore(Object.fromEntries(files))
    for (const [name, , ...parts] of cases) {
      refused(await store(`${name}.ndjson`), 3, `${name}.ndjson:3:`, "nothing of this file was kept", ...parts)
    }
    assert.strictEqual((await get("forecast.win", start + 2 * minute))?.status, "MISSING")
  })

  it("a file that was refused can be stored once it is mended", async () => {
    const { folder, get, store } = await makeStore({ "v.ndjson": externalLine() + externalLine({ value: null }) })
    refused(await store("v.ndjson"), 3, "v.ndjson:2: value")
    await writeFile(join(folder, "v.ndjson"), externalLine())
    fine(await store("v.ndjson"))
    assert.strictEqual((await get("forecast.win", start + 2 * minute))?.value, 0.25)
  })

  it("text from elsewhere cannot steer a terminal", async () => {
    const line = externalLine({ feature: "forecast.note", value: "red \u001b[31m\nalert" })
    const { cli, store } = await makeStore({ "v.ndjson": line })
    fine(await store("v.ndjson"))
    const at = ["--at", `${start + 2 * minute}`]
    const { stdout } = fine(await cli("get", "m1", "--config", "c.toml", "--features", "forecast.note", ...at))
    assert.include(stdout, "red \\u001b[31m\\u000aalert")
    assert.notInclude(stdout, "\u001b")
  })

  it("what others store cannot be materialised", async () => {
    const { cli } = await makeStore({})
    const grid = ["--every", "1m", "--from", `${start}`, "--to", `${start}`]
    refused(
      await cli("materialize", "--config", "c.toml", "--features", "forecast", ...grid),
      2,
      "forecast is stored by others"
    )
  })
})
