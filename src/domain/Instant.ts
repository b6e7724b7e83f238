import { Brand, DateTime, Option, ParseResult, Schema } from "effect"

/** A moment in market time: integer milliseconds since the Unix epoch, UTC, from 1971 up to and including 2099. */
export type Instant = number & Brand.Brand<"Instant">

const earliest = Date.UTC(1971, 0, 1)
const latest = Date.UTC(2100, 0, 1) - 1

/** Trusts a number that is known to be an instant already (read back from storage, or moved along a grid). */
export const Instant = Brand.nominal<Instant>()

export const isInstant = (millis: number): boolean => Number.isInteger(millis) && millis >= earliest && millis <= latest

/** What a refused time should have been; the text users read. */
export const expectedInstant =
  "integer milliseconds UTC within 1971..2099 (seconds are refused), or ISO 8601 with an offset (2026-07-10T20:25:46Z)"

const iso = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(Z|z|[+-]\d{2}(?::?\d{2})?)$/

/**
 * Reads ISO 8601 with an offset; digits below a millisecond are cut. `Option.none` for a naive time (no offset), for a
 * day or hour that does not exist, and for anything outside 1971..2099.
 */
export const parseIso = (text: string): Option.Option<Instant> => {
  const match = iso.exec(text)
  if (match === null) return Option.none()
  const [, year, month, day, hour, minute, second = "0", fraction = "0", zone = "Z"] = match
  const [y, mo, d] = [Number(year), Number(month), Number(day)]
  const [h, mi, s] = [Number(hour), Number(minute), Number(second)]
  // Date.UTC takes years below 100 for those of the twentieth century
  if (y < 1000) return Option.none()
  const daysInMonth = new Date(Date.UTC(y, mo, 0)).getUTCDate()
  if (mo < 1 || mo > 12 || d < 1 || d > daysInMonth || h > 23 || mi > 59 || s > 59) return Option.none()
  const zoneDigits = zone.replace(":", "")
  const zoneHours = zoneDigits.length > 1 ? Number(zoneDigits.slice(1, 3)) : 0
  const zoneMinutes = zoneDigits.length > 3 ? Number(zoneDigits.slice(3, 5)) : 0
  if (zoneHours > 23 || zoneMinutes > 59) return Option.none()
  const offset = (zone.startsWith("-") ? -1 : 1) * (zoneHours * 60 + zoneMinutes) * 60_000
  const millis = Date.UTC(y, mo - 1, d, h, mi, s, Number(fraction.padEnd(3, "0").slice(0, 3))) - offset
  return isInstant(millis) ? Option.some(Instant(millis)) : Option.none()
}

/** Reads what a user types or a CSV cell holds: ISO 8601 with an offset, or integer milliseconds as digits. */
export const parseInstant = (text: string): Option.Option<Instant> => {
  if (!/^\d{1,15}$/.test(text)) return parseIso(text)
  const millis = Number(text)
  return isInstant(millis) ? Option.some(Instant(millis)) : Option.none()
}

/** `2026-07-10T20:25:46.000Z` */
export const formatInstant = (instant: Instant): string => DateTime.formatIso(DateTime.unsafeMake(instant))

/** An instant as files carry it: an integer in milliseconds, or ISO 8601 text with an offset. */
export const InstantFromInput: Schema.Schema<Instant, string | number> = Schema.transformOrFail(
  Schema.Union(Schema.String, Schema.Number),
  Schema.declare((input): input is Instant => typeof input === "number" && isInstant(input)),
  {
    strict: true,
    decode: (input, _, ast) => {
      const instant = typeof input === "string"
        ? parseIso(input)
        : isInstant(input)
        ? Option.some(Instant(input))
        : Option.none()
      return Option.isSome(instant)
        ? ParseResult.succeed(instant.value)
        : ParseResult.fail(new ParseResult.Type(ast, input, expectedInstant))
    },
    encode: (instant) => ParseResult.succeed(instant)
  }
).annotations({ message: () => ({ message: expectedInstant, override: true }) })
