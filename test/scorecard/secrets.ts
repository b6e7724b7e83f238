import { Clock, Context, Effect, Layer } from "effect"
import { spawn } from "node:child_process"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import { join } from "node:path"
import { ndjson } from "../support/importing.js"
import { folder } from "../support/storages.js"
import { LoopbackVenue, loopbackVenue } from "../support/venue/loopback.js"
import { venueUrls } from "../support/venue/urls.js"
import { type Campaign, type Draw, noting, rounds } from "./Campaign.js"
import { commandLine } from "./child.js"

/** Of each of these a secret of its own is planted. */
const places = [
  "FEATURE_STORE_SERVER_TOKEN",
  "FEATURE_STORE_SERVER_READ_TOKEN",
  "FEATURE_STORE_WEBHOOK_TOKEN",
  "FEATURE_STORE_NEWS_TOKEN",
  "FEATURE_STORE_LLM_API_KEY",
  "OPENAI_API_KEY",
  "OPENROUTER_API_KEY",
  "webhook password",
  "webhook query",
  "webhook without scheme",
  "feed query",
  "venue password",
  "venue query",
  "value of the wrong type",
  "variable of the wrong type",
  "wrong token"
] as const
type Place = typeof places[number]
type Secrets = Readonly<Record<Place, string>>

const secretsOf = (draw: Draw): Secrets => {
  const secret = () => Array.from({ length: 24 }, () => "bcdfghjkmnpqrstvwxyz23456789"[draw.below(28)]).join("")
  return {
    FEATURE_STORE_SERVER_TOKEN: secret(),
    FEATURE_STORE_SERVER_READ_TOKEN: secret(),
    FEATURE_STORE_WEBHOOK_TOKEN: secret(),
    FEATURE_STORE_NEWS_TOKEN: secret(),
    FEATURE_STORE_LLM_API_KEY: secret(),
    OPENAI_API_KEY: secret(),
    OPENROUTER_API_KEY: secret(),
    "webhook password": secret(),
    "webhook query": secret(),
    "webhook without scheme": secret(),
    "feed query": secret(),
    "venue password": secret(),
    "venue query": secret(),
    "value of the wrong type": secret(),
    "variable of the wrong type": secret(),
    "wrong token": secret()
  }
}

/** Everything that has been said or written, and where. */
type Said = Array<readonly [where: string, text: string]>

/** The beginnings of base64 in which a secret may stand, at each of its three places. */
const encoded = (secret: string): ReadonlyArray<string> =>
  [0, 1, 2].map((shift) =>
    // without the characters that depend on what stands before and behind
    Buffer.from(`${"x".repeat(shift)}${secret}`).toString("base64").slice(shift === 0 ? 0 : 4, -4)
  )

/** The secrets that were said, and where. */
const leaks = (said: Said, secrets: Secrets): ReadonlyArray<string> =>
  said.flatMap(([where, text]) =>
    places.filter((place) => [secrets[place], ...encoded(secrets[place])].some((form) => text.includes(form)))
      .map((place) => `${where} shows the secret of: ${place}`)
  )

interface Run {
  readonly args: ReadonlyArray<string>
  readonly environment?: Readonly<Record<string, string>>
  /** ms after which it is told to end */
  readonly lasts?: number
  /** what is done with it once it listens */
  readonly during?: (url: string) => Promise<unknown>
}

/** Runs the command line; all that it says counts. */
const run = (at: string, said: Said, { args, during, environment = {}, lasts = 30_000 }: Run) =>
  Effect.async<string>((resume) => {
    const child = spawn(process.execPath, [commandLine, ...args, "--debug"], {
      cwd: at,
      env: { PATH: process.env.PATH, ...environment }
    })
    let [out, err] = ["", ""]
    let asked: Promise<unknown> | undefined = undefined
    const end = () => child.kill("SIGTERM")
    const timer = setTimeout(end, lasts)
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text
    })
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err += text
      const url = /listening on (http:\S+)/u.exec(err)?.[1]
      if (asked === undefined && during !== undefined && url !== undefined) {
        asked = during(url).then(end, end)
      }
    })
    child.on("close", () => {
      clearTimeout(timer)
      const what = args.slice(0, 2).join(" ")
      said.push([`stdout of ${what}`, out], [`stderr of ${what}`, err])
      resume(Effect.succeed(`${out}${err}`))
    })
    return Effect.sync(() => child.kill("SIGKILL"))
  })

const at = Date.UTC(2026, 6, 13)

/** Two markets to ask about. */
const recording = ndjson(["m1", "m2"].flatMap((market) => [
  { type: "market", market, available_at: at, question: "Will it?", end_date: at + 3_600_000 },
  ...Array.from({ length: 10 }, (_, i) => ({
    type: "quote",
    market,
    available_at: at + 1 + i * 1_000,
    best_bid: 0.4,
    best_ask: 0.42
  }))
]))

interface Host {
  readonly port: number
  /** the paths of all requests */
  readonly asked: ReadonlyArray<string>
  readonly close: () => unknown
}

/** A host that refuses everybody, and says what it was asked with: as some do. */
const echoing = Effect.acquireRelease(
  Effect.async<Host>((resume) => {
    const asked: Array<string> = []
    const server = createServer((request, response) => {
      asked.push(request.url ?? "")
      response.writeHead(401, { "content-type": "application/json" })
      response.end(JSON.stringify({ error: `${request.url} ${JSON.stringify(request.headers)}` }))
    })
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      resume(Effect.succeed({ port, asked, close: () => server.close() }))
    })
  }),
  ({ close }) => Effect.sync(close)
)

const venueOf = (start: number) =>
  loopbackVenue({
    plan: { seed: 1, markets: 5, start, rate: 60, newcomers: 0, closing: 0 },
    port: 0,
    faults: []
  })

const configurations = (secrets: Secrets, port: number) => ({
  "served.toml": "",
  "following.toml": `[feature_store.features]
price_history = { version = "1.0", window_secs = 60, min_coverage_secs = 1 }
[feature_store.strategy.mean_reversion]
interval_secs = 1
entry_z = 0.3
min_volatility = 0
max_spread = 0.1
[feature_store.news]
webhook = true
webhook_port = 0
[feature_store.news.feeds.wire]
url = "http://127.0.0.1:${port}/feed?key=${secrets["feed query"]}"
`,
  "asking.toml": `[feature_store.strategy.llm_prediction]
max_retries = 0
min_liquidity_usd = 0
[feature_store.strategy.llm_prediction.models.one]
provider = "compatible"
model = "m"
base_url = "http://127.0.0.1:${port}/v1"
[feature_store.strategy.llm_prediction.models.two]
provider = "compatible"
api = "responses"
model = "m"
base_url = "http://127.0.0.1:${port}/v1"
`,
  "wrong.toml": `[feature_store]
cache_ttl_secs = "${secrets["value of the wrong type"]}"
[feature_store.news.feeds.wire]
url = "ftp://user:${secrets["value of the wrong type"]}@example.org/"
`,
  "torn.toml": `[feature_store]\ndb_path = "${secrets["value of the wrong type"]}\n`
})

const runsOf = (secrets: Secrets, port: number, venue: string): ReadonlyArray<Run> => {
  const environment = Object.fromEntries(Object.entries(secrets).filter(([name]) => /^[A-Z_]+$/u.test(name)))
  const host = `127.0.0.1:${port}`
  const urls = venueUrls(venue)
  const venues = {
    ...environment,
    FEATURE_STORE_POLYMARKET_GAMMA_URL: urls.gammaUrl,
    FEATURE_STORE_POLYMARKET_CLOB_URL: urls.clobUrl,
    FEATURE_STORE_POLYMARKET_DATA_URL: urls.dataUrl,
    FEATURE_STORE_POLYMARKET_WEBSOCKET_URL: urls.websocketUrl
  }
  const live = [
    "live",
    "--min-liquidity",
    "0",
    "--strategy",
    "mean-reversion",
    "--config",
    "following.toml",
    "--db",
    "live.db"
  ]
  const hook = `${host}/hook?key=${secrets["webhook query"]}`
  const { FEATURE_STORE_SERVER_TOKEN: token, "wrong token": wrong } = secrets
  const asking = async (url: string) => {
    const bearer = (given: string) => ({ headers: { authorization: `Bearer ${given}` } })
    for (const given of [token, wrong, secrets.FEATURE_STORE_SERVER_READ_TOKEN]) {
      for (const path of ["/registry", `/features/m1?features=orderbook&token=${given}`, "/nothing", "/metrics"]) {
        await (await fetch(`${url}${path}`, bearer(given))).text()
      }
    }
    await (await fetch(`${url}/push`, { ...bearer(token), method: "POST", body: "{" })).text()
  }
  return [
    { args: ["import", "events.ndjson"], environment },
    { args: ["get", "m1", "--features", "orderbook", "--json"], environment },
    { args: ["get", "m1", "--features", "orderbok"], environment },
    { args: ["doctor"], environment },
    { args: ["registry", "plan", "--json"], environment },
    { args: ["serve", "--port", "0", "--access-log", "--config", "served.toml"], environment, during: asking },
    { args: ["serve", "--port", "0"], environment: { FEATURE_STORE_SERVER_TOKEN: `two ${wrong}` } },
    { args: ["get", "m1", "--features", "market", "--config", "wrong.toml"], environment },
    { args: ["get", "m1", "--features", "market", "--config", "torn.toml"], environment },
    {
      args: ["get", "m1", "--features", "market"],
      environment: { FEATURE_STORE_CACHE_TTL_SECS: secrets["variable of the wrong type"] }
    },
    {
      args: [...live, "--webhook", `http://${hook}`, "--signals", "signals.ndjson"],
      environment: venues,
      lasts: 9_000
    },
    {
      args: [...live, "--webhook", `http://user:${secrets["webhook password"]}@${hook}`],
      environment: venues,
      lasts: 7_000
    },
    { args: [...live, "--webhook", `hooks.example.org/${secrets["webhook without scheme"]}`], environment: venues },
    {
      args: ["record", "--text", "a", "--duration", "1s"],
      environment: {
        ...venues,
        FEATURE_STORE_POLYMARKET_GAMMA_URL: `http://user:${secrets["venue password"]}@${host}/g`
      }
    },
    {
      args: ["record", "--text", "a", "--duration", "1s"],
      environment: { ...venues, FEATURE_STORE_POLYMARKET_GAMMA_URL: `http://${host}/g?k=${secrets["venue query"]}` }
    },
    {
      args: [
        "backtest",
        "--strategy",
        "llm-prediction",
        "--config",
        "asking.toml",
        "--record",
        "--allow-hindsight",
        "--interval",
        "5s"
      ],
      environment
    }
  ]
}

/** All files of the folder but the configurations, which were given the secrets to keep. */
const written = (folder: string): Said =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile() && !entry.name.endsWith(".toml")
  ).map((entry): Said[number] => [`file ${entry.name}`, readFileSync(join(entry.parentPath, entry.name), "latin1")])

export const secrets: Campaign = {
  name: "secrets",
  what: "tokens, keys and URLs with canaries, right and wrong, all with --debug; in no output, file, metric or answer",
  rounds: rounds(1),
  meets: ["commands", "requests of /v1", "requests of /hook", "requests of /feed"],
  prepare: Effect.succeed(noting((notes, draw) =>
    Effect.gen(function*() {
      const place = yield* folder
      const planted = secretsOf(draw)
      const { asked, port } = yield* echoing
      const { authority } = yield* Effect.map(
        Layer.build(venueOf(yield* Clock.currentTimeMillis)),
        Context.get(LoopbackVenue)
      )
      for (const [name, text] of Object.entries(configurations(planted, port))) writeFileSync(join(place, name), text)
      writeFileSync(join(place, "events.ndjson"), recording)
      const said: Said = []
      for (const one of runsOf(planted, port, authority)) {
        yield* run(place, said, one)
        notes.meet("commands")
        notes.tried++
      }
      said.push(...written(place))
      for (const path of ["/v1", "/hook", "/feed"]) {
        notes.meet(`requests of ${path}`, asked.filter((one) => one.startsWith(path)).length)
      }
      notes.meet("bytes searched", said.reduce((sum, [, text]) => sum + text.length, 0))
      notes.found(...leaks(said, planted))
    })
  ))
}
