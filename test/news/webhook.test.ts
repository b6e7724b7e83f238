import { HttpApp } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, FastCheck as fc, Redacted } from "effect"
import type { Deliver, Delivered } from "../../src/news/delivery.js"
import { newsWebhook, postedDocuments } from "../../src/news/webhook.js"

const token = "t0ken-7f3a"

/** A webhook, what it has handed over, and whether it had settled by the time of its answer. */
const hook = () => {
  const delivered: Array<Delivered> = []
  let settled = 0
  const deliver: Deliver = (documents) =>
    Effect.sync(() => {
      delivered.push(...documents)
      return { documents: documents.length, events: 1, unmatched: 0, old: 0 }
    })
  const handler = HttpApp.toWebHandler(newsWebhook(
    Redacted.make(token),
    deliver,
    Effect.sync(() => {
      settled++
    })
  ))
  const post = (body: string | Uint8Array | undefined, more: RequestInit = {}) =>
    Effect.promise(async () => {
      const request = new Request("http://host/news", {
        method: "POST",
        headers: { authorization: `Bearer ${token}` },
        ...body === undefined ? {} : { body },
        ...more
      })
      const response = await handler(request)
      return { status: response.status, type: response.headers.get("content-type"), text: await response.text() }
    })
  return { post, delivered, settled: () => settled }
}

const documents = (body: unknown) => Either.getOrThrowWith(postedDocuments(JSON.stringify(body)), (problem) => problem)
const refusal = (body: string) => Either.getOrElse(Either.flip(postedDocuments(body)), () => "nothing")

describe("posted documents", () => {
  it("are one or many, with text or with title and summary", () => {
    assert.deepStrictEqual<unknown>(
      documents([
        { id: "1", source: "desk", text: "Plain <b>te</b>xt", published_at: "2026-11-22T20:00:01Z", url: "http://n/1" },
        { title: "A title", summary: "and more", markets: ["m1", "m2"] }
      ]),
      [
        {
          source: "desk",
          id: "1",
          text: "Plain text",
          publishedAt: Date.UTC(2026, 10, 22, 20, 0, 1),
          url: "http://n/1"
        },
        {
          source: "webhook",
          id: documents({ title: "A title", summary: "and more" })[0]?.id,
          text: "A title\nand more",
          publishedAt: undefined,
          url: undefined,
          markets: ["m1", "m2"]
        }
      ]
    )
    assert.strictEqual<number | undefined>(
      documents({ text: "x", published_at: 1_784_000_000_000 })[0]?.publishedAt,
      1_784_000_000_000
    )
    assert.deepStrictEqual(documents([]), [])
  })

  it("are refused by place and field", () => {
    const cases: ReadonlyArray<readonly [body: string, problem: RegExp]> = [
      ["", /^the body is no JSON$/u],
      ["{\"text\":", /^the body is no JSON$/u],
      ["null", /^\(line\): expected a document, as a JSON object, got null$/u],
      ["{}", /^text: expected text, or title and summary, got nothing$/u],
      ["{\"text\":\" <p></p> \"}", /^text: expected text, or title and summary/u],
      ["{\"text\":5}", /^text: expected text of 1 to/u],
      ["[{\"text\":\"a\"},{\"txt\":\"b\"}]", /^\[1\]\.txt: expected one of the fields/u],
      ["{\"text\":\"a\",\"published_at\":1784000000}", /^published_at: expected integer milliseconds/u],
      ["{\"text\":\"a\",\"published_at\":\"2026-11-22\"}", /^published_at: expected/u],
      ["{\"text\":\"a\",\"markets\":[\"\"]}", /^markets: expected a list of market ids/u],
      ["{\"text\":\"a\",\"source\":null}", /^source: expected text of 1 to 256 characters/u],
      [JSON.stringify(Array.from({ length: 1_001 }, () => ({ text: "a" }))), /^at most 1000 documents/u]
    ]
    for (const [body, problem] of cases) assert.match(refusal(body), problem, body.slice(0, 80))
  })

  it("of any shape or depth break nothing", () => {
    fc.assert(fc.property(fc.json(), (body) => {
      postedDocuments(body)
      postedDocuments(`{"text":"a","markets":${body}}`)
    }))
    const nested = "[".repeat(200_000) + "]".repeat(200_000)
    for (
      const body of [
        nested,
        `{"text":${nested}}`,
        `{"text":"a","markets":${nested}}`,
        `[{"a":${nested}}]`,
        "[".repeat(500_000)
      ]
    ) {
      assert.isBelow(refusal(body).length, 1_000)
    }
    documents(JSON.parse("{\"text\":\"a\"}"))
    assert.match(refusal("{\"text\":\"a\",\"__proto__\":{\"polluted\":1}}"), /^__proto__: expected one of the fields/u)
    assert.notProperty({}, "polluted")
  })
})

describe("the webhook", () => {
  it.effect("hands documents over, and answers once they are durable", () =>
    Effect.gen(function*() {
      const { delivered, post, settled } = hook()
      const answer = yield* post(JSON.stringify({ id: "1", text: "Bitcoin" }))
      assert.deepInclude(answer, { status: 200, text: "{\"documents\":1,\"events\":1,\"unmatched\":0,\"old\":0}" })
      assert.deepStrictEqual(delivered.map(({ id }) => id), ["1"])
      assert.strictEqual(settled(), 1)
    }))

  it.effect("takes nothing from who does not know the token", () =>
    Effect.gen(function*() {
      const { delivered, post } = hook()
      const wrong = [
        "",
        "Bearer",
        `Bearer ${token}x`,
        `Bearer ${token.slice(1)}`,
        `bearer ${token}`,
        token,
        `Basic ${token}`
      ]
      for (const authorization of wrong) {
        const answer = yield* post("{\"text\":\"a\"}", { headers: { authorization } })
        assert.deepInclude(answer, { status: 401, type: "application/problem+json" })
        assert.notInclude(answer.text, token)
      }
      assert.deepStrictEqual(delivered, [])
    }))

  it.effect("refuses other methods, bodies too large or unreadable, and says what is wrong with a document", () =>
    Effect.gen(function*() {
      const { delivered, post } = hook()
      assert.strictEqual((yield* post(undefined, { method: "GET" })).status, 405)
      assert.strictEqual((yield* post(`{"text":"${"x".repeat(1_048_576)}"}`)).status, 413)
      assert.strictEqual((yield* post("x".repeat(20 * 1_048_576))).status, 413)
      assert.strictEqual((yield* post(new Uint8Array([0x7b, 0xff, 0x7d]))).status, 400)
      const answer = yield* post("[{\"text\":\"a\"},{\"text\":1}]")
      assert.deepInclude(answer, { status: 400, type: "application/problem+json" })
      assert.match(answer.text, /"detail":"\[1\]\.text: expected text of 1 to/u)
      assert.deepStrictEqual(delivered, [])
    }))
})
