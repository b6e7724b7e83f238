import { Array as Arr, Chunk, Effect, Either, Layer, Option } from "effect"
import { Instant } from "../domain/Instant.js"
import type { FieldProblem } from "../domain/problems.js"
import { Clob, type PriceHistoryRequest } from "./Clob.js"
import { bookOf, pricePointsOf, rowsOf } from "./clobRows.js"
import { makeNoteRefusal } from "./refusals.js"
import type { PolymarketSettings } from "./settings.js"
import { VenueFailure } from "./VenueFailure.js"
import { makeAsk } from "./venueHost.js"
import type { TokenId } from "./VenueMarket.js"

/** Books in one request: about a megabyte where all are deep. */
const mostBooks = 100

/** ms: the venue refuses a longer history in one answer (15 days). */
const longestHistory = 14 * 86_400_000

/** A field of the venue's that could not be read, without what stood there. */
const unreadable = (operation: string, { expected, field }: Pick<FieldProblem, "field" | "expected">) =>
  new VenueFailure({
    operation,
    problem: `the answer cannot be read: ${field} is not ${expected}`,
    hint: "its interface may have changed"
  })

const make = Effect.fnUntraced(function*({ clobUrl }: PolymarketSettings) {
  const ask = yield* makeAsk({
    url: clobUrl,
    key: "clob_url",
    limit: 9_000,
    routeLimits: { book: 1_500, books: 500, "prices-history": 1_000 }
  })
  const noteRefusal = yield* makeNoteRefusal

  const book = (token: TokenId) =>
    Effect.flatMap(
      ask({ route: "/book", query: [["token_id", token]] }),
      Option.match({
        onNone: () => Effect.succeedNone,
        onSome: (answer) =>
          Either.match(bookOf(answer), {
            onLeft: (problem) => unreadable("GET /book", problem),
            onRight: Effect.succeedSome
          })
      })
    )

  const someBooks = Effect.fnUntraced(function*(tokens: ReadonlyArray<TokenId>) {
    const rows = rowsOf(yield* ask({ route: "/books", body: tokens.map((token_id) => ({ token_id })) }))
    if (rows === undefined) return yield* unreadable("POST /books", { field: "(answer)", expected: "a list" })
    const read = rows.map(bookOf)
    yield* Effect.forEach(Arr.getLefts(read), (problem) => noteRefusal("book", problem), { discard: true })
    return Arr.getRights(read)
  })

  const books = (tokens: ReadonlyArray<TokenId>) =>
    Effect.map(
      Effect.forEach(
        Chunk.chunksOf(Chunk.fromIterable(new Set(tokens)), mostBooks),
        (some) => someBooks([...some]),
        { concurrency: 4 }
      ),
      (found) => found.flat()
    )

  const somePrices = ({ fidelityMinutes, from, to, token }: PriceHistoryRequest) =>
    Effect.flatMap(
      ask({
        route: "/prices-history",
        query: [
          ["market", token],
          ["startTs", String(Math.floor(from / 1000))],
          ["endTs", String(Math.ceil(to / 1000))],
          ["fidelity", String(fidelityMinutes)]
        ]
      }),
      Option.match({
        onNone: () => Effect.succeed([]),
        onSome: (answer) =>
          Either.match(pricePointsOf(answer), {
            onLeft: (problem) => unreadable("GET /prices-history", problem),
            onRight: (points) => Effect.succeed(points.filter(({ at }) => at >= from && at <= to))
          })
      })
    )

  const pricesHistory = (request: PriceHistoryRequest) => {
    const pieces = Math.max(1, Math.ceil((request.to - request.from) / longestHistory))
    const piece = (i: number): PriceHistoryRequest => {
      const from = request.from + i * longestHistory
      return { ...request, from: Instant(from), to: Instant(Math.min(request.to, from + longestHistory - 1)) }
    }
    return Effect.map(
      Effect.forEach(Array.from({ length: pieces }, (_, i) => piece(i)), somePrices, { concurrency: 4 }),
      (found) => found.flat()
    )
  }

  return Clob.of({ book, books, pricesHistory })
})

/** The venue's order books over HTTP. */
export const layer = (settings: PolymarketSettings) => Layer.scoped(Clob, make(settings))
