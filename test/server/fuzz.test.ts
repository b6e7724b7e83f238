import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { connect } from "node:net"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { seeded } from "../../src/audit/random.js"
import type { Answered } from "../../src/server/gate.js"
import { app, asked, json, seed, serving, settings, tokens, writeToken } from "./serving.js"

const requests = 10_000
const connections = 20
const random = seeded(20_260_713)
const below = (most: number) => Math.floor(random() * most)
const one = <A>(choices: ReadonlyArray<A>, fallback: A): A => choices[below(choices.length)] ?? fallback

const bytes = (length: number) => String.fromCharCode(...Array.from({ length }, () => below(256)))

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

/** Text that is almost what a route takes. */
const value = (depth: number): string => {
  const kind = below(depth > 6 ? 2 : 6)
  if (kind < 2) return one(scalars, "0")
  const parts = Array.from({ length: below(4) }, () => value(depth + 1))
  return kind < 4
    ? `[${parts.join(",")}]`
    : `{${parts.map((part) => `${JSON.stringify(one(names, "x"))}:${part}`).join(",")}}`
}

const good = [
  "{\"markets\":[\"m1\",\"m2\"],\"features\":[\"orderbook\"]}",
  "{\"entities\":{\"market\":[\"m1\"]},\"features\":[\"orderbook:microprice\"]}",
  "{\"features\":[{\"market\":\"m1\",\"feature\":\"forecast.win\",\"version\":\"2.0\",\"timestamp\":1783715146000,\"value\":1}]}"
]

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
    `authorization: Bearer ${writeToken}`,
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
  const token = below(4) === 0 ? "" : `authorization: Bearer ${writeToken}\r\ncontent-type: application/json\r\n`
  const headers = Array.from({ length: below(3) }, () => `${header()}\r\n`).join("")
  return `${one(methods, "GET")} ${one(paths, "/")}${query()} HTTP/1.1\r\nhost: localhost\r\n${token}${headers}${frame}`
}

const allowed = new Set([100, 200, 400, 401, 403, 404, 405, 408, 413, 415, 417, 431, 501])

/** Sends requests one after the other, on a new connection whenever the last one is over or says nothing more. */
const client = (port: number, count: number) =>
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

setFlagsFromString("--expose-gc")
const collect: unknown = runInNewContext("gc")

/** Bytes in use once what nobody holds has been collected. */
const heap = () => {
  if (typeof collect === "function") Reflect.apply(collect, undefined, [])
  return process.memoryUsage().heapUsed
}

describe("a server that is asked anything", () => {
  it.scopedLive("gives a fitting status to 10,000 wild requests, goes on serving, and keeps its memory", () => {
    const answered: Array<number> = []
    const onAnswered = ({ status }: Answered) => void answered.push(status)
    return Effect.gen(function*() {
      yield* seed
      const port = yield* serving({
        tokens,
        onAnswered,
        settings: { ...settings, maxBodyBytes: 20_000, rateLimitPerSec: 1_000_000 }
      })
      const burst = (count: number) =>
        Effect.forEach(Array.from({ length: connections }), () => client(port, count / connections), {
          concurrency: connections
        })
      yield* burst(requests / 5)
      const before = heap()
      const counts = yield* burst(requests * 4 / 5)
      const statuses = new Map<number, number>()
      for (const own of counts) {
        for (const [status, count] of own) statuses.set(status, (statuses.get(status) ?? 0) + count)
      }
      for (const status of statuses.keys()) {
        // 0: a request that was not finished, and so not answered
        assert.isTrue(status === 0 || allowed.has(status), `${status} of ${JSON.stringify([...statuses])}`)
      }
      assert.notInclude(answered, 500)
      for (const status of [200, 400, 401, 404, 405, 413, 415]) {
        assert.isAbove(statuses.get(status) ?? 0, 0, `${status}`)
      }
      const fine = yield* asked(port, "/features/m1?features=orderbook.microprice", { token: writeToken })
      assert.include(JSON.stringify(json(fine)), "\"value\":0.405")
      assert.isBelow(heap() - before, 10_000_000)
    }).pipe(Effect.provide(app))
  })
})
