import { Schema } from "effect"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { quickTrading } from "../support/quickTrading.js"
import { documentOf, fine, makeFolder, recordOf, refused, runIn } from "./commandLine.js"

const bundle = fileURLToPath(new URL("../../dist/bin.mjs", import.meta.url))
const venueFile = fileURLToPath(new URL("../../dist/venue.mjs", import.meta.url))

const venue = spawn(process.execPath, [
  venueFile,
  "--port",
  "0",
  "--markets",
  "12",
  "--rate",
  "60",
  "--faults",
  "light"
])
const urls: Record<string, string> = {}

beforeAll(async () => {
  for await (const line of createInterface({ input: venue.stdout })) {
    const [, name = "", url = ""] = /^export (\w+)=(\S+)$/u.exec(line) ?? []
    urls[name] = url
    if (Object.keys(urls).length === 4) return
  }
}, 30_000)
afterAll(() => {
  venue.kill()
})

const Recorded = Schema.Struct({
  database: Schema.String,
  elapsed_ms: Schema.Number,
  markets: Schema.Int,
  events: Schema.Int,
  duplicates: Schema.Int,
  gaps: Schema.Int,
  reconnects: Schema.Int,
  bytes: Schema.Int
})

const Traded = Schema.Struct({
  ...Recorded.fields,
  trading: Schema.Struct({
    decisions: Schema.Int,
    failures: Schema.Int,
    skipped_rounds: Schema.Int,
    orders: Schema.Int,
    filled: Schema.Int,
    open_markets: Schema.Int,
    start: Schema.Number,
    cash: Schema.Number,
    equity: Schema.Number,
    fees: Schema.Number
  })
})

const SignalLine = Schema.parseJson(Schema.Struct({ type: Schema.String, market: Schema.String, at: Schema.Number }))

/**
 * Starts a recorder of which something is heard on a port of its own: `path` says there what is expected before long. What
 * would record into the same database meanwhile is refused.
 */
const heardFrom = async (
  folder: string,
  path: string,
  expected: RegExp,
  args: ReadonlyArray<string>,
  twice: () => ReturnType<ReturnType<typeof runIn>>
) => {
  const child = spawn(process.execPath, [bundle, ...args, "--port", "0"], { cwd: folder, env: { ...urls } })
  const closed = once(child, "close")
  let text = ""
  for await (const line of createInterface({ input: child.stderr })) {
    const [, url] = /^listening on (\S+)$/u.exec(line) ?? []
    if (url === undefined) continue
    for (let tries = 0; tries < 100 && !expected.test(text); tries++) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      const response = await fetch(`${url}${path}`)
      text = await response.text()
    }
    refused(await twice(), 4, "if another process is recording into this database, end it first")
    break
  }
  child.kill("SIGTERM")
  await closed
  assert.strictEqual(child.exitCode, 0)
  return text
}

/** Starts a recorder and leaves it alone for a while; how it ended after `signal`. */
const recordFor = async (
  folder: string,
  millis: number,
  signal: "SIGTERM" | "SIGKILL",
  ...args: ReadonlyArray<string>
) => {
  const child = spawn(process.execPath, [bundle, ...args], { cwd: folder, env: { PATH: process.env.PATH, ...urls } })
  const out: Array<string> = []
  child.stdout.setEncoding("utf8").on("data", (text: string) => out.push(text))
  const closed = once(child, "close")
  await new Promise((resolve) => setTimeout(resolve, millis))
  child.kill(signal)
  await closed
  return { code: child.exitCode, stdout: out.join("") }
}

describe("record and live", { timeout: 120_000 }, () => {
  it("record for a while, are ended by a signal or killed, and go on: what was recorded replays", async () => {
    const folder = await makeFolder()
    const run = runIn(folder, urls)
    const all = ["--min-liquidity", "0"]
    const first = documentOf(Recorded, fine(await run("record", ...all, "--duration", "3s", "--json")))
    assert.strictEqual(first.markets, 12)
    assert.isAbove(first.events, 50)

    const ended = await recordFor(folder, 3_000, "SIGTERM", "record", ...all)
    assert.strictEqual(ended.code, 0)
    assert.match(ended.stdout, /recorded \d+ events of 12 markets/u)
    assert.strictEqual((await recordFor(folder, 3_000, "SIGKILL", "record", ...all)).code, null)

    const again = documentOf(Recorded, fine(await run("record", ...all, "--duration", "2s", "--json")))
    assert.isAbove(again.events, 20)
    assert.deepInclude(recordOf(fine(await run("audit", "parity", "--samples", "50", "--json"))), { differences: [] })
    fine(await run("doctor"))
  })

  it("trade on paper, hand signals on, and prove what they have served", async () => {
    const folder = await makeFolder({ "quick.toml": quickTrading })
    const run = runIn(folder, urls)
    const { trading } = documentOf(
      Traded,
      fine(
        await run(
          ...["live", "--min-liquidity", "0", "--strategy", "mean-reversion", "--signals", "signals.ndjson"],
          ...["--config", "quick.toml", "--duration", "9s", "--json"]
        )
      )
    )
    assert.isAbove(trading.decisions, 40)
    assert.strictEqual(trading.failures, 0)
    assert.isAbove(trading.filled, 0)
    assert.isBelow(trading.cash, trading.start)
    const lines = (await readFile(join(folder, "signals.ndjson"), "utf8")).trim().split("\n")
      .map((line) => Schema.decodeSync(SignalLine)(line).type)
    assert.strictEqual(lines.filter((type) => type === "decision").length > 0, true)
    assert.isAbove(lines.filter((type) => type === "execution").length, 0)
    const parity = recordOf(fine(await run("audit", "parity", "--samples", "50", "--config", "quick.toml", "--json")))
    assert.deepInclude(parity, { differences: [] })
  })

  it("show how they are on a port", async () => {
    const folder = await makeFolder()
    const all = ["--min-liquidity", "0"]
    const twice = () => runIn(folder, urls)("record", ...all, "--duration", "1s")
    assert.match(await heardFrom(folder, "/ready", /"feed":null/u, ["record", ...all], twice), /"ready":true/u)
    const followed = /^feature_store_feed_markets\{source="polymarket"\} 12$/mu
    const metrics = await heardFrom(folder, "/metrics", followed, ["live", ...all, "--strategy", "market-price"], twice)
    assert.match(metrics, followed)
    assert.match(metrics, /^feature_store_recorder_events_total\{kind="market"\} \d+$/mu)
  })

  it("name what is wrong with what they are given", async () => {
    const run = runIn(await makeFolder(), urls)
    refused(await run("record"), 2, "no market is chosen", "--text")
    refused(await run("record", "--market", "no-such-market"), 2, "no binary market \"no-such-market\"")
    refused(await run("record", "--text", " "), 2, "--text: expected a text")
    refused(await run("record", "--text", "a", "--duration", "soon"), 2, "--duration: expected a duration")
    refused(await run("live", "--text", "a"), 2, "--strategy")
    refused(await run("live", "--text", "a", "--strategy", "no"), 2, "expected one of market-price")
    for (const url of ["x", "http://user:word@127.0.0.1:9/"]) {
      refused(
        await run("live", "--text", "a", "--strategy", "market-price", "--webhook", url),
        2,
        "--webhook: expected"
      )
    }
    refused(
      await run("live", "--text", "a", "--strategy", "market-price", "--signals", "none/there.ndjson"),
      4,
      "open none/there.ndjson"
    )
  })
})
