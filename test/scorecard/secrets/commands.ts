import { ndjson } from "../../support/importing.js"
import { quickTrading } from "../../support/quickTrading.js"
import { venueUrls } from "../../support/venue/urls.js"
import { type Said, type Secrets, shownIn, variablesOf } from "./canaries.js"
import type { Command } from "./running.js"

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

/** The files that the commands are given, by name. */
export const filesFor = (secrets: Secrets, port: number): Readonly<Record<string, string>> => ({
  "events.ndjson": recording,
  "served.toml": "",
  "following.toml": `${quickTrading}[feature_store.news]
webhook = true
webhook_port = 0
[feature_store.news.feeds.wire]
url = "http://127.0.0.1:${port}/feed?key=${secrets["feed query"]}"
`,
  "asking.toml": asking(port, ["compatible\"\napi = \"chat_completions", "compatible\"\napi = \"responses"]),
  "hosts.toml": asking(port, ["openai", "openrouter"]),
  "wrong.toml": `[feature_store]
cache_ttl_secs = "${secrets["value of the wrong type"]}"
[feature_store.news.feeds.wire]
url = "ftp://user:${secrets["value of the wrong type"]}@example.org/"
`,
  "torn.toml": `[feature_store]\ndb_path = "${secrets["value of the wrong type"]}\n`
})

/** A strategy that asks a model of each provider. */
const asking = (port: number, providers: ReadonlyArray<string>): string =>
  `[feature_store.strategy.llm_prediction]
max_retries = 0
min_liquidity_usd = 0
${
    providers.map((provider, i) =>
      `[feature_store.strategy.llm_prediction.models.model_${i}]
provider = "${provider}"
model = "m"
base_url = "http://127.0.0.1:${port}/v1"
`
    ).join("")
  }`

/** Asks an address; the answer with its headers, and whether it was let in. */
const ask = async (said: Said, what: string, url: string, token: string, body?: string): Promise<void> => {
  const answer = await fetch(url, {
    headers: { authorization: `Bearer ${token}` },
    ...body === undefined ? {} : { method: "POST", body }
  })
  const headers = JSON.stringify([...answer.headers])
  said.push([`answer ${answer.status} of ${what}`, `${answer.status} ${headers} ${await answer.text()}`])
}

/** What the feature server answers to those who have a token, and to others. */
const askServer = (secrets: Secrets) => async (url: string): Promise<Said> => {
  const said: Said = []
  const { FEATURE_STORE_SERVER_READ_TOKEN: read, FEATURE_STORE_SERVER_TOKEN: write, "wrong token": wrong } = secrets
  for (const token of [write, wrong, read]) {
    for (const path of ["/registry", "/features/m1?features=orderbook", "/nothing", "/metrics"]) {
      await ask(said, path, `${url}${path}`, token)
    }
    await ask(
      said,
      "/features with a token for a parameter",
      `${url}/features/m1?features=orderbook&token=${token}`,
      token
    )
    await ask(said, "/push", `${url}/push`, token, "{")
  }
  return said
}

/** What those are answered who bring news. */
const bringNews = (secrets: Secrets) => async (url: string): Promise<Said> => {
  const said: Said = []
  const document = JSON.stringify({ id: "1", text: "a great day", markets: ["m1"] })
  for (const token of [secrets.FEATURE_STORE_NEWS_TOKEN, secrets["wrong token"]]) {
    for (const body of [document, "{"]) await ask(said, "the webhook", url, token, body)
  }
  return said
}

/** All commands, one after the other; the host at `port` refuses everybody, and has been asked what `asked` says. */
export const commandsOf = (
  secrets: Secrets,
  { asked, port }: { readonly port: number; readonly asked: ReadonlyArray<string> },
  venue: string
): ReadonlyArray<Command> => {
  const environment = variablesOf(secrets)
  const { FEATURE_STORE_LLM_API_KEY: _, ...withoutOwnKey } = environment
  const host = `127.0.0.1:${port}`
  const urls = venueUrls(venue)
  const venues = {
    ...environment,
    FEATURE_STORE_POLYMARKET_GAMMA_URL: urls.gammaUrl,
    FEATURE_STORE_POLYMARKET_CLOB_URL: urls.clobUrl,
    FEATURE_STORE_POLYMARKET_DATA_URL: urls.dataUrl,
    FEATURE_STORE_POLYMARKET_WEBSOCKET_URL: urls.websocketUrl
  }
  const hasSeen = (path: string, place: Parameters<typeof shows>[1]) =>
    asked.some((one) => one.startsWith(path) && shows(one, place))
  const shows = (text: string, place: keyof Secrets) => shownIn(text, secrets).includes(place)
  const following = ["--min-liquidity", "0", "--strategy", "mean-reversion", "--config", "following.toml"]
  const live = ["live", ...following, "--db", "live.db"]
  const hook = `${host}/hook?key=${secrets["webhook query"]}`
  const predicting = ["backtest", "--strategy", "llm-prediction", "--record", "--allow-hindsight", "--interval", "5s"]
  const record = ["record", "--text", "a", "--duration", "1s"]
  return [
    { args: ["import", "events.ndjson"], environment },
    { args: ["get", "m1", "--features", "orderbook", "--json"], environment },
    { args: ["get", "m1", "--features", "orderbok"], environment },
    { args: ["doctor"], environment },
    { args: ["registry", "plan", "--json"], environment },
    {
      args: ["serve", "--port", "0", "--access-log", "--config", "served.toml"],
      environment,
      during: askServer(secrets)
    },
    {
      args: ["serve", "--port", "0"],
      environment: { FEATURE_STORE_SERVER_TOKEN: `two ${secrets["wrong token"]}` }
    },
    { args: ["get", "m1", "--features", "market", "--config", "wrong.toml"], environment },
    { args: ["get", "m1", "--features", "market", "--config", "torn.toml"], environment },
    {
      args: ["get", "m1", "--features", "market"],
      environment: { FEATURE_STORE_CACHE_TTL_SECS: secrets["variable of the wrong type"] }
    },
    {
      args: [...live, "--webhook", `http://${hook}`, "--signals", "signals.ndjson"],
      environment: venues,
      during: bringNews(secrets),
      isDone: () => hasSeen("/hook", "FEATURE_STORE_WEBHOOK_TOKEN") && hasSeen("/feed", "feed query")
    },
    {
      args: [...live, "--webhook", `http://user:${secrets["webhook password"]}@${hook}`],
      environment: venues
    },
    { args: [...live, "--webhook", `hooks.example.org/${secrets["webhook without scheme"]}`], environment: venues },
    {
      args: record,
      environment: {
        ...venues,
        FEATURE_STORE_POLYMARKET_GAMMA_URL: `http://user:${secrets["venue password"]}@${host}/g`
      },
      isDone: () => hasSeen("/g", "venue password")
    },
    {
      args: record,
      environment: { ...venues, FEATURE_STORE_POLYMARKET_GAMMA_URL: `http://${host}/g?k=${secrets["venue query"]}` }
    },
    { args: [...predicting, "--config", "asking.toml"], environment },
    { args: [...predicting, "--config", "hosts.toml", "--db", "data/features.db"], environment: withoutOwnKey }
  ]
}
