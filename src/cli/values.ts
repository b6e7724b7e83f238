import { Effect, Either, Option } from "effect"
import picomatch from "picomatch"
import { expectedInstant, type Instant, parseInstant } from "../domain/Instant.js"
import { expectedMarketId, isMarketId, type MarketId } from "../domain/MarketId.js"
import { parseDecimal } from "../domain/Price.js"
import { nearest, showValue } from "../domain/problems.js"
import type { FeatureRegistry } from "../features/FeatureRegistry.js"
import type { EventLog } from "../store/EventLog.js"
import type { StorageFailure } from "../store/StorageFailure.js"
import { count } from "./terminal/text.js"
import { UsageRefused } from "./UsageRefused.js"

const refuse = (name: string, expected: string, actual: string, hint: string) =>
  Either.left(new UsageRefused({ problem: `${name}: expected ${expected}, got ${showValue(actual)}`, hint }))

const naive = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?)?$/

const timeHint = (text: string): string =>
  naive.test(text)
    ? `say which offset is meant: ${text.length === 10 ? `${text}T00:00:00` : text}Z is UTC`
    : /^\d{9,10}$/.test(text)
    ? `in milliseconds these seconds are ${text}000`
    : "for example 2026-07-10T20:25:46Z, or 1783715146000"

/** Reads the time of an option. */
export const instantOf = (name: string, text: string): Either.Either<Instant, UsageRefused> =>
  Option.match(parseInstant(text.trim()), {
    onNone: () => refuse(name, expectedInstant, text, timeHint(text.trim())),
    onSome: Either.right
  })

/** The same where the option may be left out. */
export const optionalInstant = (name: string, text: Option.Option<string>) =>
  Option.match(text, {
    onNone: () => Either.right(undefined),
    onSome: (given): Either.Either<Instant | undefined, UsageRefused> => instantOf(name, given)
  })

/** Reads both ends of a range; either may be left out. */
export const readRange = (
  given: { readonly from: Option.Option<string>; readonly to: Option.Option<string> },
  names: readonly [from: string, to: string] = ["--from", "--to"]
) =>
  Effect.gen(function*() {
    const first: Instant | undefined = yield* optionalInstant(names[0], given.from)
    const last: Instant | undefined = yield* optionalInstant(names[1], given.to)
    if (first !== undefined && last !== undefined && first > last) {
      return yield* new UsageRefused({ problem: `${names[0]} is after ${names[1]}`, hint: "swap them" })
    }
    return { from: first, to: last }
  })

const unitMillis: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000]
])

/** Reads `500ms`, `30s`, `5m`, `1h` or `1d` as milliseconds. */
export const durationOf = (name: string, text: string): Either.Either<number, UsageRefused> => {
  const [, digits = "", unit = ""] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text.trim()) ?? []
  const millis = Number(digits) * (unitMillis.get(unit) ?? 0)
  return millis > 0
    ? Either.right(millis)
    : refuse(
      name,
      "a duration above 0: a whole number and ms, s, m, h or d",
      text,
      "for example 500ms, 30s, 5m, 1h or 1d"
    )
}

/** Reads a whole number within bounds, both inclusive. */
export const integerOf = (
  name: string,
  text: string,
  least: number,
  most: number
): Either.Either<number, UsageRefused> => {
  const value = Number(text)
  const isWhole = /^-?\d{1,15}$/.test(text.trim())
  return isWhole && value >= least && value <= most
    ? Either.right(value)
    : refuse(
      name,
      `a whole number from ${least} to ${most}`,
      text,
      isWhole ? `the nearest is ${value < least ? least : most}` : "write digits only"
    )
}

/** Reads a decimal number within bounds, both inclusive. */
export const decimalOf = (
  name: string,
  text: string,
  least: number,
  most: number
): Either.Either<number, UsageRefused> =>
  Option.match(Option.filter(parseDecimal(text.trim()), (value) => value >= least && value <= most), {
    onNone: () => refuse(name, `a number from ${least} to ${most}`, text, "write it as a decimal, such as 0.25"),
    onSome: Either.right
  })

export const marketOf = (text: string): Either.Either<MarketId, UsageRefused> =>
  isMarketId(text)
    ? Either.right(text)
    : refuse("MARKET", expectedMarketId, text, "quote an id that holds characters your shell reads otherwise")

/** References as typed: comma-separated, in one option or several. Without any: all groups that are enabled. */
export const referencesOf = <R>(
  given: ReadonlyArray<string>,
  registry: FeatureRegistry<R>
): Either.Either<ReadonlyArray<string>, UsageRefused> => {
  if (given.length === 0) {
    const served = registry.groups.filter((group) => group.enabled && group.isDefault).map((group) => group.name)
    return served.length > 0 ? Either.right(served) : Either.left(
      new UsageRefused({
        problem: "every feature group is disabled",
        hint: "enable one under [feature_store.features] in the configuration"
      })
    )
  }
  const references = given.flatMap((list) => list.split(",")).map((reference) => reference.trim())
  return references.includes("")
    ? refuse(
      "--features",
      "references between commas",
      given.join(","),
      "for example --features market,orderbook.microprice"
    )
    : Either.right(references)
}

/** The markets of the log that match; `undefined` where all are meant. */
export const marketsMatching = (
  log: EventLog["Type"],
  glob: Option.Option<string>
): Effect.Effect<ReadonlyArray<MarketId> | undefined, UsageRefused | StorageFailure> =>
  Effect.gen(function*() {
    if (Option.isNone(glob)) return undefined
    const matches = yield* globOf(glob.value)
    const known = (yield* log.markets).map((summary) => summary.market)
    const found = known.filter(matches)
    if (found.length > 0) return found
    const like = nearest(glob.value, known)
    return yield* new UsageRefused({
      problem: `--markets: none of the log's ${count(known.length)} markets matches ${showValue(glob.value)}`,
      hint: known.length === 0 ? "import something first" : like ?? `the first of them is ${known[0] ?? ""}`
    })
  })

/** Reads a glob over market ids. */
export const globOf = (text: string): Either.Either<(market: string) => boolean, UsageRefused> => {
  const refused = () =>
    refuse("--markets", "a glob of at most 1000 characters", text, "for example \"tc-temp-*\" or \"*-{yes,no}\"")
  if (text.trim() === "" || text.length > 1000) return refused()
  // ids are no paths: a star stands for any characters, slashes and leading dots too
  return Either.try(() => picomatch(text, { bash: true, dot: true })).pipe(
    // given a second argument, as filter does, picomatch answers with an object
    Either.map((matches) => (market: string) => matches(market)),
    Either.orElse(refused)
  )
}
