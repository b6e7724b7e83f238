import { HttpClientError } from "@effect/platform"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Layer, Option } from "effect"
import { makeAsk, type Question, type VenueHost } from "../../src/polymarket/venueHost.js"
import * as Telemetry from "../../src/telemetry/Telemetry.js"
import { type Handler, httpHost, json } from "../support/httpHost.js"
import { type Answer, hurriedly, inProcess, played } from "./asking.js"

const hostAt = (url: string, limit = 100, books = 40): VenueHost => ({
  url,
  key: "clob_url",
  limit,
  routeLimits: { book: books }
})
const book: Question = { route: "/book", query: [["token_id", "secret-7"]] }

/** Asks one question under the test clock; answers in order, the last one for ever. */
const askTimes = (...answers: ReadonlyArray<Answer | "no connection" | "silence">) => {
  const venue = inProcess((request, nth) => {
    const answer = answers[nth] ?? answers.at(-1) ?? {}
    if (answer === "silence") return Effect.never
    return answer === "no connection"
      ? new HttpClientError.RequestError({ request, reason: "Transport", cause: { code: "ECONNREFUSED" } })
      : Effect.succeed(answer)
  })
  return Effect.gen(function*() {
    const ask = yield* makeAsk(hostAt("http://venue/"))
    const result = yield* played(ask(book))
    return { result, asked: venue.asked }
  }).pipe(Effect.scoped, Effect.provide(venue.layer))
}

const failureOf = (result: Either.Either<unknown, { readonly message: string }>) =>
  Either.match(result, { onLeft: ({ message }) => message, onRight: () => "no failure" })

describe("a question to the venue", () => {
  it.effect("is answered by its JSON, or by nothing where the venue says that there is no such thing", () =>
    Effect.gen(function*() {
      const found = yield* askTimes({ body: { a: 1 } })
      assert.deepStrictEqual(found.result, Either.right(Option.some({ a: 1 })))
      assert.strictEqual(found.asked[0]?.url, "/book?token_id=secret-7")
      const missing = yield* askTimes({
        status: 404,
        body: { error: "No orderbook exists for the requested token id" }
      })
      assert.deepStrictEqual(missing.result, Either.right(Option.none()))
    }))

  it.effect("is asked again after what may pass: no connection, no answer, 429, 5xx, no JSON", () =>
    Effect.forEach(
      ["no connection", "silence", { status: 429 }, { status: 503 }, { status: 500 }, { body: "<html>" }] as const,
      (miss) =>
        Effect.map(askTimes(miss, miss, { body: [1] }), ({ asked, result }) => {
          assert.deepStrictEqual(result, Either.right(Option.some([1])), JSON.stringify(miss))
          assert.lengthOf(asked, 3)
        })
    ))

  it.effect("is given up after six attempts, with pauses that are a random part of 250 ms, doubled each time", () =>
    Effect.gen(function*() {
      const { asked, result } = yield* askTimes({ status: 500, body: "secret body" })
      assert.lengthOf(asked, 6)
      const pauses = asked.slice(1).map(({ at }, i) => at - (asked[i]?.at ?? 0))
      pauses.forEach((pause, i) => assert.isAtMost(pause, 250 * 2 ** i + 1))
      assert.isAbove(Math.max(...pauses), 0)
      assert.strictEqual(
        failureOf(result),
        "GET /book (500): the venue is in trouble\n" +
          "try again later; is the network up, and feature_store.polymarket.clob_url right?"
      )
    }))

  it.effect("is not asked again where it is refused, and says what a user may do", () =>
    Effect.gen(function*() {
      const cases = [
        [{ status: 400 }, "GET /book (400): the venue refuses this\nis feature_store.polymarket.clob_url right?"],
        [{ status: 403 }, "GET /book (403): the venue refuses this\nit may not serve the region of this machine"],
        [{ status: 301 }, "GET /book (301): the venue is somewhere else\nis feature_store.polymarket.clob_url right?"],
        [
          { status: 404, body: "<html>" },
          "GET /book (404): there is nothing at this address\nis feature_store.polymarket.clob_url right?"
        ]
      ] as const
      for (const [answer, message] of cases) {
        const { asked, result } = yield* askTimes(answer)
        assert.lengthOf(asked, 1)
        assert.strictEqual(failureOf(result), message)
      }
    }))

  it.effect("waits as long as the venue asks for, in seconds or by date", () =>
    Effect.gen(function*() {
      for (const header of ["7", new Date(14_000).toUTCString()]) {
        const { asked, result } = yield* askTimes({ status: 429, headers: { "retry-after": header } }, { body: 1 })
        assert.deepStrictEqual(result, Either.right(Option.some(1)))
        assert.deepStrictEqual(asked.map(({ at }) => at - (asked[0]?.at ?? 0)), [0, 7_000], header)
      }
    }))

  it.effect("does not wait longer than a minute", () =>
    Effect.gen(function*() {
      const { asked, result } = yield* askTimes({ status: 429, headers: { "retry-after": "61" } })
      assert.lengthOf(asked, 1)
      assert.match(failureOf(result), /^GET \/book \(429\): too many requests\n.*100 requests in 10 seconds/u)
    }))

  it.effect("names neither what was asked nor what was said in its failure", () =>
    Effect.gen(function*() {
      const misses = [
        { status: 500, body: "secret body" },
        { status: 400, body: "secret body" },
        "no connection"
      ] as const
      for (const miss of misses) {
        const { result } = yield* askTimes(miss)
        const failure = Either.isLeft(result) ? result.left : undefined
        for (const text of [String(failure), JSON.stringify(failure), String(failure?.stack)]) {
          assert.notInclude(text, "secret")
        }
      }
    }))
})

describe("the limits of the venue", () => {
  it.effect("hold in any ten seconds, for the route and for the host", () =>
    Effect.gen(function*() {
      const venue = inProcess(() => Effect.succeed({ body: [] }))
      yield* Effect.gen(function*() {
        const ask = yield* makeAsk(hostAt("http://venue", 40, 8))
        const books = Effect.replicateEffect(ask(book), 24, { concurrency: "unbounded", discard: true })
        const others = Effect.replicateEffect(ask({ route: "/time" }), 60, { concurrency: "unbounded", discard: true })
        yield* played(Effect.all([books, others], { concurrency: "unbounded" }))
      }).pipe(Effect.scoped, Effect.provide(venue.layer))
      assert.lengthOf(venue.asked, 84)
      const most = (asked: ReadonlyArray<{ readonly at: number }>) =>
        Math.max(...asked.map(({ at }) => asked.filter((other) => other.at >= at && other.at < at + 10_000).length))
      const ofBooks = most(venue.asked.filter(({ url }) => url.startsWith("/book")))
      assert.isAtMost(ofBooks, 8)
      assert.isAtLeast(ofBooks, 6)
      assert.isAtMost(most(venue.asked), 40)
      assert.isAtLeast(most(venue.asked), 35)
    }))

  it.effect("close a route for all who ask while the venue wants a pause", () =>
    Effect.gen(function*() {
      const venue = inProcess((_, nth) =>
        Effect.succeed(nth === 0 ? { status: 429, headers: { "retry-after": "5" } } : { body: [] })
      )
      yield* Effect.gen(function*() {
        const ask = yield* makeAsk(hostAt("http://venue"))
        yield* played(
          Effect.all([ask(book), Effect.delay(ask(book), 1_000), Effect.delay(ask({ route: "/time" }), 1_000)], {
            concurrency: "unbounded"
          })
        )
      }).pipe(Effect.scoped, Effect.provide(venue.layer))
      assert.deepStrictEqual(venue.asked.map(({ at, url }) => [url.split("?")[0], at]), [
        ["/book", 0],
        ["/time", 1_000],
        ["/book", 5_000],
        ["/book", 5_000]
      ])
    }))
})

describe("over a real socket", () => {
  const overSocket = (handler: Handler, question: Question = book) =>
    Effect.gen(function*() {
      const host = yield* httpHost(handler)
      const ask = yield* makeAsk(hostAt(`${host.url}/base/`))
      return { result: yield* Effect.either(ask(question)), received: host.received }
    }).pipe(Effect.scoped, hurriedly, Effect.provide(Layer.merge(NodeHttpClient.layer, Telemetry.layer)))

  it.live("a question arrives whole, and tells nothing of this process", () =>
    Effect.gen(function*() {
      const { received: [get] } = yield* overSocket((_, response) => json(response, []))
      assert.strictEqual(get?.url.pathname, "/base/book")
      assert.strictEqual(get?.url.searchParams.get("token_id"), "secret-7")
      assert.notProperty(get?.headers, "traceparent")
      assert.notProperty(get?.headers, "b3")
      const { received: [post] } = yield* overSocket((_, response) => json(response, []), {
        route: "/books",
        body: [1]
      })
      assert.deepInclude(post, { method: "POST", body: "[1]" })
    }))

  it.live("a body cut off and a dropped connection are tried again", () =>
    Effect.gen(function*() {
      const { received, result } = yield* overSocket((_, response, nth) => {
        if (nth === 0) response.destroy()
        else if (nth > 1) json(response, { whole: true })
        else response.writeHead(200, { "content-length": "100" }).write("{\"whole\":", () => response.destroy())
      })
      assert.deepStrictEqual(result, Either.right(Option.some({ whole: true })))
      assert.lengthOf(received, 3)
    }))

  it.live("an answer without end is let go of, and not asked for again", () =>
    Effect.gen(function*() {
      let isClosed = false
      const { received, result } = yield* overSocket((_, response) => {
        const part = "x".repeat(1_048_576)
        const more = (): void => {
          if (!response.destroyed && response.write(part)) setImmediate(more)
          else response.once("drain", more)
        }
        response.on("close", () => {
          isClosed = true
        })
        more()
      })
      yield* Effect.sleep("50 millis")
      assert.match(failureOf(result), /the answer is larger than 64 MB/u)
      assert.isTrue(isClosed)
      assert.lengthOf(received, 1)
    }))

  it.live("a host that is not there says so", () =>
    Effect.gen(function*() {
      const ask = yield* makeAsk({ ...hostAt("http://127.0.0.1:1"), limit: 1_000 })
      assert.match(
        failureOf(yield* Effect.either(ask({ route: "/time" }))),
        /^GET \/time: no connection \(ECONNREFUSED\)/u
      )
    }).pipe(Effect.scoped, hurriedly, Effect.provide(Layer.merge(NodeHttpClient.layer, Telemetry.layer))))
})
