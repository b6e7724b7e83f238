import type { Stream } from "effect"
import type { ServerResponse } from "node:http"
import { type Problem, problemDocument, problemType } from "./Problem.js"

/** An answer, before it is written. */
export interface Reply {
  readonly status: number
  readonly type: string
  readonly body: string | Uint8Array | Stream.Stream<string | Uint8Array>
  /** names and values in turn */
  readonly headers?: ReadonlyArray<string>
}

/** An answer whose body is at hand. */
export interface WholeReply extends Reply {
  readonly body: string | Uint8Array
}

export const jsonReply = (body: string): WholeReply => ({ status: 200, type: "application/json", body })

/** A page may run what it brings along, and nothing else. */
const pagePolicy =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; connect-src 'self'; " +
  "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

export const problemReply = (problem: Problem, headers: ReadonlyArray<string> = []): WholeReply => ({
  status: problem.status,
  type: problemType,
  body: JSON.stringify(problemDocument(problem)),
  headers: problem.retryAfter === undefined ? headers : [...headers, "retry-after", String(problem.retryAfter)]
})

const headersOf = ({ headers, type }: Reply, last: boolean): Array<string> => {
  const all = ["content-type", type, "x-content-type-options", "nosniff", "cache-control", "no-store"]
  if (type.startsWith("text/html")) all.push("content-security-policy", pagePolicy, "referrer-policy", "no-referrer")
  if (last) all.push("connection", "close")
  return headers === undefined ? all : [...all, ...headers]
}

/** Writes a reply whose body is at hand; returns its size in bytes. `last`: the connection ends with it. */
export const writeWhole = (
  response: ServerResponse,
  reply: WholeReply,
  last: boolean
): number => {
  const size = typeof reply.body === "string" ? Buffer.byteLength(reply.body) : reply.body.byteLength
  const headers = headersOf(reply, last)
  headers.push("content-length", String(size))
  response.writeHead(reply.status, headers).end(reply.body)
  return size
}

/** Writes the head of a reply whose body follows. */
export const writeHead = (response: ServerResponse, reply: Reply, last: boolean): void => {
  response.writeHead(reply.status, headersOf(reply, last)).flushHeaders()
}
