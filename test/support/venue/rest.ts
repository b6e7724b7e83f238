import type { FaultScript } from "./faults.js"
import { eventRow, marketRow, tagRows } from "./gammaRows.js"
import { bookOf, plainSpeech } from "./messages.js"
import type { SimulatedMarket } from "./SimulatedMarket.js"
import type { Token, Venue } from "./Venue.js"

export interface RestRequest {
  readonly method: string
  /** path and query, such as `/clob/book?token_id=1` */
  readonly target: string
  readonly body: string
}

export interface RestAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** ms that the venue takes its time */
  readonly delay: number
}

const answer = (status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): RestAnswer => ({
  status,
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(value),
  delay: 0
})

const noSuch = answer(404, { type: "not found error", error: "not found" })
const noBook = answer(404, { error: "No orderbook exists for the requested token id" })

/** The most rows of a page, whatever is asked for. */
const mostRows = 100
const highestOffset = 10_000
const mostTrades = 20_000

const flag = (query: URLSearchParams, name: string): boolean | undefined => {
  const value = query.get(name)
  return value === null ? undefined : value === "true"
}

/** Values of a parameter that may be given several times, or with commas. */
const values = (query: URLSearchParams, name: string): ReadonlyArray<string> =>
  query.getAll(name).flatMap((value) => value.split(",")).filter((value) => value !== "")

type Test = (market: SimulatedMarket) => boolean

const tests = (query: URLSearchParams): ReadonlyArray<Test> => {
  const within = (name: string, of: (market: SimulatedMarket) => ReadonlyArray<string>): ReadonlyArray<Test> => {
    const wanted = values(query, name)
    return wanted.length === 0 ? [] : [(market) => of(market).some((value) => wanted.includes(value))]
  }
  const closed = flag(query, "closed") ?? false
  const liquidity = Number(query.get("liquidity_num_min") ?? "0")
  return [
    (market) => market.announced && market.closed === closed,
    ...within("id", ({ listing }) => [listing.gammaId]),
    ...within("slug", ({ listing }) => [listing.slug]),
    ...within("condition_ids", ({ listing }) => [listing.conditionId]),
    ...within("clob_token_ids", ({ listing }) => [listing.yes, listing.no]),
    ...within("tag_id", ({ listing }) => [listing.tag.id]),
    ...within("tag_slug", ({ listing }) => [listing.tag.slug]),
    ({ listing }) => listing.liquidity >= liquidity
  ]
}

const selected = (venue: Venue, query: URLSearchParams): ReadonlyArray<SimulatedMarket> => {
  const all = tests(query)
  return venue.markets.filter((market) => all.every((test) => test(market)))
}

const limitOf = (query: URLSearchParams): number => Math.min(mostRows, Math.max(1, Number(query.get("limit") ?? "20")))

/** A page by offset. */
const page = (venue: Venue, query: URLSearchParams, row: (market: SimulatedMarket) => unknown): RestAnswer => {
  const offset = Number(query.get("offset") ?? "0")
  if (offset > highestOffset) return answer(422, { error: "offset too large" })
  return answer(200, selected(venue, query).slice(offset, offset + limitOf(query)).map(row))
}

/** A page behind a cursor, which is opaque to clients: the number of the last market, encoded. */
const keyset = (
  venue: Venue,
  query: URLSearchParams,
  name: "markets" | "events",
  row: (market: SimulatedMarket) => unknown
): RestAnswer => {
  const cursor = query.get("after_cursor") ?? query.get("cursor")
  const after = cursor === null ? -1 : Number(Buffer.from(cursor, "base64url").toString())
  const rest = selected(venue, query).filter(({ listing }) => listing.index > after)
  const rows = rest.slice(0, limitOf(query))
  const last = rows.at(-1)
  const next = rows.length < rest.length && last !== undefined
    ? { next_cursor: Buffer.from(String(last.listing.index)).toString("base64url") }
    : {}
  return answer(200, { [name]: rows.map(row), ...next })
}

const first = (venue: Venue, test: Test, row: (market: SimulatedMarket) => unknown): RestAnswer => {
  const market = venue.markets.find((one) => one.announced && test(one))
  return market === undefined ? noSuch : answer(200, row(market))
}

const gamma = (venue: Venue, path: string, query: URLSearchParams): RestAnswer => {
  const withTags = flag(query, "include_tag") ?? false
  const row = (market: SimulatedMarket) => marketRow(market, withTags)
  if (path === "/markets") return page(venue, query, row)
  if (path === "/markets/keyset") return keyset(venue, query, "markets", row)
  if (path === "/events") return page(venue, query, eventRow)
  if (path === "/events/keyset") return keyset(venue, query, "events", eventRow)
  if (path === "/tags") return answer(200, tagRows)
  const [, kind, ...rest] = path.split("/")
  const key = rest.at(-1) ?? ""
  if (kind === "tags") {
    const tag = tagRows.find(({ id, slug }) => rest.length === 1 ? id === key : slug === key)
    return tag === undefined ? noSuch : answer(200, tag)
  }
  if (kind === "markets" && rest.length === 1) return first(venue, ({ listing }) => listing.gammaId === key, row)
  if (kind === "markets" && rest[0] === "slug") return first(venue, ({ listing }) => listing.slug === key, row)
  return noSuch
}

const tokenBook = ({ market, side }: Token) => ({
  ...bookOf(market, side, plainSpeech),
  min_order_size: "5",
  tick_size: String(market.tick / 1_000),
  neg_risk: market.listing.negRisk,
  last_trade_price: String((market.fills.at(-1)?.price ?? 500) / 1_000)
})

const openBook = (venue: Venue, id: unknown): Token | undefined => {
  const token = typeof id === "string" ? venue.byToken.get(id) : undefined
  return token?.market.open === true ? token : undefined
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

const books = (venue: Venue, body: string): RestAnswer => {
  const asked: unknown = JSON.parse(body)
  if (!Array.isArray(asked)) return answer(400, { error: "Invalid payload" })
  const found = asked.flatMap((one: unknown) => {
    const token = openBook(venue, isRecord(one) ? one.token_id : undefined)
    return token === undefined ? [] : [tokenBook(token)]
  })
  return answer(200, found)
}

const pricesHistory = (venue: Venue, query: URLSearchParams): RestAnswer => {
  const token = venue.byToken.get(query.get("market") ?? "")
  if (token === undefined || token.market.closed) return answer(200, { history: [] })
  const from = Number(query.get("startTs") ?? "0")
  const to = Number(query.get("endTs") ?? "Infinity")
  const fidelity = Number(query.get("fidelity") ?? "1")
  const history = token.market.minutes
    .map(([at, mid]) => ({ t: Math.floor(at / 1_000), p: (token.side === "yes" ? mid : 1_000 - mid) / 1_000 }))
    .filter(({ t }, i) => t >= from && t <= to && i % fidelity === 0)
  return answer(200, { history })
}

const clob = (venue: Venue, { body, method }: RestRequest, path: string, query: URLSearchParams): RestAnswer => {
  if (path === "/books" && method === "POST") return books(venue, body)
  if (path === "/prices-history") return pricesHistory(venue, query)
  if (path !== "/book") return noSuch
  const token = openBook(venue, query.get("token_id"))
  return token === undefined ? noBook : answer(200, tokenBook(token))
}

const trades = (venue: Venue, query: URLSearchParams): RestAnswer => {
  const market = venue.byCondition.get(query.get("market") ?? "")
  const offset = Number(query.get("offset") ?? "0")
  if (market === undefined || offset > mostTrades) return answer(200, [])
  const rows = [...market.fills].reverse().slice(offset, offset + limitOf(query)).map((fill) => ({
    proxyWallet: `0x${"1".repeat(40)}`,
    asset: market.listing.yes,
    conditionId: market.listing.conditionId,
    side: fill.side,
    price: fill.price / 1_000,
    size: fill.size / 100,
    timestamp: Math.floor(fill.at / 1_000),
    title: market.listing.question,
    slug: market.listing.slug,
    transactionHash: `0x${fill.at.toString(16).padStart(64, "0")}`
  }))
  return answer(200, rows)
}

const wait = { seconds: 2, date: 2, absent: undefined }

const tooMany = (form: "seconds" | "date" | "absent", now: number): RestAnswer => {
  const seconds = wait[form]
  if (seconds === undefined) return answer(429, { error: "Too Many Requests" })
  // a date has whole seconds
  const retryAfter = form === "seconds" ? String(seconds) : new Date(now + 1_000 * seconds + 999).toUTCString()
  return answer(429, { error: "Too Many Requests" }, { "retry-after": retryAfter })
}

/** What the venue answers now: Gamma under `/gamma`, the CLOB under `/clob`, the Data API under `/data`. */
export const respond = (venue: Venue, faults: FaultScript, request: RestRequest, now: number): RestAnswer => {
  const limited = faults.lasting("too_many", now)
  if (limited !== undefined) return tooMany(limited.retryAfter, now)
  if (faults.lasting("server_error", now) !== undefined) {
    return { status: 500, headers: { "content-type": "text/html" }, body: "<h1>Internal Server Error</h1>", delay: 0 }
  }
  const { pathname, searchParams } = new URL(request.target, "http://venue")
  const [, host = "", ...rest] = pathname.split("/")
  const path = `/${rest.join("/")}`
  const delay = faults.lasting("slow", now)?.byMillis ?? 0
  const answered = host === "gamma"
    ? gamma(venue, path, searchParams)
    : host === "clob"
    ? clob(venue, request, path, searchParams)
    : host === "data" && path === "/trades"
    ? trades(venue, searchParams)
    : noSuch
  return { ...answered, delay }
}
