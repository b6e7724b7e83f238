import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { request as httpRequest } from "node:http"
import { app, seed, serving } from "./serving.js"

/**
 * A client that knows what Feast documents of its feature server and nothing else: the request as `curl -d` sends it, which
 * is not as JSON, and an answer with one result for each name.
 */
const Response = Schema.parseJson(Schema.Struct({
  metadata: Schema.Struct({ feature_names: Schema.Array(Schema.String) }),
  results: Schema.Array(Schema.Struct({
    values: Schema.Array(Schema.Unknown),
    statuses: Schema.Array(Schema.Literal("INVALID", "PRESENT", "NULL_VALUE", "NOT_FOUND", "OUTSIDE_MAX_AGE")),
    event_timestamps: Schema.Array(Schema.String.pipe(Schema.pattern(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/)))
  }))
}))

const getOnlineFeatures = (port: number, body: object) =>
  Effect.map(
    Effect.async<string, Error>((resume) => {
      const text = JSON.stringify(body)
      const request = httpRequest(`http://localhost:${port}/get-online-features`, {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded", "content-length": Buffer.byteLength(text) }
      }, (response) => {
        const chunks: Array<string> = []
        response.setEncoding("utf8").on("data", (chunk: string) => chunks.push(chunk))
        response.on("end", () => resume(Effect.succeed(chunks.join(""))))
      })
      request.on("error", (error) => resume(Effect.fail(error)))
      request.end(text)
    }),
    (text) => {
      const { metadata: { feature_names }, results } = Schema.decodeSync(Response)(text)
      assert.strictEqual(results.length, feature_names.length)
      return new Map(results.map((result, i) => [feature_names[i] ?? "", result]))
    }
  )

describe("a client of Feast's feature server", () => {
  it.scopedLive("reads features of several entities, column by column", () =>
    Effect.gen(function*() {
      yield* seed
      const port = yield* serving()
      const columns = yield* getOnlineFeatures(port, {
        features: ["orderbook:microprice", "orderbook:bid_depth", "market:volume", "temporal:hour_of_day"],
        entities: { market: ["m1", "nowhere"] }
      })
      assert.deepStrictEqual([...columns.keys()], ["market", "microprice", "bid_depth", "volume", "hour_of_day"])
      assert.deepStrictEqual(columns.get("market")?.values, ["m1", "nowhere"])
      assert.deepStrictEqual(columns.get("microprice")?.values, [0.405, null])
      assert.deepStrictEqual(columns.get("microprice")?.statuses, ["PRESENT", "NOT_FOUND"])
      assert.strictEqual(columns.get("microprice")?.event_timestamps[1], "1970-01-01T00:00:00Z")
      assert.notStrictEqual(columns.get("microprice")?.event_timestamps[0], "1970-01-01T00:00:00Z")
      assert.deepStrictEqual(columns.get("volume")?.statuses, ["NULL_VALUE", "NOT_FOUND"])
      assert.deepStrictEqual(columns.get("hour_of_day")?.statuses, ["PRESENT", "PRESENT"])
    }).pipe(Effect.provide(app)))

  it.scopedLive("names a feature service, and asks for full feature names", () =>
    Effect.gen(function*() {
      const port = yield* serving({
        services: { trading: ["orderbook@1.0.microprice", "orderbook@1.0+deep.microprice"] }
      })
      const columns = yield* getOnlineFeatures(port, {
        feature_service: "trading",
        entities: { market: ["m1"] },
        full_feature_names: true
      })
      assert.deepStrictEqual([...columns.keys()], [
        "market",
        "orderbook@1.0__microprice",
        "orderbook@1.0+deep__microprice"
      ])
    }).pipe(Effect.provide(app)))
})
