import { Chunk, Effect, Either, Layer, Option, Stream } from "effect"
import { Gamma, type MarketFilter } from "./Gamma.js"
import { makeNoteRefusal } from "./refusals.js"
import type { PolymarketSettings } from "./settings.js"
import { VenueFailure } from "./VenueFailure.js"
import { makeAsk } from "./venueHost.js"
import type { TokenId, VenueMarket } from "./VenueMarket.js"
import { type ListedMarket, listedMarketOf } from "./venueMarketOf.js"

type Query = ReadonlyArray<readonly [name: string, value: string]>

/** Gamma's most rows in an answer: what is asked for beyond it is not given, and not said. */
const mostRows = 100

/** Ids in one request: an address of more than 8 kB is refused by what stands before the venue. */
const mostIds = 50

/** Where a listing goes on: after a cursor or, at a venue that knows none, from an offset; from the start with neither. */
type Place = { readonly cursor: string } | { readonly offset: number } | undefined

interface Page {
  readonly rows: ReadonlyArray<unknown>
  readonly next: Option.Option<Place>
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const own = (answer: Readonly<Record<string, unknown>>, ...names: ReadonlyArray<string>): unknown =>
  names.filter((name) => Object.hasOwn(answer, name)).map((name) => answer[name])[0]

/** The rows of a listing: a list, or an envelope with one. */
const rowsOf = (answer: unknown): ReadonlyArray<unknown> | undefined => {
  const rows: unknown = isRecord(answer) ? own(answer, "markets", "data") : answer
  return Array.isArray(rows) ? rows : undefined
}

/** Base64 of -1, by which relatives of this interface say that there is no more. */
const endCursor = "LTE="

const cursorOf = (answer: unknown): string | undefined => {
  const cursor = isRecord(answer) ? own(answer, "next_cursor", "nextCursor") : undefined
  return typeof cursor === "string" && cursor !== "" && cursor !== endCursor ? cursor : undefined
}

const unreadable = (operation: string) =>
  new VenueFailure({ operation, problem: "the answer is no list of markets", hint: "its interface may have changed" })

const containsText = (text: string) => ({ texts }: ListedMarket) =>
  texts.some((candidate) => candidate.toLowerCase().includes(text.toLowerCase()))

/** What the venue has filtered already is looked at again where its rows say enough. */
const passes = (market: ListedMarket, { minLiquidity = 0, tag, text }: MarketFilter): boolean =>
  market.isOpen &&
  (tag === undefined || market.tagNames?.has(tag) !== false) &&
  (text === undefined || containsText(text)(market)) &&
  (minLiquidity <= 0 || (market.market.snapshot.liquidity ?? 0) >= minLiquidity)

const make = Effect.fnUntraced(function*({ gammaUrl }: PolymarketSettings) {
  const ask = yield* makeAsk({
    url: gammaUrl,
    key: "gamma_url",
    limit: 4_000,
    routeLimits: { markets: 300, events: 500 }
  })
  const noteRefusal = yield* makeNoteRefusal

  const read = (row: unknown): Effect.Effect<Option.Option<ListedMarket>> =>
    Either.match(listedMarketOf(row), {
      onLeft: (problem) => Effect.as(noteRefusal("market", problem), Option.none()),
      onRight: Effect.succeedSome
    })

  const readAll = (rows: ReadonlyArray<unknown>) =>
    Effect.map(Effect.forEach(rows, read), (markets) => markets.flatMap(Option.toArray))

  const listing = (route: string, query: Query) =>
    Effect.flatMap(ask({ route, query }), (answer) => {
      const rows = Option.map(answer, rowsOf)
      return Option.contains(rows, undefined)
        ? unreadable(`GET ${route}`)
        : Effect.succeed({
          rows: Option.map(rows, (found) => found ?? []),
          cursor: Option.getOrUndefined(Option.map(answer, cursorOf))
        })
    })

  /** A page from an offset on. A short page is no end: the venue gives fewer rows than it is asked for as it likes. */
  const pageFrom = (offset: number, query: Query): Effect.Effect<Page, VenueFailure> =>
    Effect.map(listing("/markets", [...query, ["offset", String(offset)]]), (found) => {
      const rows = Option.getOrElse(found.rows, () => [])
      return { rows, next: rows.length === 0 ? Option.none() : Option.some({ offset: offset + rows.length }) }
    })

  const pageAfter = Effect.fnUntraced(function*(cursor: string | undefined, query: Query) {
    const page = yield* listing("/markets/keyset", cursor === undefined ? query : [...query, ["after_cursor", cursor]])
    if (Option.isNone(page.rows)) return yield* pageFrom(0, query)
    // a venue that gives the same cursor back would be asked for the same page for ever
    if (page.cursor !== undefined && page.cursor === cursor) {
      const problem = "the listing does not get on: its cursor stays the same"
      return yield* new VenueFailure({ operation: "GET /markets/keyset", problem })
    }
    const next: Option.Option<Place> = page.cursor === undefined ? Option.none() : Option.some({ cursor: page.cursor })
    return { rows: page.rows.value, next }
  })

  const firstPage = (query: Query): Effect.Effect<Page, VenueFailure> =>
    Effect.catchIf(pageAfter(undefined, query), ({ status }) => status === 404, () => pageFrom(0, query))

  const page = (place: Place, query: Query): Effect.Effect<Page, VenueFailure> => {
    if (place === undefined) return firstPage(query)
    return "offset" in place ? pageFrom(place.offset, query) : pageAfter(place.cursor, query)
  }

  /** Gamma filters by a tag's number; its slug is what people know. */
  const tagNumber = (tag: string): Effect.Effect<string, VenueFailure> =>
    /^\d{1,20}$/u.test(tag) ? Effect.succeed(tag) : Effect.flatMap(
      ask({ route: "/tags/slug/{slug}", path: `/tags/slug/${encodeURIComponent(tag)}` }),
      (answer) => {
        const id = Option.match(answer, {
          onNone: () => undefined,
          onSome: (found) => isRecord(found) ? own(found, "id") : undefined
        })
        return typeof id === "string" || typeof id === "number" ? Effect.succeed(String(id)) : new VenueFailure({
          operation: "GET /tags/slug/{slug}",
          problem: `there is no tag ${JSON.stringify(tag)}`,
          hint: "a tag is named by its slug or number, as in polymarket.com/search/<tag>"
        })
      }
    )

  const list = (filter: MarketFilter): Stream.Stream<VenueMarket, VenueFailure> =>
    Stream.unwrap(Effect.gen(function*() {
      const tag = filter.tag === undefined ? undefined : yield* tagNumber(filter.tag)
      const query: Query = [
        ["limit", String(mostRows)],
        ["closed", "false"],
        ["include_tag", "true"],
        ...tag === undefined ? [] : [["tag_id", tag] as const],
        ...filter.minLiquidity === undefined ? [] : [["liquidity_num_min", String(filter.minLiquidity)] as const]
      ]
      const seen = new Set<string>()
      return Stream.paginateChunkEffect<Place, VenueMarket, VenueFailure, never>(
        undefined,
        (place) =>
          Effect.gen(function*() {
            const { next, rows } = yield* page(place, query)
            const chosen = (yield* readAll(rows)).filter((listed) => passes(listed, filter)).map(({ market }) => market)
            // rows move between pages while they are read
            const fresh = chosen.filter(({ id }) => !seen.has(id))
            for (const { id } of fresh) seen.add(id)
            return [Chunk.unsafeFromArray(fresh), next]
          })
      )
    }))

  /** The markets that a query names, whether they are open or closed: Gamma gives either, and which one goes unsaid. */
  const lookUp = (query: Query, closed: boolean) =>
    Effect.flatMap(
      page(undefined, [["limit", String(mostRows)], ["closed", String(closed)], ["include_tag", "true"], ...query]),
      ({ rows }) => readAll(rows)
    )

  const describeSome = Effect.fnUntraced(function*(ids: ReadonlyArray<string>) {
    const named = (some: ReadonlyArray<string>): Query => some.map((id) => ["condition_ids", id])
    const open = yield* lookUp(named(ids), false)
    const rest = ids.filter((id) => !open.some(({ market }) => market.id === id))
    const closed = rest.length === 0 ? [] : yield* lookUp(named(rest), true)
    const found = new Map<string, VenueMarket>([...closed, ...open].map(({ market }) => [market.id, market]))
    return ids.flatMap((id) => found.get(id) ?? [])
  })

  const describe = (ids: ReadonlyArray<string>) =>
    Effect.map(
      Effect.forEach(Chunk.chunksOf(Chunk.fromIterable(new Set(ids)), mostIds), (some) => describeSome([...some]), {
        concurrency: 4
      }),
      (found) => found.flat()
    )

  const findByToken = Effect.fnUntraced(function*(token: TokenId) {
    const query: Query = [["clob_token_ids", token]]
    const isMeant = ({ market }: ListedMarket) => market.yes === token || market.no === token
    const found = (yield* lookUp(query, false)).find(isMeant) ?? (yield* lookUp(query, true)).find(isMeant)
    return Option.map(Option.fromNullable(found), ({ market }) => market)
  })

  const findAt = (route: string, path: string) =>
    Effect.flatMap(ask({ route, path, query: [["include_tag", "true"]] }), (answer) =>
      Option.match(answer, {
        onNone: () => Effect.succeedNone,
        onSome: (row) => Effect.map(read(row), Option.map(({ market }) => market))
      }))

  const find = (id: string) => {
    if (/^0x/iu.test(id)) return Effect.map(describe([id]), ([market]) => Option.fromNullable(market))
    return /^\d{1,20}$/u.test(id)
      ? findAt("/markets/{id}", `/markets/${id}`)
      : findAt("/markets/slug/{slug}", `/markets/slug/${encodeURIComponent(id)}`)
  }

  return Gamma.of({ list, find, findByToken, describe })
})

/** The venue's catalogue over HTTP. */
export const layer = (settings: PolymarketSettings) => Layer.scoped(Gamma, make(settings))
