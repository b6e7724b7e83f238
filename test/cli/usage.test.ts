import { assert, describe, it } from "vitest"
import { fine, makeFolder, refused, runIn } from "./commandLine.js"

const folder = await makeFolder()
const cli = runIn(folder)
const usage = async (args: ReadonlyArray<string>, ...parts: ReadonlyArray<string>) =>
  refused(await cli(...args), 2, ...parts)

describe("help", () => {
  it("without a command lists every command", async () => {
    const { stdout } = fine(await cli())
    for (
      const command of [
        "import",
        "get",
        "store",
        "materialize",
        "registry plan",
        "audit parity",
        "audit lookahead",
        "audit warmup",
        "audit drift",
        "log backup",
        "log compact",
        "log stats",
        "backtest",
        "explain",
        "serve",
        "doctor",
        "demo"
      ]
    ) {
      assert.include(stdout, `\n  ${command} `)
    }
  })

  it("of a command shows its words and options, wherever --help stands", async () => {
    const { stdout } = fine(await cli("get", "--help"))
    for (
      const part of ["get MARKET", "--features REFS", "--at TIME", "--config PATH", "--db PATH", "--json", "--debug"]
    ) {
      assert.include(stdout, part)
    }
    assert.strictEqual(fine(await cli("get", "m1", "--bogus", "-h")).stdout, stdout)
  })

  it("of a group lists its commands", async () => {
    const { stdout } = fine(await cli("registry"))
    for (const command of ["list", "describe", "plan", "apply", "lineage"]) assert.include(stdout, `\n  ${command} `)
  })

  it("the version is the package's", async () => {
    assert.match(fine(await cli("--version")).stdout, /^\d+\.\d+\.\d+\n$/u)
  })
})

describe("a command line that cannot be meant", () => {
  it("names an unknown command and the nearest one", async () => {
    await usage(["imprt", "x"], "\"feature-store imprt\"", "did you mean import?", "commands:")
    await usage(["registry", "lst"], "\"feature-store registry lst\"", "did you mean list?")
  })

  it("names an unknown option and the nearest one, also one of another command", async () => {
    await usage(["get", "m1", "--featurs", "market"], "has no option --featurs", "did you mean --features?")
  })

  it("says what is missing or too much", async () => {
    await usage(["get"], "MARKET is missing")
    await usage(["materialize", "--every", "1m"], "--from is missing", "--to is missing")
    await usage(["get", "m1", "m2"], "unexpected argument \"m2\"")
    await usage(["get", "m1", "--at"], "--at needs a value")
  })

  it("refuses a naive time, seconds, and no time at all, with a way out", async () => {
    await usage(["get", "m1", "--at", "2026-07-10T20:25:46"], "--at: expected", "2026-07-10T20:25:46Z is UTC")
    await usage(["get", "m1", "--at", "1783715146"], "seconds are refused", "1783715146000")
  })

  it("refuses durations, numbers and grids that are none", async () => {
    const grid = ["--from", "2026-07-10T00:00:00Z", "--to", "2026-07-11T00:00:00Z"]
    await usage(["materialize", "--every", "5 minutes", ...grid], "--every: expected a duration", "5m")
    await usage(["materialize", "--every", "1ms", ...grid], "86,400,001 instants", "longer --every")
    await usage(
      ["materialize", "--every", "1m", "--from", "1783715146001", "--to", "1783715146000"],
      "--from is after --to"
    )
  })

  it("refuses a market id, formats and mappings that are none", async () => {
    await usage(["get", " m1"], "MARKET: expected a market id")
    await usage(["import", "x", "--format", "csv"], "--format: expected events or quotes")
    await usage(["import", "x", "--columns", "foo=bar"], "--columns: expected one of available_at")
    await usage(["import", "x", "--format", "events", "--columns", "market=m"], "--columns goes with quotes")
  })
})

describe("options", () => {
  it("may stand before and after words, and as --name=value", async () => {
    const plain = fine(await cli("registry", "describe", "market", "--json")).stdout
    assert.strictEqual(fine(await cli("--json", "registry", "describe", "market")).stdout, plain)
    assert.strictEqual(fine(await cli("registry", "--json", "describe", "--db=x.db", "--", "market")).stdout, plain)
  })

  it("a word behind -- is a word, whatever it looks like", async () => {
    fine(await cli("get", "--features", "temporal", "--", "--at"))
  })
})

describe("configuration", () => {
  it("a file that was asked for must be there", async () => {
    await usage(["get", "m1", "--config", "nowhere.toml"], "nowhere.toml", "an existing TOML file")
  })

  it("an unknown key is named with its line and the nearest key; a secret is never shown", async () => {
    const here = await makeFolder({ "bad.toml": "[feature_store]\nenabled = true\ncache_ttl_sec = 987654\n" })
    const ran = refused(await runIn(here)("get", "m1", "--config", "bad.toml"), 2, "bad.toml:3", "cache_ttl_secs")
    assert.notInclude(ran.stderr, "987654")
  })

  it("a variable overrides the file, and a misspelt one is refused", async () => {
    const run = (environment: Readonly<Record<string, string>>) => runIn(folder, environment)("get", "m1")
    refused(await run({ FEATURE_STORE_ENABLED: "false" }), 2, "turned off", "FEATURE_STORE_ENABLED=true")
    refused(await run({ FEATURE_STORE_ENABLD: "false" }), 2, "did you mean FEATURE_STORE_ENABLED?")
  })

  it("a version that the code does not have is refused", async () => {
    const environment = { FEATURE_STORE_FEATURES_MARKET_VERSION: "9.0" }
    refused(await runIn(folder, environment)("get", "m1"), 2, "version 9.0 is configured, but the code has 1.0")
  })
})
