import { ParseResult, Schema } from "effect"
import { Instant, isInstant } from "../domain/Instant.js"
import { saying } from "./gammaRow.js"
import { TokenId } from "./VenueMarket.js"

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
export const Millis = TimeFrom(1, "a time in milliseconds since 1970")
export const Seconds = TimeFrom(1000, "a time in seconds since 1970")

export const Token = saying("a token id of 1 to 78 digits", TokenId)

/** Of an order, from who took it. */
export const Side = saying("\"BUY\" or \"SELL\"", Schema.Literal("BUY", "SELL", "buy", "sell"))

/** More levels than prices on the finest grid are no book. */
export const mostLevels = 20_000
