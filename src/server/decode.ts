import { Either, ParseResult, Schema } from "effect"
import { readJson } from "./body.js"
import { invalidRequest, type Problem } from "./Problem.js"

/**
 * Of longer texts just the first field that does not fit is named. A body may have a hundred thousand of them, and to
 * list those would keep everybody else waiting for many seconds.
 */
const longestListed = 4_096

/** Reads input by its schema; a refusal names each field that does not fit, or the first where the input is long. */
export const decoder = <A, I>(
  schema: Schema.Schema<A, I>
): (input: unknown, length: number) => Either.Either<A, Problem> => {
  const decode = Schema.decodeUnknownEither(schema)
  return (input, length) =>
    Either.mapLeft(
      decode(input, { errors: length > longestListed ? "first" : "all" }),
      (error) => invalidRequest(ParseResult.ArrayFormatter.formatErrorSync(error))
    )
}

/** A query string by names; a name that is repeated has a list. */
const queryOf = (query: string): Readonly<Record<string, string | ReadonlyArray<string>>> => {
  const lists = new Map<string, Array<string>>()
  for (const [name, value] of new URLSearchParams(query)) {
    const before = lists.get(name)
    if (before === undefined) lists.set(name, [value])
    else before.push(value)
  }
  return Object.fromEntries(
    [...lists].map(([name, values]) => [name, values.length === 1 && values[0] !== undefined ? values[0] : values])
  )
}

/** Texts that are remembered, and how long they may be. */
const mostTexts = 1_000
const longestText = 4_096

/** Remembers what was read: clients send the same text again and again. */
const remembering = <A extends object>(
  read: (text: string) => Either.Either<A, Problem>
): (text: string) => Either.Either<A, Problem> => {
  const known = new Map<string, A>()
  return (text) => {
    const before = known.get(text)
    if (before !== undefined) return Either.right(before)
    const now = read(text)
    if (Either.isRight(now) && text.length <= longestText) {
      if (known.size >= mostTexts) known.clear()
      known.set(text, now.right)
    }
    return now
  }
}

/** Reads a JSON body by its schema. */
export const bodyDecoder = <A, I>(
  schema: Schema.Schema<A, I>,
  maxDepth: number
): (text: string) => Either.Either<A, Problem> => {
  const decode = decoder(schema)
  return (text) => Either.flatMap(readJson(text, maxDepth), (input) => decode(input, text.length))
}

/** Reads a JSON body by its schema, and makes of it what is asked for. */
export const bodyReader = <A, I, B extends object>(
  schema: Schema.Schema<A, I>,
  maxDepth: number,
  make: (request: A) => Either.Either<B, Problem>
): (text: string) => Either.Either<B, Problem> => {
  const decode = bodyDecoder(schema, maxDepth)
  return remembering((text) => Either.flatMap(decode(text), make))
}

/** Reads a query string, without its question mark, by its schema, and makes of it what is asked for. */
export const queryReader = <A, I, B extends object>(
  schema: Schema.Schema<A, I>,
  make: (query: A) => Either.Either<B, Problem>
): (query: string) => Either.Either<B, Problem> => {
  const decode = decoder(schema)
  return remembering((query) => Either.flatMap(decode(queryOf(query), query.length), make))
}
