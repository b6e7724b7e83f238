import { Effect } from "effect"
import { connect } from "node:net"

const methods = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "PURGE"]
const paths = [
  "/features/m1",
  "/features",
  "/get-online-features",
  "/push",
  "/registry",
  "/lineage",
  "/health",
  "/ready",
  "/features/%00",
  "/features/%2e%2e%2f%2e%2e",
  "/features/%ff",
  "/features/m1/",
  "//",
  "/\\..\\..",
  "/features/" + "m".repeat(300),
  "/__proto__",
  "/constructor/prototype",
  "http://localhost/health",
  "*"
]
const scalars = [
  "null",
  "1e999",
  "-0",
  "\"\"",
  "\"m1\"",
  "\"\\ud800\"",
  "true",
  "[]",
  "{}",
  "9007199254740993",
  "0.1",
  "\"a:b:c\"",
  "{\"__proto__\":1}"
]
const names = [
  "markets",
  "features",
  "feature_service",
  "at",
  "entities",
  "market",
  "full_feature_names",
  "__proto__",
  "toString",
  "value",
  "timestamp",
  "version",
  "feature"
]

const good = [
  "{\"markets\":[\"m1\",\"m2\"],\"features\":[\"orderbook\"]}",
  "{\"entities\":{\"market\":[\"m1\"]},\"features\":[\"orderbook:microprice\"]}",
  "{\"features\":[{\"market\":\"m1\",\"feature\":\"forecast.win\",\"version\":\"2.0\",\"timestamp\":1783715146000,\"value\":1}]}"
]

/** Requests as bytes, well framed or not, some of them with a token that the server takes. */
export const fuzzedRequests = (random: () => number, token: string): () => string => {
  const below = (most: number) => Math.floor(random() * most)
  const one = <A>(choices: ReadonlyArray<A>, fallback: A): A => choices[below(choices.length)] ?? fallback
  const bytes = (length: number) => String.fromCharCode(...Array.from({ length }, () => below(256)))

  /** Text that is almost what a route takes. */
  const value = (depth: number): string => {
    const kind = below(depth > 6 ? 2 : 6)
    if (kind < 2) return one(scalars, "0")
    const parts = Array.from({ length: below(4) }, () => value(depth + 1))
    return kind < 4
      ? `[${parts.join(",")}]`
      : `{${parts.map((part) => `${JSON.stringify(one(names, "x"))}:${part}`).join(",")}}`
  }

  /** A right body with a few bytes changed, taken away or put in. */
  const mutated = (text: string): string => {
    let out = text
    for (let i = below(4); i >= 0; i--) {
      const place = below(out.length)
      const put = one(["", "\"", "}", "[", ",", "\u0000", "\\", "9", bytes(1)], "")
      out = out.slice(0, place) + put + out.slice(place + below(3))
    }
    return out
  }

  const body = () =>
    one([
      value(0),
      mutated(one(good, "")),
      one(good, ""),
      bytes(below(200)),
      "[".repeat(below(2_000)),
      " ".repeat(below(30_000))
    ], "")

  const header = () =>
    one([
      "content-type: application/json",
      "content-type: text/html",
      "content-encoding: br",
      `authorization: Bearer ${token}`,
      `authorization: Bearer ${bytes(20).replace(/[^!-~]/gu, "x")}`,
      "expect: 100-continue",
      "traceparent: 00-zz-zz-zz",
      `x-${below(100)}: ${"y".repeat(below(500))}`,
      "cookie: a=b",
      "range: bytes=0-1"
    ], "")

  const query = () =>
    one([
      "",
      "",
      "?features=orderbook",
      "?features=,,",
      "?at=1",
      "?at=1783715146000",
      "?%",
      "?features[]=a&__proto__=b",
      `?${"a=b&".repeat(50)}`
    ], "")

  /** One request as bytes, well framed or not. */
  const fuzzed = (): string => {
    const text = body()
    const frame = one([
      `content-length: ${text.length}\r\n\r\n${text}`,
      `content-length: ${text.length}\r\n\r\n${text}`,
      `content-length: ${text.length}\r\n\r\n${text}`,
      `transfer-encoding: chunked\r\n\r\n${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`,
      "\r\n",
      `content-length: ${below(20) - 5}\r\n\r\n${text}`,
      `transfer-encoding: chunked\r\n\r\nzz\r\n${text}`,
      `content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n${text}`
    ], "\r\n")
    const authorised = below(4) === 0 ? "" : `authorization: Bearer ${token}\r\ncontent-type: application/json\r\n`
    const headers = Array.from({ length: below(3) }, () => `${header()}\r\n`).join("")
    return `${one(methods, "GET")} ${
      one(paths, "/")
    }${query()} HTTP/1.1\r\nhost: localhost\r\n${authorised}${headers}${frame}`
  }

  return fuzzed
}

/** What a server may say to such requests. */
export const allowed = new Set([100, 200, 400, 401, 403, 404, 405, 408, 413, 415, 417, 431, 501])

/** Sends requests one after the other, on a new connection whenever the last one is over or says nothing more. */
export const client = (port: number, count: number, fuzzed: () => string) =>
  Effect.async<ReadonlyMap<number, number>>((resume) => {
    const seen = new Map<number, number>()
    let left = count
    const next = () => {
      if (left-- === 0) return resume(Effect.succeed(seen))
      const socket = connect({ port, host: "127.0.0.1" })
      let text = ""
      const heard = () => {
        const status = Number(/HTTP\/1\.1 (\d{3})/u.exec(text.replace(/^HTTP\/1\.1 100 [^]*?\r\n\r\n/u, ""))?.[1] ?? 0)
        seen.set(status, (seen.get(status) ?? 0) + 1)
      }
      socket.setEncoding("latin1").on("data", (chunk: string) => {
        text += chunk
        if (/HTTP\/1\.1 (?!100)\d{3}[^]*\r\n\r\n/u.test(text)) socket.end()
      })
      // half a request gets no answer before its time is up: we have seen that it does no harm
      socket.setTimeout(150, () => socket.destroy())
      socket.on("error", () => undefined)
      socket.on("close", () => {
        heard()
        next()
      })
      socket.write(fuzzed(), "latin1")
    }
    next()
  })
