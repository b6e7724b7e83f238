import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import { ParseResult, Schema } from "effect"
import { fieldOf } from "../domain/problems.js"

/** What can be wrong with a request, with its HTTP status and a title that is the same each time. */
const kinds = {
  invalid_request: { status: 400, title: "The request is not valid" },
  unknown_reference: { status: 400, title: "There is no such feature" },
  unauthorized: { status: 401, title: "A valid token is needed" },
  forbidden: { status: 403, title: "The token does not allow this" },
  not_found: { status: 404, title: "There is nothing here" },
  method_not_allowed: { status: 405, title: "The method is not allowed here" },
  content_too_large: { status: 413, title: "The body is too large" },
  unsupported_media_type: { status: 415, title: "The content type is not supported" },
  misdirected_request: { status: 421, title: "The request is meant for another host" },
  too_many_requests: { status: 429, title: "Too many requests" },
  internal: { status: 500, title: "The server failed" },
  unavailable: { status: 503, title: "The server cannot answer at present" }
} as const

type ProblemKind = keyof typeof kinds

const isKind = (kind: string): kind is ProblemKind => Object.hasOwn(kinds, kind)

/** One field that was refused: where it is in the request (`features[3].value`), and what would have been accepted. */
const FieldError = Schema.Struct({ field: Schema.String, expected: Schema.String })

/** Why a request was not answered. Says nothing of the server's inside, and holds no value of the request. */
export class Problem extends Schema.TaggedError<Problem>()("Problem", {
  kind: Schema.String.pipe(Schema.filter(isKind)),
  detail: Schema.String,
  errors: Schema.optional(Schema.Array(FieldError)),
  /** seconds after which another attempt may succeed */
  retryAfter: Schema.optional(Schema.Int)
}) {
  override get message(): string {
    return this.detail
  }

  get status(): number {
    return kinds[this.kind].status
  }
}

const prefix = "urn:feature-store:problem:"

/** The problem details object of RFC 9457. */
const ProblemDocument = Schema.Struct({
  type: Schema.TemplateLiteral(prefix, Schema.Literal(...Object.keys(kinds).filter(isKind))),
  title: Schema.String,
  status: Schema.Int,
  detail: Schema.String,
  errors: Schema.optional(Schema.Array(FieldError)),
  retry_after: Schema.optional(Schema.Int)
}).annotations({ identifier: "Problem", description: "Problem details (RFC 9457)" })

export const problemDocument = ({ detail, errors, kind, retryAfter }: Problem): typeof ProblemDocument.Type => ({
  type: `${prefix}${kind}`,
  title: kinds[kind].title,
  status: kinds[kind].status,
  detail,
  errors,
  retry_after: retryAfter
})

export const problemType = "application/problem+json"

/** Problems of one status as they travel: what the server's definition declares, and its client reads. */
export const problemOf = (status: number) =>
  Schema.transformOrFail(
    ProblemDocument,
    Schema.typeSchema(Problem).pipe(Schema.filter((problem) => problem.status === status)),
    {
      strict: true,
      decode: ({ detail, errors, retry_after, type }, _, ast) => {
        const kind = type.slice(prefix.length)
        return isKind(kind)
          ? ParseResult.succeed(new Problem({ kind, detail, errors, retryAfter: retry_after }))
          : ParseResult.fail(new ParseResult.Type(ast, type, "a kind of problem"))
      },
      encode: (problem) => ParseResult.succeed(problemDocument(problem))
    }
  ).pipe(HttpApiSchema.withEncoding({ kind: "Json", contentType: problemType }))

/** All that a client is told of a defect. */
export const internal = new Problem({ kind: "internal", detail: "the request could not be answered" })

export const notFound = new Problem({ kind: "not_found", detail: "no route has this path" })

/** More errors than this are not listed. */
const mostErrors = 20

/** A request that does not fit its schema, by the fields that do not. */
export const invalidRequest = (issues: ReadonlyArray<ParseResult.ArrayFormatterIssue>): Problem => {
  const errors = issues.slice(0, mostErrors).map(({ _tag, message, path }) => ({
    field: fieldOf(path, "(body)").slice(0, 200),
    expected: _tag === "Missing"
      ? "to be present"
      : _tag === "Unexpected"
      ? "no such field"
      // what was there instead is not repeated: it is the sender's, and may be long
      : message.replace(/,? actual .*$/su, "").replace(/^Expected /u, "").slice(0, 300)
  }))
  const [first] = errors
  return new Problem({
    kind: "invalid_request",
    detail: first === undefined ? "the request is not valid" : `${first.field}: expected ${first.expected}`,
    errors
  })
}
