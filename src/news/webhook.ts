import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import { Effect, Either, Redacted, Schema, Stream } from "effect"
import { createHash, timingSafeEqual } from "node:crypto"
import { InstantFromInput } from "../domain/Instant.js"
import { expectedMarketId, MarketId } from "../domain/MarketId.js"
import { describeProblem, type FieldProblem, showProblem } from "../domain/problems.js"
import type { Deliver, Delivered } from "./delivery.js"
import { documentOf } from "./Document.js"

/** bytes */
const largestBody = 1_048_576
/** What comes beyond it is read and dropped so that the answer arrives, up to so many bytes. */
const largestRest = 16 * largestBody
const slowestBody = "10 seconds"
const mostDocuments = 1_000
/** The source of documents that name none. */
const anySource = "webhook"

const saying = <A, I>(expected: string, schema: Schema.Schema<A, I>) =>
  schema.annotations({ message: () => ({ message: expected, override: true }) })
const text = (most: number) =>
  saying(`text of 1 to ${most} characters`, Schema.String.pipe(Schema.minLength(1), Schema.maxLength(most)))
const maybe = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

const Posted = Schema.Struct({
  id: maybe(text(1_024)),
  source: maybe(text(256)),
  text: maybe(text(largestBody)),
  title: maybe(text(largestBody)),
  summary: maybe(text(largestBody)),
  published_at: maybe(InstantFromInput),
  url: maybe(text(2_048)),
  markets: maybe(saying(`a list of market ids: ${expectedMarketId}`, Schema.Array(MarketId).pipe(Schema.maxItems(100))))
}).annotations({ message: () => "a document, as a JSON object" })
const decode = Schema.decodeUnknownEither(Posted, { onExcessProperty: "error" })

const documentFrom = (input: unknown): Either.Either<Delivered, FieldProblem> =>
  Either.flatMap(
    Either.mapLeft(decode(input), (error) => describeProblem(error, input)),
    ({ id, markets, published_at, source = anySource, summary, text, title, url }) => {
      const document = documentOf({ source, id, title, summary: text ?? summary, url, publishedAt: published_at })
      return document === undefined
        ? Either.left({ field: "text", expected: "text, or title and summary", actual: undefined, hint: undefined })
        : Either.right(markets === undefined ? document : { ...document, markets })
    }
  )

/** The documents of a body: one, or a list. Or which one of them is not as it should be, and why. */
export const postedDocuments = (body: string): Either.Either<ReadonlyArray<Delivered>, string> =>
  Either.try({ try: (): unknown => JSON.parse(body), catch: () => "the body is no JSON" }).pipe(
    Either.flatMap((json) => {
      const all: ReadonlyArray<unknown> = Array.isArray(json) ? json : [json]
      if (all.length > mostDocuments) return Either.left(`at most ${mostDocuments} documents at a time`)
      return Either.all(
        all.map((one, i) =>
          Either.mapLeft(
            documentFrom(one),
            (problem) => `${Array.isArray(json) ? `[${i}].` : ""}${showProblem(problem)}`
          )
        )
      )
    })
  )

const problem = (status: number, title: string, detail?: string, headers: Readonly<Record<string, string>> = {}) =>
  HttpServerResponse.unsafeJson(
    { type: "about:blank", title, status, ...detail === undefined ? {} : { detail } },
    { status, headers, contentType: "application/problem+json" }
  )

const digestOf = (text: string) => createHash("sha256").update(text).digest()

/** The body as text, or the status that refuses it. */
const bodyOf = (request: HttpServerRequest.HttpServerRequest): Effect.Effect<string, 400 | 408 | 413> =>
  Effect.suspend(() => {
    const parts: Array<Uint8Array> = []
    let size = 0
    return Stream.runForEach(request.stream, (part): Effect.Effect<void, 413> => {
      size += part.length
      if (size <= largestBody) parts.push(part)
      return size > largestRest ? Effect.fail(413) : Effect.void
    }).pipe(
      Effect.catchTag("RequestError", () => Effect.fail(400 as const)),
      Effect.flatMap(() =>
        size > largestBody
          ? Effect.fail(413 as const)
          : Effect.try({
            try: () => new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(parts)),
            catch: () => 400 as const
          })
      ),
      Effect.timeoutFail({ duration: slowestBody, onTimeout: () => 408 as const })
    )
  })

const refusals = {
  400: "the body cannot be read as UTF-8",
  408: "the body took too long",
  413: `a body has at most ${largestBody} bytes`
}

/**
 * Takes documents by POST from those who know the token: one as JSON, or a list of them. The answer comes once they are
 * durable in the log, and says how many there were, and of how many markets.
 */
export const newsWebhook = (
  token: Redacted.Redacted,
  deliver: Deliver,
  settled: Effect.Effect<void>
): HttpApp.Default => {
  const expected = digestOf(`Bearer ${Redacted.value(token)}`)
  return Effect.gen(function*() {
    const request = yield* HttpServerRequest.HttpServerRequest
    // digests are of one length, so that the comparison tells nothing of the token
    if (!timingSafeEqual(digestOf(request.headers["authorization"] ?? ""), expected)) {
      return problem(401, "the token is missing or wrong", undefined, { "www-authenticate": "Bearer" })
    }
    if (request.method !== "POST") return problem(405, "documents are sent by POST", undefined, { allow: "POST" })
    const body = yield* Effect.either(bodyOf(request))
    if (Either.isLeft(body)) return problem(body.left, refusals[body.left])
    const documents = postedDocuments(body.right)
    if (Either.isLeft(documents)) return problem(400, "a document cannot be taken", documents.left)
    const delivery = yield* deliver(documents.right)
    yield* settled
    return HttpServerResponse.unsafeJson(delivery)
  })
}
