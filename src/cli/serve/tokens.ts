import { Either, Option, Redacted } from "effect"
import type { Environment } from "../../config/overrides.js"
import type { Tokens } from "../../server/tokens.js"
import { UsageRefused } from "../UsageRefused.js"

const tokenOf = (
  environment: Environment,
  variable: string
): Either.Either<Option.Option<Redacted.Redacted>, UsageRefused> => {
  const text = environment[variable]
  if (text === undefined) return Either.right(Option.none())
  // whatever else it holds could not be sent in a header, and an empty one is a slip: it would protect nothing
  return /^[\x21-\x7e]+$/u.test(text) ? Either.right(Option.some(Redacted.make(text))) : Either.left(
    new UsageRefused({
      problem: `${variable}: expected printable ASCII characters without spaces`,
      hint: "make one with `openssl rand -hex 32`, or unset the variable"
    })
  )
}

/** The tokens of the server, which the environment alone holds. */
export const tokensOf = (environment: Environment): Either.Either<Tokens, UsageRefused> =>
  Either.all({
    write: tokenOf(environment, "FEATURE_STORE_SERVER_TOKEN"),
    read: tokenOf(environment, "FEATURE_STORE_SERVER_READ_TOKEN")
  })
