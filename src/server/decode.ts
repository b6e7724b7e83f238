import { Either, ParseResult, Schema } from "effect"
import { readJson } from "./body.js"
import { invalidRequest, type Problem } from "./Problem.js"

/** Reads input by its schema; a refusal names each field that does not fit. */
export const decoder = <A, I>(schema: Schema.Schema<A, I>): (input: unknown) => Either.Either<A, Problem> => {
  const decode = Schema.decodeUnknownEither(schema)
  return (input) =>
    Either.mapLeft(decode(input), (error) => invalidRequest(ParseResult.ArrayFormatter.formatErrorSync(error)))
}

/** A query string by names; a name that is repeated has a list. */
const queryOf = (query: string): Readonly<Record<string, string | ReadonlyArray<string>>> => {
  const parameters = new URLSearchParams(query)
  const names = [...new Set(parameters.keys())]
  return Object.fromEntries(names.map((name) => {
    const values = parameters.getAll(name)
    return [name, values.length === 1 && values[0] !== undefined ? values[0] : values]
  }))
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

/** Reads a JSON body by its schema, and makes of it what is asked for. */
export const bodyReader = <A, I, B extends object>(
  schema: Schema.Schema<A, I>,
  maxDepth: number,
  make: (request: A) => Either.Either<B, Problem>
): (text: string) => Either.Either<B, Problem> => {
  const decode = decoder(schema)
  return remembering((text) => Either.flatMap(Either.flatMap(readJson(text, maxDepth), decode), make))
}

/** Reads a query string, without its question mark, by its schema, and makes of it what is asked for. */
export const queryReader = <A, I, B extends object>(
  schema: Schema.Schema<A, I>,
  make: (query: A) => Either.Either<B, Problem>
): (query: string) => Either.Either<B, Problem> => {
  const decode = decoder(schema)
  return remembering((query) => Either.flatMap(decode(queryOf(query)), make))
}
