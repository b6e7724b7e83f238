import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { Clock, Effect, Either, Option, Schema } from "effect"
import { exchange, type Reply } from "../http/exchange.js"
import { parseRetryAfter } from "../http/retryAfter.js"
import { feedMetrics } from "../telemetry/feedMetrics.js"
import type { Document } from "./Document.js"
import { feedDocuments, feedText } from "./feedDocuments.js"

/** A poll that gave nothing. It holds nothing of what was said. */
export class PollFailed extends Schema.TaggedError<PollFailed>()("PollFailed", {
  /** in words for a user */
  problem: Schema.String,
  /** ms that the feed asks to be left alone for */
  retryAfter: Schema.optional(Schema.Number)
}) {}

const limits = { timeout: "30 seconds", mostBytes: 4 * 1_048_576 } as const
const mostRedirects = 5
/** ms */
const longestPause = 86_400_000

/** What lets a feed say that nothing has changed, for the address that gave it. */
interface Validators {
  readonly url: string
  readonly etag: string | undefined
  readonly lastModified: string | undefined
}

const headersFor = (url: string, known: Validators | undefined): Readonly<Record<string, string>> => ({
  accept: "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.1",
  "accept-encoding": "identity",
  "user-agent": "polysniper-feature-store",
  ...known?.url === url && known.etag !== undefined ? { "if-none-match": known.etag } : {},
  ...known?.url === url && known.lastModified !== undefined ? { "if-modified-since": known.lastModified } : {}
})

const isPermanent = (status: number): boolean => status === 301 || status === 308
const isRedirect = (status: number): boolean => isPermanent(status) || [302, 303, 307].includes(status)

const targetOf = ({ headers }: Reply, from: string): Option.Option<string> =>
  Option.fromNullable(headers["location"]).pipe(
    Option.flatMap((location) => Option.liftThrowable(() => new URL(location, from))()),
    Option.filter(({ protocol }) => protocol === "http:" || protocol === "https:"),
    Option.map(({ href }) => href)
  )

/** One feed, polled: asked for what has changed only, and followed to where it has moved. */
export const makeFeedReader = Effect.fnUntraced(function*(source: string, address: string) {
  const http = yield* HttpClient.HttpClient
  const metrics = yield* feedMetrics
  let url = address
  let validators: Validators | undefined = undefined

  const failed = (problem: string, reply?: Reply) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const asked = Option.flatMap(
        Option.fromNullable(reply?.headers["retry-after"]),
        (header) => parseRetryAfter(header, now)
      )
      return new PollFailed({
        problem,
        ...(Option.isSome(asked) ? { retryAfter: Math.min(asked.value, longestPause) } : {})
      })
    })

  const read = (from: string, reply: Reply): Effect.Effect<ReadonlyArray<Document>, PollFailed> =>
    Either.match(feedDocuments(source, feedText(reply.body, reply.headers["content-type"])), {
      onLeft: (problem) => {
        metrics.refused.inc({ source, reason: "feed" })
        return failed(problem)
      },
      onRight: (documents) => {
        // only what could be read may be said to be unchanged
        validators = { url: from, etag: reply.headers["etag"], lastModified: reply.headers["last-modified"] }
        return Effect.succeed(documents)
      }
    })

  const ask = (
    from: string,
    redirects: number,
    isMoved: boolean
  ): Effect.Effect<ReadonlyArray<Document>, PollFailed> =>
    exchange(http, HttpClientRequest.get(from, { headers: headersFor(from, validators) }), limits).pipe(
      Effect.catchAll(({ detail }) => failed(detail)),
      Effect.flatMap((reply) => {
        metrics.bytes.inc({ source }, reply.body.length)
        const { status } = reply
        if (isRedirect(status)) {
          const target = targetOf(reply, from)
          if (Option.isNone(target) || redirects === mostRedirects) return failed("it redirects to nowhere")
          // an address that has moved for good is asked where it is now, from the next poll on
          const stillMoved = isMoved && isPermanent(status)
          if (stillMoved) url = target.value
          return ask(target.value, redirects + 1, stillMoved)
        }
        if (status === 304) return Effect.succeed([])
        return status === 200 ? read(from, reply) : failed(`it answers ${status}`, reply)
      })
    )

  return {
    /** The documents of the feed; none where it has not changed. */
    poll: Effect.suspend(() => ask(url, 0, true))
  }
})
