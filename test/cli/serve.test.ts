import { spawn } from "node:child_process"
import { createServer } from "node:http"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "vitest"
import { fine, makeFolder, refused, runIn, vectorOf } from "./commandLine.js"
import { configOf, external, recording } from "./recording.js"

const services = "[feature_store.feature_services]\ntrading = [\"orderbook@1.0\"]\n"
const folder = await makeFolder({
  "events.ndjson": recording,
  "c.toml": configOf(external, services),
  "broken.toml": configOf("[feature_store.feature_services]\ntrading = [\"orderbok@1.0\"]\n"),
  "wrong.toml": configOf("[feature_store.server]\nprot = 1\n")
})
const bundle = fileURLToPath(new URL("../../dist/bin.mjs", import.meta.url))

interface Served {
  readonly url: string
  readonly said: () => string
  /** Ends it by a signal: its exit code, and how long it took. */
  readonly end: () => Promise<{ readonly code: number | null; readonly millis: number }>
}

/** Starts the server on a free port, and waits until it says where it listens. */
const serve = (environment: Readonly<Record<string, string>>, ...args: ReadonlyArray<string>): Promise<Served> =>
  new Promise((resolve, reject) => {
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...environment }
    const child = spawn(process.execPath, [bundle, "serve", "--port", "0", "--config", "c.toml", ...args], {
      cwd: folder,
      env
    })
    let said = ""
    const ended = new Promise<number | null>((close) => child.on("close", close))
    void ended.then((code) => reject(new Error(`it ended with ${code}: ${said}`)))
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text
      const url = /listening on (http:\S+)/u.exec(said)?.[1]
      if (url === undefined) return
      resolve({
        url,
        said: () => said,
        end: async () => {
          const start = performance.now()
          child.kill("SIGTERM")
          return { code: await ended, millis: performance.now() - start }
        }
      })
    })
  })

describe("serve", () => {
  it("serves the database, logs requests where asked to, and ends with 0 when told to", async () => {
    const cli = runIn(folder)
    fine(await cli("import", "events.ndjson", "--config", "c.toml"))
    const { end, said, url } = await serve({}, "--access-log")
    const at = Date.UTC(2026, 6, 13, 2)
    const response = await fetch(`${url}/features/m1?feature_service=trading&at=${at}`)
    const shown = vectorOf(
      await cli("get", "m1", "--features", "orderbook@1.0", "--at", `${at}`, "--config", "c.toml", "--json")
    )
    assert.deepStrictEqual(await response.json(), shown)
    const { code, millis } = await end()
    assert.strictEqual(code, 0, said())
    assert.isBelow(millis, 5_000)
    const line = said().split("\n").find((text) => text.startsWith("{")) ?? ""
    assert.match(
      line,
      /^\{"time":"[^"]+Z","method":"GET","path":"\/features\/m1","route":"\/features\/\{market\}","status":200,/
    )
  })

  it("takes tokens from the environment alone, and shows them nowhere", async () => {
    const { end, said, url } = await serve({ FEATURE_STORE_SERVER_TOKEN: "sesame-open" }, "--access-log", "--debug")
    assert.strictEqual((await fetch(`${url}/registry`)).status, 401)
    assert.strictEqual((await fetch(`${url}/health`)).status, 200)
    const headers = { authorization: "Bearer sesame-open" }
    assert.strictEqual((await fetch(`${url}/registry`, { headers })).status, 200)
    await end()
    assert.notInclude(said(), "sesame-open")
  })

  it("refuses to start where it should not", async () => {
    const run = (environment: Readonly<Record<string, string>>, ...args: ReadonlyArray<string>) =>
      runIn(folder, environment)("serve", ...args)
    refused(
      await run({}, "--host", "0.0.0.0"),
      2,
      "0.0.0.0 can be reached from other machines",
      "FEATURE_STORE_SERVER_TOKEN"
    )
    refused(await run({ FEATURE_STORE_SERVER_TOKEN: "" }), 2, "FEATURE_STORE_SERVER_TOKEN", "openssl rand")
    const spaced = refused(await run({ FEATURE_STORE_SERVER_READ_TOKEN: "open sesame" }), 2, "without spaces")
    assert.notInclude(spaced.stderr, "sesame")
    refused(await run({}, "--port", "70000"), 2, "--port: expected a whole number from 0 to 65535")
    refused(await run({}, "--config", "broken.toml"), 2, "orderbok", "in feature service trading")
    refused(await run({}, "--config", "wrong.toml"), 2, "wrong.toml:3", "did you mean port?")
  })

  it("says where a port is taken", async () => {
    const other = createServer()
    const port = await new Promise<number>((resolve) => {
      other.listen(0, "127.0.0.1", () => {
        const address = other.address()
        resolve(typeof address === "object" && address !== null ? address.port : 0)
      })
    })
    refused(await runIn(folder)("serve", "--port", `${port}`), 4, `cannot listen on http://127.0.0.1:${port}`, "--port")
    other.close()
  })
})
