import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import { createServer } from "node:http"
import { tracesTo } from "../../src/cli/serve/traces.js"
import { app, asked, readToken, seed, serving, tokens } from "./serving.js"

const Spans = Schema.parseJson(Schema.Struct({
  resourceSpans: Schema.Array(Schema.Struct({
    scopeSpans: Schema.Array(Schema.Struct({
      spans: Schema.Array(Schema.Struct({
        traceId: Schema.String,
        parentSpanId: Schema.optional(Schema.String),
        name: Schema.String,
        kind: Schema.Int,
        attributes: Schema.Array(Schema.Struct({
          key: Schema.String,
          value: Schema.Struct({ stringValue: Schema.optional(Schema.String) })
        }))
      }))
    }))
  }))
}))

interface Received {
  readonly path: string
  readonly body: string
}

/** What is sent to a collector of spans on this machine, which listens until the scope closes. */
const collector = Effect.acquireRelease(
  Effect.async<{ readonly url: string; readonly received: ReadonlyArray<Received>; readonly end: () => void }>(
    (resume) => {
      const received: Array<Received> = []
      const server = createServer((request, response) => {
        let body = ""
        request.setEncoding("utf8").on("data", (chunk: string) => {
          body += chunk
        })
        request.on("end", () => {
          received.push({ path: request.url ?? "", body })
          response.writeHead(200, { "content-type": "application/json" }).end("{}")
        })
      })
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        resume(Effect.succeed({ url: `http://127.0.0.1:${port}/`, received, end: () => server.close() }))
      })
    }
  ),
  ({ end }) => Effect.sync(end)
)

describe("traces", () => {
  it.scopedLive("reach a collector as one span a request, named by its route, without tokens and markets", () =>
    Effect.gen(function*() {
      const { received, url } = yield* collector
      const traceId = "0af7651916cd43dd8448eb211c80319c"
      yield* Effect.gen(function*() {
        yield* seed
        const port = yield* serving({ tokens, traces: true })
        const read = (path: string, headers: Readonly<Record<string, string>> = {}) =>
          asked(port, path, { token: readToken, headers })
        const answer = yield* read("/features/m1?features=orderbook.microprice", {
          traceparent: `00-${traceId}-b7ad6b7169203331-01`
        })
        assert.strictEqual(answer.status, 200)
        assert.include(answer.text, "\"value\":0.405")
        assert.strictEqual((yield* read("/features/m1?features=nothing")).status, 400)
        // what is refused at the gate is not traced: it has cost nothing worth looking at
        assert.strictEqual((yield* asked(port, "/features/m1", { token: "wrong-token" })).status, 401)
      }).pipe(Effect.scoped, Effect.provide(Layer.merge(app, Layer.provide(tracesTo(url), NodeContext.layer))))
      assert.deepStrictEqual([...new Set(received.map(({ path }) => path))], ["/v1/traces"])
      const spans = received.flatMap(({ body }) =>
        Schema.decodeSync(Spans)(body).resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((one) => one.spans))
      )
      const requests = spans.filter(({ kind }) => kind === 2)
      assert.deepStrictEqual(requests.map(({ name }) => name), ["GET /features/{market}", "GET /features/{market}"])
      assert.deepInclude(requests[0], { traceId, parentSpanId: "b7ad6b7169203331" })
      assert.deepStrictEqual(requests[0]?.attributes.map(({ key, value }) => [key, value.stringValue]), [
        ["http.request.method", "GET"],
        ["http.route", "/features/{market}"]
      ])
      const text = received.map(({ body }) => body).join("\n")
      for (const secret of [readToken, "wrong-token", "Bearer", "features=", "m1"]) {
        assert.notInclude(text, secret)
      }
    }))
})
