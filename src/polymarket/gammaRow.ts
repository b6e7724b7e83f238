import { Either, Option, ParseResult, Schema } from "effect"
import type { Instant } from "../domain/Instant.js"
import { isInstant, parseIso } from "../domain/Instant.js"
import { MarketId } from "../domain/MarketId.js"
import { AmountFromInput, OutcomeFromInput, TickSizeFromInput } from "../domain/Price.js"
import { describeProblem, type FieldProblem } from "../domain/problems.js"
import { TokenId } from "./VenueMarket.js"

/** A schema that says what it expects in these words, whatever it was given: no message quotes the venue. */
export const saying = <A, I>(expected: string, schema: Schema.Schema<A, I>) =>
  schema.annotations({ message: () => ({ message: expected, override: true }) })

const text = (most: number) => saying(`text of at most ${most} characters`, Schema.String.pipe(Schema.maxLength(most)))
const flag = saying("true or false", Schema.Boolean)

const IdText = saying(
  "an id, as text or a number",
  Schema.Union(Schema.String.pipe(Schema.maxLength(64)), Schema.JsonNumber)
)

/** A list that may arrive as JSON in a string: the venue encodes it a second time. */
const encodedList = <A, I>(expected: string, item: Schema.Schema<A, I>) => {
  const list = Schema.Array(item)
  return saying(expected, Schema.Union(Schema.parseJson(list), list))
}

/** A date without a time of day is meant as the venue writes it out elsewhere: from its first instant in UTC. */
const dayOnly = /^\d{4}-\d{2}-\d{2}$/u

/** Dates that are well formed but no instants: the zero of the venue's language (year 1), years that nobody will see. */
const isFarAway = (input: string): boolean => {
  const year = /^(\d{4})-\d{2}-\d{2}(?:[T ]|$)/u.exec(input)?.[1]
  return year !== undefined && (year < "1971" || year > "2099")
}

const expectedDate = "a date as ISO 8601 with an offset"

const DateFromText = saying(
  expectedDate,
  Schema.transformOrFail(
    Schema.String,
    Schema.UndefinedOr(
      Schema.declare((input): input is Instant => typeof input === "number" && isInstant(input))
    ),
    {
      strict: true,
      decode: (input, _, ast) =>
        Option.match(parseIso(dayOnly.test(input) ? `${input}T00:00:00Z` : input), {
          onSome: (instant) => ParseResult.succeed(instant),
          onNone: () =>
            isFarAway(input)
              ? ParseResult.succeed(undefined)
              : ParseResult.fail(new ParseResult.Type(ast, input, expectedDate))
        }),
      encode: (instant, _, ast) => ParseResult.fail(new ParseResult.Forbidden(ast, instant, "rows are only read"))
    }
  )
)

/** A field that may be absent; what is null or "" is taken away before. */
export const maybe = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })
const nullable = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { nullable: true })

const Tag = saying(
  "a tag with id, slug or label",
  Schema.Union(
    Schema.String,
    Schema.Struct({ id: nullable(IdText), slug: nullable(text(256)), label: nullable(text(256)) })
  )
)

/** Of `conditionId`: 32 bytes, or the 31 of the venue's newer markets. */
const conditionId = /^0x[0-9a-f]{62}(?:[0-9a-f]{2})?$/iu

/** The fields that are read of Gamma's description of a market; all others are nobody's business, or hindsight. */
const fields = {
  id: IdText,
  conditionId: saying("a condition id: 0x and 62 or 64 hex digits", MarketId.pipe(Schema.pattern(conditionId))),
  slug: maybe(text(1_024)),
  question: maybe(text(10_000)),
  category: maybe(text(256)),
  marketType: maybe(text(256)),
  outcomes: encodedList("the names of two outcomes, as a list or as JSON text", text(1_024)).pipe(
    Schema.itemsCount(2, { message: () => "two outcomes" })
  ),
  clobTokenIds: encodedList("two token ids, as a list or as JSON text", TokenId).pipe(
    Schema.filter(([first, second, ...more]) =>
      first !== undefined && second !== undefined && first !== second && more.length === 0
        ? undefined
        : "two different token ids"
    )
  ),
  outcomePrices: maybe(
    encodedList("a list of prices, or JSON text of one", Schema.Union(Schema.String, Schema.Number))
  ),
  startDate: maybe(DateFromText),
  endDate: maybe(DateFromText),
  liquidity: maybe(AmountFromInput),
  liquidityNum: maybe(AmountFromInput),
  liquidityClob: maybe(AmountFromInput),
  volume24hr: maybe(AmountFromInput),
  volume24hrClob: maybe(AmountFromInput),
  orderPriceMinTickSize: maybe(TickSizeFromInput),
  feesEnabled: maybe(flag),
  feeSchedule: maybe(
    saying(
      "a fee schedule with a rate within 0..1",
      Schema.Struct({ rate: nullable(OutcomeFromInput) })
    )
  ),
  active: maybe(flag),
  closed: maybe(flag),
  archived: maybe(flag),
  enableOrderBook: maybe(flag),
  umaResolutionStatus: maybe(text(64)),
  umaResolutionStatuses: maybe(encodedList("a list of texts, or JSON text of one", text(64))),
  tags: maybe(saying("a list of tags", Schema.Array(Tag))),
  events: maybe(
    saying(
      "a list of events",
      Schema.Array(Schema.Struct({ slug: nullable(text(1_024)), title: nullable(text(10_000)) }))
    )
  )
}

const GammaRow = Schema.Struct(fields)
export type GammaRow = typeof GammaRow.Type

/** An object's own values of the fields that are read: the venue writes null or "" where it knows nothing. */
const given = (row: object, names: ReadonlyArray<string>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value: unknown = Object.hasOwn(row, name) ? Reflect.get(row, name) : undefined
      return value === undefined || value === null || value === "" ? [] : [[name, value] as const]
    })
  )

/** How an answer's object is read: all other fields are ignored, and a problem names the field that stands in the way. */
export const reader = <A, I>(schema: Schema.Schema<A, I> & { readonly fields: Schema.Struct.Fields }) => {
  const decode = Schema.decodeUnknownEither(schema)
  const names = Object.keys(schema.fields)
  return (row: unknown): Either.Either<A, FieldProblem> => {
    if (typeof row !== "object" || row === null || Array.isArray(row)) {
      return Either.left({ field: "(row)", expected: "an object", actual: row, hint: undefined })
    }
    const input = given(row, names)
    return Either.mapLeft(decode(input), (error) => describeProblem(error, input))
  }
}

/** Reads one row of Gamma's, or says which field stands in the way. */
export const decodeGammaRow = reader(GammaRow)
