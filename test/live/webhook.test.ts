import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Logger, LogLevel, Redacted, Scope } from "effect"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { webhook } from "../../src/live/webhook.js"

interface Received {
  readonly body: string
  readonly authorization: string | undefined
  readonly contentType: string | undefined
}

/** A server that notes what it is posted and answers with these codes in turn, then with 204. */
const receiver = (codes: ReadonlyArray<number>) =>
  Effect.acquireRelease(
    Effect.async<
      { readonly url: string; readonly received: Array<Received>; readonly server: ReturnType<typeof createServer> }
    >(
      (resume) => {
        const received: Array<Received> = []
        const answers = [...codes]
        const server = createServer((request, response) => {
          const parts: Array<string> = []
          request.setEncoding("utf8").on("data", (part: string) => parts.push(part)).on("end", () => {
            const { authorization, "content-type": contentType } = request.headers
            received.push({ body: parts.join(""), authorization, contentType })
            response.writeHead(answers.shift() ?? 204).end()
          })
        })
        server.listen(0, "127.0.0.1", () => {
          const address = server.address()
          const port = (address: AddressInfo | string | null) =>
            typeof address === "object" && address !== null ? address.port : 0
          resume(Effect.succeed({ url: `http://127.0.0.1:${port(address)}/signals`, received, server }))
        })
      }
    ),
    ({ server }) => Effect.sync(() => server.close().closeAllConnections())
  )

const until = (isDone: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => isDone() ? Effect.void : Effect.zipRight(Effect.sleep("5 millis"), until(isDone)))

describe("webhook", () => {
  it.live(
    "posts each line once it is its turn, in order, tries again what fails, and hides its token",
    () =>
      Effect.gen(function*() {
        const { received, url } = yield* receiver([503, 500])
        const write = yield* webhook({ url, token: Redacted.make("s3cret") })
        for (const line of ["{\"a\":1}", "{\"a\":2}", "{\"a\":3}"]) yield* write(line)
        yield* until(() => received.length === 5)
        assert.deepStrictEqual(received.map(({ body }) => body), [
          "{\"a\":1}",
          "{\"a\":1}",
          "{\"a\":1}",
          "{\"a\":2}",
          "{\"a\":3}"
        ])
        assert.deepStrictEqual(received[0], {
          body: "{\"a\":1}",
          authorization: "Bearer s3cret",
          contentType: "application/json"
        })
      }).pipe(Effect.scoped, Effect.provide(FetchHttpClient.layer)),
    20_000
  )

  it.live("delivers what waits before it ends", () =>
    Effect.gen(function*() {
      const { received, url } = yield* receiver([])
      const scope = yield* Scope.make()
      const write = yield* Effect.provideService(webhook({ url, token: undefined }), Scope.Scope, scope)
      for (let i = 0; i < 50; i++) yield* write(String(i))
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(
        [...new Set(received.map(({ body }) => body))],
        Array.from({ length: 50 }, (_, i) => String(i))
      )
      assert.isUndefined(received[0]?.authorization)
    }).pipe(Effect.scoped, Effect.provide(FetchHttpClient.layer)), 20_000)

  it.live("keeps nobody waiting, says what it cannot deliver without the address, and ends in time", () => {
    const said: Array<string> = []
    const logger = Logger.make(({ annotations, message }) => said.push(JSON.stringify([message, [...annotations]])))
    return Effect.gen(function*() {
      const scope = yield* Scope.make()
      // nobody listens at port 9
      const write = yield* Effect.provideService(
        webhook({ url: "http://127.0.0.1:9/path?key=s3cret", token: Redacted.make("t0ken") }),
        Scope.Scope,
        scope
      )
      for (let i = 0; i < 10_002; i++) yield* write("{}")
      yield* Scope.close(scope, Exit.void).pipe(Effect.timeout("4 seconds"))
      assert.include(said.join(), "the oldest signals are dropped")
      assert.notInclude(said.join(), "s3cret")
      assert.notInclude(said.join(), "t0ken")
    }).pipe(
      Effect.provide(Layer.merge(FetchHttpClient.layer, Logger.replace(Logger.defaultLogger, logger))),
      Logger.withMinimumLogLevel(LogLevel.Warning)
    )
  }, 20_000)
})
