import { Effect, Either, Schema } from "effect"
import { type Instant, InstantFromInput } from "../domain/Instant.js"
import { expectedMarketId, MarketId } from "../domain/MarketId.js"
import { describeProblem, type FieldProblem, nearest, showValue } from "../domain/problems.js"
import type { ExternalGroup } from "../features/Group.js"
import { fileRejected, type ImportRejected } from "../importer/ImportRejected.js"
import type { Block } from "../importer/LineBlocks.js"
import { wholeLine } from "../importer/Parsed.js"
import { checkExternal } from "../store/externalGroups.js"
import type { ExternalFeature } from "../store/FeatureStore.js"

const Line = Schema.Struct({
  market: MarketId.annotations({ message: () => ({ message: expectedMarketId, override: true }) }),
  feature: Schema.String.annotations({ message: () => ({ message: "group.feature", override: true }) }),
  version: Schema.String.annotations({ message: () => ({ message: "the group's version as text", override: true }) }),
  timestamp: InstantFromInput,
  available_at: Schema.optionalWith(InstantFromInput, { nullable: true }),
  value: Schema.Union(Schema.Finite, Schema.String, Schema.Boolean).annotations({
    message: () => ({ message: "a finite number, text, true or false", override: true })
  })
})
const decode = Schema.decodeUnknownEither(Line)
const isRecord = Schema.is(Schema.Record({ key: Schema.String, value: Schema.Unknown }))

const parseJson = (text: string) => Either.try((): unknown => JSON.parse(text))

/** A value of an external group, and the market it is about. */
export interface ExternalLine {
  readonly market: MarketId
  readonly feature: ExternalFeature
}

/** Reads one line; a field that does not exist is refused, so that a misspelt one is never dropped. */
const readLine = (
  groups: ReadonlyArray<ExternalGroup>,
  text: string,
  now: Instant
): Either.Either<ExternalLine, FieldProblem> => {
  const parsed = parseJson(text)
  if (Either.isLeft(parsed) || !isRecord(parsed.right) || Array.isArray(parsed.right)) {
    return Either.left({ field: wholeLine, expected: "one JSON object a line", actual: text.trim(), hint: undefined })
  }
  const input = parsed.right
  const unknown = Object.keys(input).find((key) => !Object.hasOwn(Line.fields, key))
  if (unknown !== undefined) {
    const hint = nearest(unknown, Object.keys(Line.fields))
    return Either.left({ field: unknown, expected: "no such field", actual: input[unknown], hint })
  }
  return Either.flatMap(
    Either.mapLeft(decode(input), (error) => describeProblem(error, input)),
    ({ available_at = now, feature, market, timestamp, value, version }) => {
      const given: ExternalFeature = { feature, version, timestamp, availableAt: available_at, value }
      return Either.mapBoth(checkExternal(groups, market, given, now), {
        onLeft: ({ expected, field }) => ({ field, expected, actual: input[field], hint: undefined }),
        onRight: () => ({ market, feature: given })
      })
    }
  )
}

const refuse = (file: string, line: number, { actual, expected, field, hint }: FieldProblem) =>
  fileRejected(file, {
    line,
    field,
    expected,
    actual: showValue(actual) + (hint === undefined ? "" : ` (${hint})`),
    hint: "correct the line and store the file again"
  })

/** The values of a block of lines, or the first line that is refused. Blank lines are skipped. */
export const readExternalLines = (
  groups: ReadonlyArray<ExternalGroup>,
  file: string,
  now: Instant
) =>
({ firstLine, refused, text }: Block): Effect.Effect<ReadonlyArray<ExternalLine>, ImportRejected> =>
  Effect.gen(function*() {
    const unreadable = new Map(refused.map(({ line, problem }) => [line, problem]))
    const read: Array<ExternalLine> = []
    const lines = text.split("\n")
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i] ?? ""
      const problem = unreadable.get(firstLine + i)
      if (problem !== undefined) return yield* refuse(file, firstLine + i, problem)
      if (line.trim() === "") continue
      const given = readLine(groups, line, now)
      if (Either.isLeft(given)) return yield* refuse(file, firstLine + i, given.left)
      read.push(given.right)
    }
    return read
  })
