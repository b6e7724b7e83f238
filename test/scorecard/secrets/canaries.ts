import type { Draw } from "../Campaign.js"

/** Of each of these a secret of its own is planted. */
const places = [
  "FEATURE_STORE_SERVER_TOKEN",
  "FEATURE_STORE_SERVER_READ_TOKEN",
  "FEATURE_STORE_WEBHOOK_TOKEN",
  "FEATURE_STORE_NEWS_TOKEN",
  "FEATURE_STORE_LLM_API_KEY",
  "OPENAI_API_KEY",
  "OPENROUTER_API_KEY",
  "webhook password",
  "webhook query",
  "webhook without scheme",
  "feed query",
  "venue password",
  "venue query",
  "value of the wrong type",
  "variable of the wrong type",
  "wrong token"
] as const
export type Place = typeof places[number]
export type Secrets = Readonly<Record<Place, string>>

export const secretsOf = (draw: Draw): Secrets => {
  const secret = () => Array.from({ length: 24 }, () => "bcdfghjkmnpqrstvwxyz23456789"[draw.below(28)]).join("")
  return {
    FEATURE_STORE_SERVER_TOKEN: secret(),
    FEATURE_STORE_SERVER_READ_TOKEN: secret(),
    FEATURE_STORE_WEBHOOK_TOKEN: secret(),
    FEATURE_STORE_NEWS_TOKEN: secret(),
    FEATURE_STORE_LLM_API_KEY: secret(),
    OPENAI_API_KEY: secret(),
    OPENROUTER_API_KEY: secret(),
    "webhook password": secret(),
    "webhook query": secret(),
    "webhook without scheme": secret(),
    "feed query": secret(),
    "venue password": secret(),
    "venue query": secret(),
    "value of the wrong type": secret(),
    "variable of the wrong type": secret(),
    "wrong token": secret()
  }
}

/** Those of the secrets that are environment variables. */
export const variablesOf = (secrets: Secrets): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(secrets).filter(([name]) => /^[A-Z_]+$/u.test(name)))

/** Everything that has been said or written, and where. */
export type Said = Array<readonly [where: string, text: string]>

/** The beginnings of base64 in which a secret may stand, at each of its three places. */
const encoded = (secret: string): ReadonlyArray<string> =>
  [0, 1, 2].map((shift) =>
    // without the characters that depend on what stands before and behind
    Buffer.from(`${"x".repeat(shift)}${secret}`).toString("base64").slice(shift === 0 ? 0 : 4, -4)
  )

/** The places whose secrets a text holds, plain or in base64. */
export const shownIn = (text: string, secrets: Secrets): ReadonlyArray<Place> =>
  places.filter((place) => [secrets[place], ...encoded(secrets[place])].some((form) => text.includes(form)))

/** The secrets that were said, and where. */
export const leaks = (said: Said, secrets: Secrets): ReadonlyArray<string> =>
  said.flatMap(([where, text]) => shownIn(text, secrets).map((place) => `${where} shows the secret of: ${place}`))
