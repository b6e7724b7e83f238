import { Option, Redacted } from "effect"
import { createHash, timingSafeEqual } from "node:crypto"

/** What a client may do: a scope allows all that is listed before it. */
const scopes = ["open", "read", "write"] as const
export type Scope = typeof scopes[number]

export const allows = (granted: Scope, needed: Scope): boolean => scopes.indexOf(granted) >= scopes.indexOf(needed)

/** The secrets that clients show. Without any, whoever reaches the server may read and write. */
export interface Tokens {
  /** reads and writes */
  readonly write: Option.Option<Redacted.Redacted>
  readonly read: Option.Option<Redacted.Redacted>
}

export const noTokens: Tokens = { write: Option.none(), read: Option.none() }

const digestOf = (text: string) => createHash("sha256").update(text).digest()

/**
 * Reads the `Authorization` header; `open` where it holds no token of ours. Every token is compared, and by digests of
 * one length in constant time, so that how long it takes tells nothing of them. `undefined` where no token is set.
 */
export const authenticator = (tokens: Tokens): ((authorization: string | undefined) => Scope) | undefined => {
  const known = [["read", tokens.read], ["write", tokens.write]] as const
  const digests = known.flatMap(([scope, token]) =>
    Option.match(token, { onNone: () => [], onSome: (secret) => [{ scope, digest: digestOf(Redacted.value(secret)) }] })
  )
  if (digests.length === 0) return undefined
  return (authorization) => {
    const shown = /^Bearer +(\S+) *$/i.exec(authorization ?? "")?.[1]
    if (shown === undefined) return "open"
    const digest = digestOf(shown)
    let granted: Scope = "open"
    for (const one of digests) {
      if (timingSafeEqual(one.digest, digest)) granted = one.scope
    }
    return granted
  }
}
