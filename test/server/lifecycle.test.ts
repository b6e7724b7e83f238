import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber, Layer, Scope } from "effect"
import { request as httpRequest } from "node:http"
import { connect } from "node:net"
import { join } from "node:path"
import { Ingest } from "../../src/context/Ingest.js"
import { LiveClock } from "../../src/context/LiveClock.js"
import { MarketClock } from "../../src/context/MarketClock.js"
import { opsServer } from "../../src/server/opsServer.js"
import { EventLog } from "../../src/store/EventLog.js"
import * as Telemetry from "../../src/telemetry/Telemetry.js"
import { liveApp } from "../support/apps.js"
import { folder, sqliteStorage } from "../support/storages.js"
import { app, asked, book, eventOf, json, m1, refusalOf, registry, seed, serving, settings } from "./serving.js"

interface Listener {
  readonly status: number
  readonly type: string | undefined
  /** what has come so far */
  readonly read: () => string
  readonly hasEnded: () => boolean
}

/** Reads a stream of events as it comes, until the scope closes. */
const listen = (port: number, path: string) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.async<Listener & { readonly leave: () => void }>((resume) => {
        let [text, ended] = ["", false]
        const request = httpRequest({ port, host: "127.0.0.1", path, agent: false }, (response) => {
          response.setEncoding("utf8").on("data", (chunk: string) => {
            text += chunk
          })
          response.on("close", () => {
            ended = true
          })
          resume(Effect.succeed({
            status: response.statusCode ?? 0,
            type: response.headers["content-type"],
            read: () => text,
            hasEnded: () => ended,
            leave: () => request.destroy()
          }))
        })
        request.on("error", () => undefined)
        request.end()
      }),
      ({ leave }) => Effect.sync(leave)
    ),
    (listener): Listener => listener
  )

/** Returns once something holds; fails after some seconds. */
const until = (holds: () => boolean) =>
  Effect.sleep("20 millis").pipe(
    Effect.repeat({ until: () => holds() }),
    Effect.timeoutFail({ duration: "8 seconds", onTimeout: () => "it never came true" })
  )

const events = (text: string) => text.split("\n\n").filter((part) => part.startsWith("event: vector"))

describe("the stream of a market", () => {
  const path = "/features/m1/stream?features=orderbook.microprice&interval_ms=100"

  it.scopedLive("tells the vector at first and whenever it changes, and shows that it is alive", () =>
    Effect.gen(function*() {
      yield* seed
      const port = yield* serving({ settings: { ...settings, heartbeatSecs: 0.2 } })
      const stream = yield* listen(port, path)
      assert.strictEqual(stream.status, 200)
      assert.strictEqual(stream.type, "text/event-stream")
      yield* until(() => stream.read().includes(": alive\n\n"))
      assert.strictEqual(events(stream.read()).length, 1)
      yield* (yield* Ingest).publish([eventOf(book(500_000, 540_000))])
      yield* until(() => events(stream.read()).length === 2)
      const [first = "", second = ""] = events(stream.read())
      assert.match(first, /^event: vector\nid: 1\ndata: \{"market":"m1",.*"value":0\.405,/)
      assert.match(second, /^event: vector\nid: 2\ndata: \{"market":"m1",.*"value":0\.51,/)
    }).pipe(Effect.provide(app)))

  it.scopedLive("has a place only while there is one, and leaves it", () =>
    Effect.gen(function*() {
      const port = yield* serving({ settings: { ...settings, maxStreams: 1 } })
      const scope = yield* Scope.make()
      assert.strictEqual((yield* Scope.extend(listen(port, path), scope)).status, 200)
      const refused = yield* asked(port, path)
      assert.strictEqual(refused.status, 503)
      assert.strictEqual(refusalOf(refused).detail, "at most 1 streams are open at once")
      assert.strictEqual(refused.headers["retry-after"], "5")
      yield* Scope.close(scope, Exit.void)
      yield* Effect.sleep("200 millis")
      assert.strictEqual((yield* listen(port, path)).status, 200)
      const wrong = yield* asked(port, "/features/m1/stream?features=nothing")
      assert.strictEqual(refusalOf(wrong).type, "urn:feature-store:problem:unknown_reference")
      assert.strictEqual((yield* asked(port, "/features/m1/stream?interval_ms=5")).status, 400)
    }).pipe(Effect.provide(app)))
})

describe("the end of a server", () => {
  it.live("stops accepting, answers what is under way, ends streams and idle connections, within its time", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const ready = yield* Effect.makeLatch(false)
      const slow = Effect.zipRight(ready.open, Effect.as(Effect.sleep("600 millis"), null))
      const port = yield* Scope.extend(serving({ checks: { slow } }), scope)
      const stream = yield* Scope.extend(listen(port, "/features/m1/stream?features=temporal"), yield* Scope.make())
      const idle = connect({ port, host: "127.0.0.1" })
      const answer = yield* Effect.fork(asked(port, "/ready"))
      yield* ready.await
      const [took] = yield* Effect.timed(Scope.close(scope, Exit.void))
      assert.isBelow(Duration.toMillis(took), 5_000)
      const { headers, status } = yield* Fiber.join(answer)
      assert.strictEqual(status, 200)
      assert.strictEqual(headers.connection, "close")
      yield* until(() => stream.hasEnded() && idle.closed)
      const refused = yield* Effect.exit(Effect.sandbox(asked(port, "/health")))
      assert.isTrue(Exit.isFailure(refused))
    }).pipe(Effect.provide(app), Effect.scoped))
})

describe("a server beside a recorder", () => {
  it.scopedLive("serves at once what another process has appended to the database", () =>
    Effect.gen(function*() {
      const file = join(yield* folder, "features.db")
      const own = liveApp(registry).pipe(Layer.provideMerge(sqliteStorage(file)), Layer.provideMerge(Telemetry.layer))
      yield* Effect.gen(function*() {
        const port = yield* serving()
        const price = Effect.map(asked(port, "/features/m1?features=orderbook.microprice"), ({ text }) => text)
        assert.include(yield* price, "MISSING")
        yield* Effect.gen(function*() {
          const log = yield* EventLog
          const clock = yield* MarketClock
          yield* log.append([eventOf(book(400_000, 420_000))], yield* clock.now)
          assert.include(yield* price, "\"value\":0.405,")
          yield* log.append([eventOf(book(500_000, 540_000))], yield* clock.now)
          assert.include(yield* price, "\"value\":0.51,")
        }).pipe(Effect.provide(Layer.provideMerge(LiveClock, sqliteStorage(file))))
      }).pipe(Effect.provide(own))
    }))
})

describe("a server of operations alone", () => {
  it.scopedLive("answers health, readiness and metrics, and nothing else", () =>
    Effect.gen(function*() {
      const { url, port } = yield* opsServer({ settings, checks: { feed: Effect.succeed("no market is followed") } })
      assert.strictEqual(url, `http://127.0.0.1:${port}`)
      assert.strictEqual((yield* asked(port, "/health")).status, 200)
      const ready = yield* asked(port, "/ready")
      assert.strictEqual(ready.status, 503)
      assert.deepStrictEqual(json(ready), { ready: false, checks: { feed: "no market is followed" } })
      const metrics = yield* asked(port, "/metrics")
      assert.match(String(metrics.headers["content-type"]), /^text\/plain; version=0\.0\.4/)
      assert.include(metrics.text, "feature_store_http_connections 1")
      for (const path of [`/features/${m1}`, "/openapi.json", "/docs"]) {
        assert.strictEqual((yield* asked(port, path)).status, 404)
      }
    }).pipe(Effect.provide(Telemetry.layer)))
})
