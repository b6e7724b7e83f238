import { Either, Option, ParseResult, Schema } from "effect"
import { Instant, isInstant } from "../domain/Instant.js"
import { OutcomeFromInput, PriceFromInput, SizeFromInput, TickSizeFromInput } from "../domain/Price.js"
import { describeProblem, type FieldProblem } from "../domain/problems.js"
import type { PricePoint } from "./Clob.js"
import type { VenueTrade } from "./DataApi.js"
import { saying } from "./gammaRow.js"
import { TokenId, type VenueBook } from "./VenueMarket.js"

/** An instant that the venue writes as a count of `unit` ms since the epoch, in digits or as a number. */
const TimeFrom = (unit: number, expected: string) =>
  saying(
    expected,
    Schema.transformOrFail(
      Schema.Union(Schema.String.pipe(Schema.pattern(/^\d{1,15}$/u)), Schema.Number),
      Schema.declare((input): input is Instant => typeof input === "number" && isInstant(input)),
      {
        strict: true,
        decode: (input, _, ast) => {
          const millis = Number(input) * unit
          return isInstant(millis)
            ? ParseResult.succeed(Instant(millis))
            : ParseResult.fail(new ParseResult.Type(ast, input, expected))
        },
        encode: (instant, _, ast) => ParseResult.fail(new ParseResult.Forbidden(ast, instant, "answers are only read"))
      }
    )
  )
const Millis = TimeFrom(1, "a time in milliseconds since 1970")
const Seconds = TimeFrom(1000, "a time in seconds since 1970")

const text = (most: number) => saying(`text of at most ${most} characters`, Schema.String.pipe(Schema.maxLength(most)))
const maybe = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { nullable: true })

const mostLevels = 20_000
const Levels = Schema.optionalWith(
  saying(
    `a list of at most ${mostLevels} levels`,
    Schema.Array(
      saying("a level with price within 0..1 and size", Schema.Struct({ price: PriceFromInput, size: SizeFromInput }))
    ).pipe(Schema.maxItems(mostLevels))
  ),
  { nullable: true, default: () => [] }
)

const Token = saying("a token id of 1 to 78 digits", TokenId)

const Book = Schema.Struct({
  market: text(256),
  asset_id: Token,
  timestamp: Millis,
  bids: Levels,
  asks: Levels,
  tick_size: maybe(TickSizeFromInput),
  hash: maybe(text(256))
})

const History = Schema.Struct({
  history: Schema.optionalWith(
    saying(
      "a list of points {t: seconds, p: price}",
      Schema.Array(Schema.Struct({ t: Seconds, p: OutcomeFromInput }))
    ),
    { nullable: true, default: () => [] }
  )
})

const Trade = Schema.Struct({
  asset: Token,
  conditionId: text(256),
  side: saying("\"BUY\" or \"SELL\"", Schema.Literal("BUY", "SELL", "buy", "sell")),
  price: PriceFromInput,
  size: SizeFromInput,
  timestamp: Seconds,
  transactionHash: maybe(text(256))
})

const reader = <A, I, B>(schema: Schema.Schema<A, I>, convert: (value: A) => B) => {
  const decode = Schema.decodeUnknownEither(schema)
  return (input: unknown): Either.Either<B, FieldProblem> =>
    Either.mapBoth(decode(input), { onLeft: (error) => describeProblem(error, input), onRight: convert })
}

/** Reads one order book of the CLOB, or says which field stands in the way. */
export const bookOf = reader(Book, ({ asks, asset_id, bids, hash, market, tick_size, timestamp }): VenueBook => ({
  market,
  token: asset_id,
  timestamp,
  bids: bids.map(({ price, size }) => [price, size]),
  asks: asks.map(({ price, size }) => [price, size]),
  tickSize: tick_size,
  hash
}))

/** Reads a price history, oldest first. */
export const pricePointsOf = reader(
  History,
  ({ history }): ReadonlyArray<PricePoint> =>
    history.map(({ p, t }) => ({ at: t, price: p })).sort((a, b) => a.at - b.at)
)

/** Reads one fill of the Data API. */
export const tradeOf = reader(
  Trade,
  ({ asset, conditionId, price, side, size, timestamp, transactionHash }): VenueTrade => ({
    market: conditionId,
    token: asset,
    side: side === "BUY" || side === "buy" ? "buy" : "sell",
    price,
    size,
    at: timestamp,
    transaction: transactionHash
  })
)

/** Whether an answer is a list at all; its rows are read one by one. */
export const rowsOf = (answer: Option.Option<unknown>): ReadonlyArray<unknown> | undefined => {
  const rows = Option.getOrElse(answer, (): unknown => [])
  return Array.isArray(rows) ? rows : undefined
}
