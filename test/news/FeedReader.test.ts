import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Layer } from "effect"
import { makeFeedReader } from "../../src/news/FeedReader.js"
import * as Telemetry from "../../src/telemetry/Telemetry.js"
import { type Handler, httpHost } from "../support/httpHost.js"
import { rss } from "./feeds.js"

/** Polls a feed of a real server some times; what each poll gave, and what the server was asked. */
const polls = (times: number, handler: Handler) =>
  Effect.gen(function*() {
    const host = yield* httpHost(handler)
    const { poll } = yield* makeFeedReader("wire", `${host.url}/feed`)
    const results = yield* Effect.replicateEffect(Effect.either(poll), times)
    return {
      results: results.map(Either.match({
        onLeft: ({ problem, retryAfter }) =>
          retryAfter === undefined ? problem : `${problem}, again after ${retryAfter} ms`,
        onRight: (documents) => documents.map(({ id }) => id).join()
      })),
      received: host.received
    }
  }).pipe(Effect.scoped, Effect.provide(Layer.merge(NodeHttpClient.layer, Telemetry.layer)))

const feed = rss(["1", "one"], ["2", "two"])

describe("a poll", () => {
  it.live("gives the documents, and none where nothing has changed since", () =>
    Effect.gen(function*() {
      const { received, results } = yield* polls(2, ({ headers }, response) => {
        const isKnown = headers["if-none-match"] === "\"a\"" && headers["if-modified-since"] === "yesterday"
        response.writeHead(isKnown ? 304 : 200, { etag: "\"a\"", "last-modified": "yesterday" }).end(
          isKnown ? "" : feed
        )
      })
      assert.deepStrictEqual(results, ["1,2", ""])
      assert.notProperty(received[0]?.headers, "if-none-match")
      assert.notProperty(received[0]?.headers, "traceparent")
    }))

  it.live("asks for the whole feed again where it could not be read", () =>
    Effect.gen(function*() {
      const { received, results } = yield* polls(2, (_, response, nth) => {
        response.writeHead(200, { etag: "\"a\"" }).end(nth === 0 ? "<html>" : feed)
      })
      assert.deepStrictEqual(results, ["this is no RSS, Atom, RDF or JSON feed", "1,2"])
      assert.notProperty(received[1]?.headers, "if-none-match")
    }))

  it.live("follows a feed that has moved, and asks it there from then on only where it moved for good", () =>
    Effect.gen(function*() {
      for (
        const [status, paths] of [
          [301, ["/feed", "/new", "/new"]],
          [308, ["/feed", "/new", "/new"]],
          [302, ["/feed", "/new", "/feed", "/new"]],
          [307, ["/feed", "/new", "/feed", "/new"]]
        ] as const
      ) {
        const { received, results } = yield* polls(2, ({ url }, response) => {
          if (url.pathname === "/feed") response.writeHead(status, { location: "new" }).end()
          else response.writeHead(200).end(feed)
        })
        assert.deepStrictEqual(results, ["1,2", "1,2"])
        assert.deepStrictEqual(received.map(({ url }) => url.pathname), [...paths])
      }
    }))

  it.live("fails where a feed leads in circles, nowhere, or away from the web", () =>
    Effect.gen(function*() {
      for (const location of ["/feed", "file:///etc/passwd", "http://[", ""]) {
        const headers = location === "" ? {} : { location }
        const { received, results } = yield* polls(1, (_, response) => response.writeHead(302, headers).end())
        assert.deepStrictEqual(results, ["it redirects to nowhere"])
        assert.isAtMost(received.length, 6)
      }
    }))

  it.live("fails with what the feed asks for, up to a day", () =>
    Effect.gen(function*() {
      const refuse = (retryAfter: string): Handler => (_, response) =>
        response.writeHead(429, { "retry-after": retryAfter }).end("secret")
      assert.deepStrictEqual((yield* polls(1, refuse("120"))).results, ["it answers 429, again after 120000 ms"])
      assert.deepStrictEqual((yield* polls(1, refuse("999999"))).results, ["it answers 429, again after 86400000 ms"])
      assert.deepStrictEqual((yield* polls(1, refuse("soon"))).results, ["it answers 429"])
    }))

  it.live("fails where the feed is cut off, too large, or not there", () =>
    Effect.gen(function*() {
      const cut = yield* polls(1, (_, response) => {
        response.writeHead(200, { "content-length": "1000" }).write(feed.slice(0, 50), () => response.destroy())
      })
      assert.match(cut.results.join(), /^the answer broke off/u)
      const large = yield* polls(1, (_, response) => response.end("x".repeat(5 * 1_048_576)))
      assert.deepStrictEqual(large.results, ["the answer is larger than 4 MB"])
      const gone = yield* polls(1, (_, response) => response.destroy())
      assert.match(gone.results.join(), /^no connection/u)
    }))
})
