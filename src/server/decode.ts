import { Either, ParseResult, Schema } from "effect"
import { invalidRequest, type Problem } from "./Problem.js"

/** Reads input by its schema; a refusal names each field that does not fit. */
export const decoder = <A, I>(schema: Schema.Schema<A, I>): (input: unknown) => Either.Either<A, Problem> => {
  const decode = Schema.decodeUnknownEither(schema)
  return (input) =>
    Either.mapLeft(decode(input), (error) => invalidRequest(ParseResult.ArrayFormatter.formatErrorSync(error)))
}

/** A query string by names; a name that is repeated has a list. */
export const queryOf = (query: string): Readonly<Record<string, string | ReadonlyArray<string>>> => {
  if (query === "") return {}
  const parameters = new URLSearchParams(query)
  const names = [...new Set(parameters.keys())]
  return Object.fromEntries(names.map((name) => {
    const values = parameters.getAll(name)
    return [name, values.length === 1 && values[0] !== undefined ? values[0] : values]
  }))
}
