import type { ParseResult } from "effect"
import { Either, Schema } from "effect"
import type { EventBody, EventKind, TimedEvent } from "./Event.js"
import { eventKinds } from "./Event.js"
import { InstantFromInput } from "./Instant.js"
import { expectedMarketId, MarketId } from "./MarketId.js"
import { AmountFromInput, OutcomeFromInput, PriceFromInput, SizeFromInput, TickSizeFromInput } from "./Price.js"
import { describeProblem, type FieldProblem, nearest, unknownField } from "./problems.js"

const text = (most: number) =>
  Schema.String.pipe(Schema.maxLength(most)).annotations({
    message: () => ({ message: `text of at most ${most} characters`, override: true })
  })
const name = (most: number) =>
  Schema.String.pipe(Schema.minLength(1), Schema.maxLength(most)).annotations({
    message: () => ({ message: `text of 1 to ${most} characters`, override: true })
  })
const choice = <Names extends readonly [string, ...Array<string>]>(...names: Names) =>
  Schema.Literal(...names).annotations({
    message: () => ({ message: names.map((name) => JSON.stringify(name)).join(" or "), override: true })
  })
const list = <A, I>(item: Schema.Schema<A, I>, items: string, most: number) =>
  Schema.Array(item).annotations({ message: () => `a list of ${items}` }).pipe(
    Schema.maxItems(most, { message: () => `a list of at most ${most} ${items}` })
  )
const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { nullable: true })

const mostLevels = 20_000

const common = {
  market: MarketId.annotations({ message: () => ({ message: expectedMarketId, override: true }) }),
  available_at: InstantFromInput,
  event_time: optional(InstantFromInput),
  source: optional(name(256))
}

const level = "[price, size]"
const Level = Schema.Tuple(PriceFromInput, SizeFromInput).annotations({ message: () => level })
const Levels = list(Level, `${level} pairs`, mostLevels)

const change = "[\"bid\" or \"ask\", price, new size]"
const Change = Schema.Tuple(choice("bid", "ask"), PriceFromInput, SizeFromInput).annotations({ message: () => change })

const interruption = { ...common, scope: choice("market", "source"), reason: name(1_000) }

/** One line of an events file, by type: the fields, and what they may hold. */
const lines = {
  market: Schema.Struct({
    type: Schema.Literal("market"),
    ...common,
    question: text(10_000),
    category: optional(text(256)),
    tags: optional(list(text(256), "texts", 256)),
    start_date: optional(InstantFromInput),
    end_date: optional(InstantFromInput),
    resolution_date: optional(InstantFromInput),
    liquidity: optional(AmountFromInput),
    volume_24h: optional(AmountFromInput),
    tick_size: optional(TickSizeFromInput)
  }),
  quote: Schema.Struct({
    type: Schema.Literal("quote"),
    ...common,
    best_bid: optional(PriceFromInput),
    best_ask: optional(PriceFromInput),
    volume_24h: optional(AmountFromInput)
  }),
  book: Schema.Struct({ type: Schema.Literal("book"), ...common, bids: Levels, asks: Levels }),
  price_change: Schema.Struct({
    type: Schema.Literal("price_change"),
    ...common,
    changes: list(Change, `changes ${change}`, mostLevels)
  }),
  trade: Schema.Struct({
    type: Schema.Literal("trade"),
    ...common,
    price: PriceFromInput,
    size: SizeFromInput,
    side: choice("buy", "sell")
  }),
  news: Schema.Struct({
    type: Schema.Literal("news"),
    ...common,
    source: name(256),
    id: name(1_024),
    text: text(100_000),
    published_at: optional(InstantFromInput),
    url: optional(text(2_048))
  }),
  gap: Schema.Struct({ type: Schema.Literal("gap"), ...interruption }),
  gap_end: Schema.Struct({ type: Schema.Literal("gap_end"), ...interruption }),
  market_closed: Schema.Struct({ type: Schema.Literal("market_closed"), ...common }),
  resolution: Schema.Struct({ type: Schema.Literal("resolution"), ...common, outcome: OutcomeFromInput })
} satisfies Record<EventKind, Schema.Schema.AnyNoContext>

type Line = { readonly [K in EventKind]: typeof lines[K]["Type"] }[EventKind]

const toBody = (line: Line): EventBody => {
  switch (line.type) {
    case "market":
      return {
        kind: "market",
        snapshot: {
          question: line.question,
          category: line.category,
          tags: line.tags ?? [],
          startDate: line.start_date,
          endDate: line.end_date,
          resolutionDate: line.resolution_date,
          liquidity: line.liquidity,
          volume24h: line.volume_24h,
          tickSize: line.tick_size
        }
      }
    case "quote":
      return { kind: "quote", bestBid: line.best_bid, bestAsk: line.best_ask, volume24h: line.volume_24h }
    case "book":
      return { kind: "book", bids: line.bids, asks: line.asks }
    case "price_change":
      return { kind: "price_change", changes: line.changes }
    case "trade":
      return { kind: "trade", price: line.price, size: line.size, side: line.side }
    case "news":
      return {
        kind: "news",
        document: { id: line.id, text: line.text, publishedAt: line.published_at, url: line.url }
      }
    case "gap":
    case "gap_end":
      return { kind: line.type, interruption: { scope: line.scope, reason: line.reason } }
    case "market_closed":
      return { kind: "market_closed" }
    case "resolution":
      return { kind: "resolution", outcome: line.outcome }
  }
}

const decoders = {
  market: Schema.decodeUnknownEither(lines.market),
  quote: Schema.decodeUnknownEither(lines.quote),
  book: Schema.decodeUnknownEither(lines.book),
  price_change: Schema.decodeUnknownEither(lines.price_change),
  trade: Schema.decodeUnknownEither(lines.trade),
  news: Schema.decodeUnknownEither(lines.news),
  gap: Schema.decodeUnknownEither(lines.gap),
  gap_end: Schema.decodeUnknownEither(lines.gap_end),
  market_closed: Schema.decodeUnknownEither(lines.market_closed),
  resolution: Schema.decodeUnknownEither(lines.resolution)
} satisfies Record<EventKind, (input: unknown) => Either.Either<Line, ParseResult.ParseError>>

const isKind = Schema.is(Schema.Literal(...eventKinds))
const isRecord = Schema.is(Schema.Record({ key: Schema.String, value: Schema.Unknown }))

/**
 * Reads one parsed line of an events file. Unknown fields are refused by name, so that a misspelt optional field (or an
 * outcome smuggled into a market description) is never dropped in silence.
 *
 * @example
 * ```ts
 * import { decodeEventLine } from "@polysniper/feature-store"
 * import { Either } from "effect"
 *
 * const line = { type: "quote", market: "m1", available_at: 1783715146000, best_bid: 0.4, best_aks: 0.45 }
 * const read = Either.mapLeft(decodeEventLine(line), ({ field, hint }) => `${field}: ${hint}`)
 * console.log(Either.merge(read)) // best_aks: did you mean best_ask?
 * ```
 */
export const decodeEventLine = (input: unknown): Either.Either<TimedEvent, FieldProblem> => {
  if (!isRecord(input) || Array.isArray(input)) {
    return Either.left({ field: "(line)", expected: "a JSON object", actual: input, hint: undefined })
  }
  const type = Object.hasOwn(input, "type") ? input.type : undefined
  if (!isKind(type)) {
    return Either.left({
      field: "type",
      expected: `one of ${eventKinds.join(", ")}`,
      actual: type,
      hint: nearest(type, eventKinds)
    })
  }
  const unknownKey = Reflect.ownKeys(input).find((key) => !Object.hasOwn(lines[type].fields, key))
  if (unknownKey !== undefined) {
    return Either.left(unknownField(String(unknownKey), Object.keys(lines[type].fields), ` of a ${type} event`))
  }
  const decode: (input: unknown) => Either.Either<Line, ParseResult.ParseError> = decoders[type]
  return Either.mapBoth(decode(input), {
    onLeft: (error) => describeProblem(error, input),
    onRight: (line) => ({
      availableAt: line.available_at,
      event: { market: line.market, source: line.source, eventTime: line.event_time, body: toBody(line) }
    })
  })
}
