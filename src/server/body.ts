import { Either } from "effect"
import { Buffer, isUtf8 } from "node:buffer"
import type { IncomingMessage } from "node:http"
import { Problem } from "./Problem.js"

const tooLarge = (limit: number) =>
  new Problem({ kind: "content_too_large", detail: `a body may have at most ${limit} bytes` })

/**
 * Collects the body of a request. What is over the limit is refused at once, and what still comes of it is taken off the
 * wire and dropped: a connection that is cut while its client writes would lose the answer. The server's request timeout
 * bounds how long that goes on. `done` is called once, or never where the client leaves.
 */
export const collectBody = (
  request: IncomingMessage,
  limit: number,
  done: (body: Either.Either<Buffer, Problem>) => void
): void => {
  const chunks: Array<Buffer> = []
  let size = 0
  let settled = false
  const settle = (body: Either.Either<Buffer, Problem>) => {
    if (settled) return
    settled = true
    done(body)
  }
  request.on("data", (chunk: Buffer) => {
    size += chunk.length
    if (size <= limit) return void chunks.push(chunk)
    chunks.length = 0
    settle(Either.left(tooLarge(limit)))
  })
  request.on("end", () => settle(Either.right(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks))))
}

/** Refuses a body by the length that its sender announces, before any of it is read. */
export const checkAnnounced = (request: IncomingMessage, limit: number): Problem | undefined =>
  Number(request.headers["content-length"] ?? 0) > limit ? tooLarge(limit) : undefined

/** The levels of arrays and objects within one another; text is not looked into, wrong JSON is counted all the same. */
const depthOf = (json: string): number => {
  let [depth, deepest] = [0, 0]
  let inText = false
  for (let i = 0; i < json.length; i++) {
    const code = json.charCodeAt(i)
    if (inText) {
      if (code === 0x5c) i++
      else if (code === 0x22) inText = false
    } else if (code === 0x22) inText = true
    else if (code === 0x5b || code === 0x7b) deepest = Math.max(deepest, ++depth)
    else if (code === 0x5d || code === 0x7d) depth--
  }
  return deepest
}

const invalid = (detail: string) => Either.left(new Problem({ kind: "invalid_request", detail }))

/** The text of a body. */
export const textOf = (body: Buffer): Either.Either<string, Problem> =>
  isUtf8(body) ? Either.right(body.toString("utf8")) : invalid("the body is not UTF-8")

export const readJson = (text: string, maxDepth: number): Either.Either<unknown, Problem> =>
  // counted first: what reads and checks values of any depth may run out of stack
  depthOf(text) > maxDepth
    ? invalid(`arrays and objects may be nested ${maxDepth} levels deep`)
    : Either.try({
      try: (): unknown => JSON.parse(text),
      catch: () => new Problem({ kind: "invalid_request", detail: "the body is not JSON" })
    })
