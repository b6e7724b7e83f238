import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { assert, beforeAll, describe, it } from "vitest"
import { fine, makeFolder, refused, runIn } from "./commandLine.js"
import { minute, recording, start } from "./recording.js"

const folder = await makeFolder({
  "events.ndjson": recording,
  "two.toml": "[feature_store]\nworkers = 2\n",
  "none.toml": "[feature_store]\nworkers = 0\n"
})
const cli = runIn(folder)
const grid = ["--every", "1m", "--from", `${start}`, "--to", `${start + 200 * minute}`]

beforeAll(async () => {
  fine(await cli("import", "events.ndjson"))
})

describe("--workers", () => {
  it("changes no byte of a dataset and no word of a report, from the configuration too", async () => {
    const built = async (name: string, ...args: ReadonlyArray<string>) => {
      fine(await cli("dataset", "build", "--features", "market,price_history", ...grid, "--out", name, ...args))
      return readFile(join(folder, name))
    }
    const one = await built("one.parquet", "--workers", "1")
    assert.isTrue(one.equals(await built("two.parquet", "--workers", "2")))
    assert.isTrue(one.equals(await built("configured.parquet", "--config", "two.toml")))
    const audited = async (workers: string) =>
      fine(await cli("audit", "lookahead", "--samples", "20", "--json", "--workers", workers)).stdout
    assert.strictEqual(await audited("2"), await audited("1"))
    const stored = async (workers: string) =>
      fine(await cli("materialize", "--features", "market", ...grid, "--workers", workers, "--json")).stdout
    assert.include(await stored("2"), "\"computed\": 402")
    // what two threads have stored is what one would have
    assert.include(await stored("1"), "\"kept\": 402")
  })

  it("is refused below 1 and above 64, and where it is no number", async () => {
    const materialize = (...args: ReadonlyArray<string>) => cli("materialize", ...grid, ...args)
    refused(await materialize("--workers", "0"), 2, "--workers: expected a whole number from 1 to 64, got \"0\"")
    refused(await materialize("--workers", "65"), 2, "the nearest is 64")
    refused(await materialize("--workers", "all"), 2, "write digits only")
    refused(await materialize("--config", "none.toml"), 2, "feature_store.workers")
  })
})
