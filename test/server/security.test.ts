import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger, Option } from "effect"
import { connect } from "node:net"
import type { Answered } from "../../src/server/gate.js"
import { Telemetry } from "../../src/telemetry/Telemetry.js"
import {
  type Answer,
  app,
  type Ask,
  asked,
  m1,
  readToken,
  refusalOf,
  seed,
  serving,
  settings,
  tokens,
  writeToken
} from "./serving.js"

interface Probe extends Ask {
  readonly path: string
  readonly needs: "open" | "read" | "write"
}

const push = JSON.stringify({
  features: [{ market: m1, feature: "forecast.win", version: "2.0", timestamp: "2026-07-12T00:00:00Z", value: 1 }]
})

/** Every route there is, as it is rightly asked. */
const probes: ReadonlyArray<Probe> = [
  { path: "/health", needs: "open" },
  { path: "/ready", needs: "open" },
  { path: "/metrics", needs: "read" },
  { path: "/registry", needs: "read" },
  { path: "/lineage", needs: "read" },
  { path: "/openapi.json", needs: "read" },
  { path: "/docs", needs: "read" },
  { path: "/features/m1", needs: "read" },
  { path: "/features", needs: "read", body: "{\"markets\":[\"m1\"]}" },
  {
    path: "/get-online-features",
    needs: "read",
    body: "{\"entities\":{\"market\":[\"m1\"]}, \"features\":[\"market\"]}"
  },
  { path: "/push", needs: "write", body: push }
]

const statuses = (port: number, token: string | undefined) =>
  Effect.forEach(
    probes,
    (probe) => Effect.map(asked(port, probe.path, { ...probe, token }), ({ status }) => `${probe.path} ${status}`)
  )

const expected = (statusOf: (probe: Probe) => number) => probes.map((probe) => `${probe.path} ${statusOf(probe)}`)

/** What a server says to raw bytes, until it or we have had enough. */
const raw = (port: number, text: string, millis = 3_000) =>
  Effect.async<string>((resume) => {
    const chunks: Array<string> = []
    const socket = connect({ port, host: "127.0.0.1" })
    const done = () => {
      socket.destroy()
      resume(Effect.succeed(chunks.join("")))
    }
    socket.setEncoding("latin1").on("data", (chunk: string) => chunks.push(chunk))
    socket.on("close", done).on("error", done).setTimeout(millis, done)
    socket.write(text, "latin1")
  })

const problem = (answer: Answer, status: number, kind: string) => {
  assert.strictEqual(answer.status, status, answer.text)
  assert.strictEqual(answer.headers["content-type"], "application/problem+json")
  assert.strictEqual(answer.headers["x-content-type-options"], "nosniff")
  const refusal = refusalOf(answer)
  assert.strictEqual(refusal.status, status)
  assert.strictEqual(refusal.type, `urn:feature-store:problem:${kind}`)
  return refusal
}

describe("tokens", () => {
  it.scopedLive("without one, every route answers on loopback", () =>
    Effect.gen(function*() {
      const port = yield* serving()
      assert.deepStrictEqual(yield* statuses(port, undefined), expected(() => 200))
    }).pipe(Effect.provide(app)))

  it.scopedLive("where they are set, every route but health and readiness needs one of the right scope", () =>
    Effect.gen(function*() {
      const port = yield* serving({ tokens })
      for (const wrong of [undefined, "", "wrong", `${readToken}x`, readToken.slice(1), readToken.toUpperCase()]) {
        assert.deepStrictEqual(yield* statuses(port, wrong), expected(({ needs }) => needs === "open" ? 200 : 401))
      }
      assert.deepStrictEqual(yield* statuses(port, readToken), expected(({ needs }) => needs === "write" ? 403 : 200))
      assert.deepStrictEqual(yield* statuses(port, writeToken), expected(() => 200))
      const unknown = problem(yield* asked(port, "/features/m1"), 401, "unauthorized")
      assert.include(unknown.detail, "Authorization: Bearer")
      assert.match(String((yield* asked(port, "/features/m1")).headers["www-authenticate"]), /^Bearer /)
      const narrow = yield* asked(port, "/push", { body: push, token: readToken })
      problem(narrow, 403, "forbidden")
      assert.include(String(narrow.headers["www-authenticate"]), "insufficient_scope")
      // which paths there are is told to nobody either
      problem(yield* asked(port, "/nothing"), 401, "unauthorized")
      problem(
        yield* asked(port, "/features/m1", { headers: { authorization: `Basic ${readToken}` } }),
        401,
        "unauthorized"
      )
    }).pipe(Effect.provide(app)))

  it.scopedLive("with a reading one alone nobody may push; with a writing one alone it also reads", () =>
    Effect.gen(function*() {
      const reading = yield* serving({ tokens: { ...tokens, write: Option.none() } })
      const writing = yield* serving({ tokens: { ...tokens, read: Option.none() } })
      assert.deepStrictEqual(
        yield* statuses(reading, readToken),
        expected(({ needs }) => needs === "write" ? 403 : 200)
      )
      assert.deepStrictEqual(
        yield* statuses(reading, writeToken),
        expected(({ needs }) => needs === "open" ? 200 : 401)
      )
      assert.deepStrictEqual(yield* statuses(writing, writeToken), expected(() => 200))
    }).pipe(Effect.provide(app)))

  it.scopedLive("an address that others reach is refused without one", () =>
    Effect.gen(function*() {
      for (const host of ["0.0.0.0", "::", "192.168.1.7", "example.org", "127.0.0.1.example.org"]) {
        const failure = yield* Effect.flip(serving({ settings: { ...settings, host } }))
        assert.strictEqual(failure._tag, "UnprotectedAddress")
      }
      const port = yield* serving({ settings: { ...settings, host: "0.0.0.0" }, tokens })
      assert.strictEqual((yield* asked(port, "/health")).status, 200)
    }).pipe(Effect.provide(app)))

  it.scopedLive("a page elsewhere cannot let its own name mean this machine", () =>
    Effect.gen(function*() {
      const port = yield* serving()
      const from = (host: string) => asked(port, "/features/m1", { headers: { host } })
      problem(yield* from("evil.example:8787"), 421, "misdirected_request")
      problem(yield* from("127.0.0.1.evil.example"), 421, "misdirected_request")
      for (const host of ["localhost:1", "127.0.0.1", "[::1]:8787"]) assert.strictEqual((yield* from(host)).status, 200)
      const { headers } = yield* asked(port, "/features/m1", { headers: { origin: "https://evil.example" } })
      assert.notProperty(headers, "access-control-allow-origin")
    }).pipe(Effect.provide(app)))

  it.scopedLive("they are in no answer, log line or metric", () => {
    const lines: Array<string> = []
    const answered: Array<Answered> = []
    return Effect.gen(function*() {
      const port = yield* serving({
        tokens,
        onAnswered: (one) => answered.push(one),
        checks: { broken: Effect.die(new Error("on purpose")) }
      })
      const texts: Array<string> = []
      for (const token of [readToken, writeToken, `${writeToken}x`]) {
        for (const probe of [...probes, { path: `/features/m1?features=nope&token=${token}`, needs: "read" }]) {
          const { headers, text } = yield* asked(port, probe.path, { ...probe, token })
          texts.push(text, JSON.stringify(headers))
        }
      }
      const metrics = yield* Effect.flatMap(Telemetry, (all) => Effect.promise(() => all.metrics()))
      for (const said of [...texts, ...lines, JSON.stringify(answered), metrics]) {
        for (const secret of [readToken, writeToken]) assert.notInclude(said, secret)
      }
      assert.isAbove(answered.length, 30)
    }).pipe(
      Effect.provide(Layer.merge(
        app,
        Logger.replace(Logger.defaultLogger, Logger.map(Logger.logfmtLogger, (line) => void lines.push(line)))
      ))
    )
  })
})

describe("bodies", () => {
  const limits = { ...settings, maxBodyBytes: 10_000 }

  it.scopedLive("over the limit are answered with 413, announced or not, and the connection lives on", () =>
    Effect.gen(function*() {
      const port = yield* serving({ settings: limits })
      const body = JSON.stringify({ markets: ["m1"], features: ["x".repeat(20_000)] })
      problem(yield* asked(port, "/features", { body }), 413, "content_too_large")
      problem(yield* asked(port, "/push", { body: " ".repeat(5_000_000) }), 413, "content_too_large")
      const chunked = { body, headers: { "transfer-encoding": "chunked" } }
      problem(yield* asked(port, "/features", chunked), 413, "content_too_large")
      // the rest of the body is taken off the wire, and the next request on the connection answered
      const head =
        `POST /features HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`
      const both = yield* raw(
        port,
        `${head}${body}GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`
      )
      assert.match(both, /^HTTP\/1\.1 413 [\s\S]*HTTP\/1\.1 200 /)
      // who asks first is told before sending anything
      const asking = yield* raw(port, head.replace("\r\n\r\n", "\r\nexpect: 100-continue\r\n\r\n"), 500)
      assert.match(asking, /^HTTP\/1\.1 413 /)
      const small = "{\"markets\":[\"m1\"]}"
      const allowed = yield* raw(
        port,
        `POST /features HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nexpect: 100-continue\r\nconnection: close\r\ncontent-length: ${small.length}\r\n\r\n${small}`
      )
      assert.match(allowed, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /)
    }).pipe(Effect.provide(app)))

  it.scopedLive("that are too deep, no JSON, no UTF-8, compressed or of another type are refused", () =>
    Effect.gen(function*() {
      const port = yield* serving()
      for (const path of ["/features", "/get-online-features", "/push"]) {
        const deep = `{"markets":${"[".repeat(100_000)}${"]".repeat(100_000)}}`
        assert.include(problem(yield* asked(port, path, { body: deep }), 400, "invalid_request").detail, "32 levels")
        problem(yield* asked(port, path, { body: "{" }), 400, "invalid_request")
        problem(yield* asked(port, path, { body: "" }), 400, "invalid_request")
        problem(yield* asked(port, path, { body: "null" }), 400, "invalid_request")
        problem(yield* asked(port, path, { body: "{\"__proto__\":{\"markets\":[\"m1\"]}}" }), 400, "invalid_request")
        const encoded = { body: "{}", headers: { "content-encoding": "gzip" } }
        problem(yield* asked(port, path, encoded), 415, "unsupported_media_type")
        const head =
          `POST ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\n`
        assert.include(yield* raw(port, `${head}content-length: 2\r\n\r\n\xff\xfe`), "not UTF-8")
        if (path === "/get-online-features") continue
        for (
          const type of [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/jsonp"
          ]
        ) {
          const answer = yield* asked(port, path, { body: "{}", headers: { "content-type": type } })
          problem(answer, 415, "unsupported_media_type")
        }
      }
      const body = "{\"markets\":[\"m1\"]}"
      const typed = { body, headers: { "content-type": "application/json; charset=utf-8" } }
      assert.strictEqual((yield* asked(port, "/features", typed)).status, 200)
    }).pipe(Effect.provide(app)))
})

describe("bodies with thousands of mistakes", () => {
  it.scopedLive("are refused for the first of them: to list all would keep everybody else waiting", () =>
    Effect.gen(function*() {
      const port = yield* serving()
      const many = (item: string, size = 900_000) => Array.from({ length: size / (item.length + 1) }, () => item).join()
      const fields = (size: number) => Array.from({ length: size / 10 }, (_, i) => `k${String(i).padStart(5, "0")}`)
      const bodies = [
        ["/features", `{"markets":[${many("1")}]}`],
        ["/features", `{"markets":["m1"],"features":[${many("\"\"")}]}`],
        ["/features", `{${fields(900_000).map((name) => `"${name}":1`).join()}}`],
        ["/get-online-features", `{"entities":{"market":[${many("1")}]}}`],
        ["/get-online-features", `{"entities":{${fields(900_000).map((name) => `"${name}":1`).join()}}}`],
        ["/push", `{"features":[${many("{}")}]}`],
        ["/push", `{"features":[{${fields(900_000).map((name) => `"${name}":1`).join()}}]}`]
      ] as const
      for (const [path, body] of bodies) {
        const answer = yield* asked(port, path, { body })
        assert.strictEqual(answer.status, 400, path)
        assert.lengthOf(refusalOf(answer).errors ?? [], 1, `${path} ${body.slice(0, 40)}`)
      }
      // of a short one each is named
      const short = yield* asked(port, "/push", { body: "{\"features\":[{},{}]}" })
      assert.lengthOf(refusalOf(short).errors ?? [], 10)
    }).pipe(Effect.provide(app)))
})

describe("requests", () => {
  it.scopedLive("by another method are told which ones there are; HEAD is GET without a body", () =>
    Effect.gen(function*() {
      const port = yield* serving()
      const put = yield* asked(port, "/features", { method: "PUT", body: "{}" })
      problem(put, 405, "method_not_allowed")
      assert.strictEqual(put.headers.allow, "POST")
      const options = yield* asked(port, "/features/m1", { method: "OPTIONS" })
      problem(options, 405, "method_not_allowed")
      assert.strictEqual(options.headers.allow, "GET, HEAD")
      for (const path of ["/health", "/features/m1?features=market"]) {
        const head = yield* asked(port, path, { method: "HEAD" })
        assert.strictEqual(head.status, 200)
        assert.strictEqual(head.text, "")
      }
      for (
        const path of [
          "/nothing",
          "/features/",
          "/features/a/b",
          "//features/m1",
          "/features/../stream",
          "/.git/config"
        ]
      ) {
        problem(yield* asked(port, path), 404, "not_found")
      }
      assert.include(
        (yield* asked(port, "/features/..%2F..%2Fetc%2Fpasswd?features=market")).text,
        "\"market\":\"../../etc/passwd\""
      )
    }).pipe(Effect.provide(app)))

  it.scopedLive("that are malformed, slow or half sent end with a status or the connection, and hurt nobody else", () =>
    Effect.gen(function*() {
      const hurried = { ...settings, headersTimeoutSecs: 0.3, requestTimeoutSecs: 0.6 }
      const port = yield* serving({ settings: hurried })
      assert.match(yield* raw(port, "NONSENSE\r\n\r\n"), /^HTTP\/1\.1 400 /)
      assert.match(yield* raw(port, "GET /health HTTP/1.1\r\n\r\n"), /^HTTP\/1\.1 400 /)
      assert.match(
        yield* raw(port, `GET /health HTTP/1.1\r\nhost: localhost\r\nx: ${"y".repeat(40_000)}\r\n\r\n`),
        /^HTTP\/1\.1 431 /
      )
      const twice = "content-length: 2\r\ncontent-length: 3\r\n"
      assert.match(yield* raw(port, `POST /features HTTP/1.1\r\nhost: localhost\r\n${twice}\r\n{}`), /^HTTP\/1\.1 400 /)
      const [headers, body] = yield* Effect.all([
        raw(port, "GET /health HTTP/1.1\r\nhost: loc"),
        raw(
          port,
          "POST /features HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{"
        )
      ], { concurrency: 2 })
      assert.match(headers, /^HTTP\/1\.1 408 /)
      assert.match(body, /^HTTP\/1\.1 408 /)
      assert.strictEqual((yield* asked(port, "/health")).status, 200)
    }).pipe(Effect.provide(app)))

  it.scopedLive("that come too often wait, each client by itself", () =>
    Effect.gen(function*() {
      const port = yield* serving({ tokens, settings: { ...settings, rateLimitPerSec: 2 } })
      const burst = (token: string | undefined) =>
        Effect.map(
          Effect.forEach([1, 2, 3, 4, 5, 6], () => asked(port, "/registry", { token })),
          (answers) => answers.filter(({ status }) => status === 429)
        )
      const [limited] = yield* burst(readToken)
      assert.isDefined(limited)
      const refusal = problem(limited, 429, "too_many_requests")
      assert.strictEqual(limited.headers["retry-after"], "1")
      assert.strictEqual(refusal.retry_after, 1)
      assert.strictEqual((yield* asked(port, "/registry", { token: writeToken })).status, 200)
      // guessing tokens is asking too
      assert.isAbove((yield* burst("guess")).length, 0)
      yield* Effect.sleep("1100 millis")
      assert.strictEqual((yield* asked(port, "/registry", { token: readToken })).status, 200)
    }).pipe(Effect.provide(app)))

  it.scopedLive("on more connections than allowed are told so", () =>
    Effect.gen(function*() {
      const port = yield* serving({ settings: { ...settings, maxConnections: 3 } })
      const held = Array.from({ length: 3 }, () => connect({ port, host: "127.0.0.1" }))
      yield* Effect.sleep("100 millis")
      const refused = yield* asked(port, "/health")
      problem(refused, 503, "unavailable")
      assert.strictEqual(refused.headers.connection, "close")
      for (const socket of held) socket.destroy()
      yield* Effect.sleep("100 millis")
      assert.strictEqual((yield* asked(port, "/health")).status, 200)
    }).pipe(Effect.provide(app)))

  it.scopedLive("leave nothing of the server's inside in their answers", () =>
    Effect.gen(function*() {
      yield* seed
      const port = yield* serving()
      for (
        const path of [
          "/features/m1?features=%00",
          "/features/m1?features=a,b,c",
          "/features/%F0%28",
          "/lineage?format=x"
        ]
      ) {
        const { text } = yield* asked(port, path)
        assert.notMatch(text, /node_modules|\.ts:|\bat .+:\d+|Error:|_tag/)
      }
    }).pipe(Effect.provide(app)))
})
