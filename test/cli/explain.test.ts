import { Effect, Exit, Schema, Scope } from "effect"
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { answers, completionServer, fails, type Reply } from "../support/completionServer.js"
import { documentOf, fine, makeFolder, recordOf, refused, runIn } from "./commandLine.js"
import { configOf, minute, recording, start } from "./recording.js"

const canary = "sk-canary-52c1"
const scope = Effect.runSync(Scope.make())
const hostOf = (reply: Reply) => Effect.runPromise(Scope.extend(completionServer(reply), scope))
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

/** The price is the middle of 0.40..0.46 and 0.50..0.54: the model finds YES too cheap. */
const host = await hostOf(
  answers({ prediction: "yes", confidence: 0.8, target_price: 0.62, reasoning: "dry\u001b[31m" })
)
const careless = await hostOf(fails(401))

const section = (url: string, cutoff = "2025-01-01") =>
  configOf(
    "[feature_store.strategy.llm_prediction]",
    "interval_secs = 1800",
    "min_liquidity_usd = 0",
    "max_retries = 0",
    "completions = \"completions.ndjson\"",
    "[feature_store.strategy.llm_prediction.models.local]",
    "provider = \"compatible\"",
    `base_url = "${url}"`,
    "model = \"local-7b\"",
    `training_cutoff = "${cutoff}"`
  )

const folder = await makeFolder({
  "events.ndjson": recording,
  "c.toml": section(host.url),
  "late.toml": section(host.url, "2026-07-14"),
  "undated.toml": section(host.url).replace(/^training_cutoff.*$/mu, ""),
  "careless.toml": section(careless.url),
  "two.toml": section(host.url) +
    section(careless.url).replace(/^[^]*models\.local/u, "[feature_store.strategy.llm_prediction.models.other"),
  "openai.toml": section(host.url).replace("compatible", "openai")
})
const cli = runIn(folder)
const withKey = runIn(folder, { FEATURE_STORE_LLM_API_KEY: canary })
const backtest = ["backtest", "--strategy", "llm-prediction", "--to", `${start + 119 * minute}`, "--json", "--config"]

const Report = Schema.Struct({
  hindsight: Schema.NullOr(Schema.Unknown),
  signals: Schema.Struct({ passes: Schema.Record({ key: Schema.String, value: Schema.Int }) })
})
const Kept = Schema.Struct({
  id: Schema.String,
  market: Schema.String,
  at: Schema.Int,
  features: Schema.Record({ key: Schema.String, value: Schema.Struct({ version: Schema.String }) }),
  signals: Schema.Array(Schema.Struct({ kind: Schema.String }))
})
const Listed = Schema.Struct({ decisions: Schema.Array(Kept) })

const listed = async (...args: ReadonlyArray<string>) =>
  documentOf(Listed, fine(await cli("explain", "--json", "--config", "c.toml", ...args))).decisions

beforeAll(async () => {
  fine(await cli("import", "events.ndjson", "--config", "c.toml"))
})

describe("llm-prediction in a backtest", () => {
  it("without a recording passes every decision, and asks and writes nothing", async () => {
    const report = documentOf(Report, fine(await cli(...backtest, "c.toml")))
    assert.deepStrictEqual(Object.keys(report.signals.passes), ["not_recorded"])
    assert.lengthOf(host.asked, 0)
    assert.isFalse(existsSync(join(folder, "completions.ndjson")))
  })

  it("before a model's training cutoff is refused without --allow-hindsight", async () => {
    refused(await cli(...backtest, "late.toml"), 2, "the world up to 2026-07-14T00:00:00.000Z", "--allow-hindsight")
    refused(await cli(...backtest, "undated.toml"), 2, "local has no training_cutoff", "--allow-hindsight")
    const ran = fine(await cli(...backtest, "late.toml", "--allow-hindsight"))
    assert.isNotNull(documentOf(Report, ran).hindsight)
    assert.isNull(documentOf(Report, await cli(...backtest, "c.toml")).hindsight)
  })

  it("records on request, with the key on the wire alone, and replays the same byte for byte", async () => {
    const recorded = fine(await withKey(...backtest, "c.toml", "--record"))
    assert.isAbove(host.asked.length, 3)
    assert.isTrue(host.asked.every(({ headers }) => headers.authorization === `Bearer ${canary}`))
    const asked = host.asked.length
    const replayed = fine(await cli(...backtest, "c.toml"))
    assert.strictEqual(replayed.stdout, recorded.stdout)
    fine(await withKey(...backtest, "c.toml", "--record"))
    assert.strictEqual(host.asked.length, asked)
    const elsewhere = documentOf(Report, fine(await cli(...backtest, "c.toml", "--recording", "none.ndjson")))
    assert.deepStrictEqual(Object.keys(elsewhere.signals.passes), ["not_recorded"])
  })

  it("a host that repeats the key in its refusals spreads it nowhere", async () => {
    const ran = fine(await withKey(...backtest, "careless.toml", "--record", "--recording", "none.ndjson", "--debug"))
    assert.isAbove(careless.asked.length, 0)
    assert.include(Object.keys(documentOf(Report, ran).signals.passes), "llm_refused")
    assert.include(
      ran.stderr,
      "the host refuses what a model is asked: check its key and its name model=local http=401"
    )
    assert.notInclude(ran.stderr + ran.stdout, canary)
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    assert.includeMembers(files.map(({ name }) => name), ["features.db", "completions.ndjson"])
    for (const { name, parentPath } of files) assert.notInclude(readFileSync(join(parentPath, name), "latin1"), canary)
  })

  it("that cannot record says why", async () => {
    refused(await cli(...backtest, "openai.toml", "--record"), 2, "no API key for the model local", "OPENAI_API_KEY")
    refused(
      await cli("backtest", "--strategy", "market-price", "--record", "--config", "c.toml"),
      2,
      "asks no language model"
    )
    writeFileSync(join(folder, "damaged.ndjson"), "{}\n")
    refused(
      await cli(...backtest, "c.toml", "--recording", "damaged.ndjson"),
      3,
      "damaged.ndjson:1: expected one recorded"
    )
    refused(await cli(...backtest, "c.toml", "--record", "--recording", "."), 4, "the recording .")
  })
})

describe("explain", () => {
  it("lists the latest decisions, newest first", async () => {
    const decisions = await listed()
    assert.lengthOf(decisions, 20)
    assert.deepStrictEqual(await listed("--last", "3"), decisions.slice(0, 3))
    const { stdout } = fine(await cli("explain", "--config", "c.toml", "--last", "2"))
    assert.match(stdout, /^decision +strategy +market +as of +signals$/mu)
    assert.include(stdout, decisions[1]?.id ?? "")
  })

  it("shows all of one: features, prompt, answer and the steps to its size", async () => {
    const decision = (await listed("--last", "1000")).find(({ signals }) => signals[1]?.kind === "order")
    const id = decision?.id ?? ""
    const { stdout } = fine(await cli("explain", id.slice(0, 9), "--config", "c.toml"))
    for (
      const part of [
        `decision ${id} of llm-prediction 1.0+`,
        "market@1.0.current_price",
        "Question: <market_text>\"Will it?\"</market_text>",
        "local (local-7b): yes, target price 0.62, confidence 0.8 (700 + 60 tokens)",
        "dry\\u001b[31m",
        "forecast 0.62",
        "consensus   yes, target price 0.62, disagreement 0",
        "edge        0.62 - ",
        "kelly       (0.62 - ",
        "bound by market_limit"
      ]
    ) {
      assert.include(stdout, part)
    }
    const document = recordOf(fine(await cli("explain", id, "--json", "--config", "c.toml")))
    assert.sameMembers(Object.keys(document), [
      "id",
      "strategy",
      "version",
      "market",
      "at",
      "sequence",
      "features",
      "signals"
    ])
    assert.strictEqual(documentOf(Kept, await cli("explain", id, "--json", "--config", "c.toml")).id, id)
  })

  it("says what stopped a decision", async () => {
    const strict = runIn(folder, { FEATURE_STORE_STRATEGY_LLM_PREDICTION_MIN_EDGE: "0.5" })
    // other thresholds ask nothing new of the recording
    assert.deepStrictEqual(documentOf(Report, fine(await strict(...backtest, "c.toml"))).signals.passes, {
      low_edge: 8
    })
    const [passed] = await listed("--last", "1")
    const { stdout } = fine(await cli("explain", passed?.id ?? "", "--config", "c.toml"))
    assert.match(stdout, /^pass: low_edge$/mu)
    assert.match(stdout, /^ +required +0\.5 \+ 1 x 0 = 0\.5$/mu)
  })

  it("of an id that names none, or several, says so", async () => {
    const explain = (...args: ReadonlyArray<string>) => cli("explain", ...args, "--config", "c.toml")
    const ids = (await listed("--last", "1000")).map(({ id }) => id)
    const free = ["0000000000000000", "1111111111111111"].find((id) => !ids.includes(id)) ?? ""
    refused(await explain(free), 2, `there is no decision ${free}`, "without an id lists")
    refused(await explain("xyz"), 2, "16 hex digits", "xyz")
    const shared =
      Array.from("0123456789abcdef").find((digit) => ids.filter((id) => id.startsWith(digit)).length > 1) ?? ""
    refused(await explain(shared), 2, `several decisions start with ${shared}`, "write more of its id")
    refused(await explain("ab", "--db", "none.db"), 2, "there is no database none.db")
    refused(await explain("--last", "0"), 2, "--last: expected a whole number")
  })
})
