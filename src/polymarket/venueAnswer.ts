import { Effect, Option } from "effect"
import type { ExchangeFailed, Reply } from "../http/exchange.js"

/** What became of an attempt that gave no answer. It holds nothing of what was asked or said. */
export interface Miss {
  /** absent where there was no reply at all */
  readonly status: number | undefined
  readonly problem: string
  /** whether another attempt may fare better */
  readonly mayPass: boolean
  readonly retryAfter: string | undefined
}

/** There was no reply, or no end to it. */
export const unanswered = ({ detail, problem }: ExchangeFailed): Miss => ({
  status: undefined,
  problem: detail,
  mayPass: problem !== "too_large" && problem !== "bad_request",
  retryAfter: undefined
})

const isTemporary = (status: number): boolean => status >= 500 || [408, 425, 429].includes(status)

const refusal = (status: number): string => {
  if (status === 429) return "too many requests"
  if (status >= 500) return "the venue is in trouble"
  return status >= 300 && status < 400 ? "the venue is somewhere else" : "the venue refuses this"
}

const parsed = ({ body }: Reply): Option.Option<unknown> => {
  try {
    return Option.some(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)))
  } catch {
    return Option.none()
  }
}

/** The venue's own words for something that is not there; what else answers 404 is not the venue. */
const saysSo = (json: Option.Option<unknown>): boolean =>
  Option.exists(json, (answer) => typeof answer === "object" && answer !== null && "error" in answer)

/** The JSON of a reply; none where the venue says that there is no such thing. */
export const answerOf = (reply: Reply): Effect.Effect<Option.Option<unknown>, Miss> => {
  const { headers, status } = reply
  const miss = (problem: string, mayPass: boolean) =>
    Effect.fail<Miss>({ status, problem, mayPass, retryAfter: headers["retry-after"] })
  if (status === 404) {
    return saysSo(parsed(reply)) ? Effect.succeedNone : miss("there is nothing at this address", false)
  }
  if (status < 200 || status >= 300) return miss(refusal(status), isTemporary(status))
  const json = parsed(reply)
  // a body that is no JSON comes from whatever stands before the venue, and may be whole next time
  return Option.isSome(json) ? Effect.succeed(json) : miss("the answer is no JSON", true)
}
