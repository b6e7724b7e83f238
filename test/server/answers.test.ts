import { FetchHttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import { MarketClock } from "../../src/context/MarketClock.js"
import { Instant } from "../../src/domain/Instant.js"
import { makeFeatureStoreClient } from "../../src/server/FeatureStoreClient.js"
import { FeatureStore } from "../../src/store/FeatureStore.js"
import { app, asked, json, m1, refusalOf, seed, serving } from "./serving.js"

const services = { trading: ["orderbook@1.0.microprice", "market@1.0.current_price"], deep: ["orderbook@1.0+deep"] }
const post = (port: number, path: string, body: unknown) => asked(port, path, { body: JSON.stringify(body) })

const Vector = Schema.Struct({
  market: Schema.String,
  as_of: Schema.Int,
  sequence: Schema.Int,
  features: Schema.Record({ key: Schema.String, value: Schema.Unknown })
})
const vectorOf = Schema.decodeUnknownSync(Vector)
const vectorsOf = Schema.decodeUnknownSync(Schema.Struct({ vectors: Schema.Array(Vector) }))

describe("reading features", () => {
  it.scopedLive("gives what the store gives, of any markets, in their order", () =>
    Effect.gen(function*() {
      yield* seed
      const port = yield* serving()
      const now = yield* (yield* MarketClock).now
      const store = yield* FeatureStore
      const references = ["orderbook", "temporal.hour_of_day"]
      const expected = yield* store.getFeaturesAt(m1, now, references)
      const request = { markets: ["m1", "nowhere", "m1"], features: references, at: now }
      const { vectors } = vectorsOf(json(yield* post(port, "/features", request)))
      assert.deepStrictEqual(vectors[0], JSON.parse(JSON.stringify(expected)))
      assert.deepStrictEqual(vectors.map(({ market }) => market), request.markets)
      const one = yield* asked(port, `/features/m1?features=orderbook,temporal.hour_of_day&at=${now}`)
      assert.deepStrictEqual(json(one), vectors[0])
      const iso = new Date(now).toISOString()
      assert.strictEqual(
        (yield* asked(port, `/features/m1?features=orderbook&features=temporal.hour_of_day&at=${iso}`)).text,
        one.text
      )
      const before = vectorOf(json(yield* asked(port, `/features/m1?features=orderbook&at=${now - 60_000}`)))
      assert.strictEqual(before.sequence, 0)
    }).pipe(Effect.provide(app)))

  it.scopedLive("now is now: a new event shows in the next answer", () =>
    Effect.gen(function*() {
      const port = yield* serving()
      const path = "/features/m1?features=orderbook.microprice"
      assert.strictEqual(vectorOf(json(yield* asked(port, path))).sequence, 0)
      yield* seed
      const vector = vectorOf(json(yield* asked(port, path)))
      assert.strictEqual(vector.sequence, 1)
      assert.deepInclude(vector.features["orderbook.microprice"], { value: 0.405, status: "PRESENT" })
    }).pipe(Effect.provide(app)))

  it.scopedLive("knows feature services, all groups where nothing is named, and versions by name", () =>
    Effect.gen(function*() {
      const port = yield* serving({ services })
      const keys = (path: string) =>
        Effect.map(asked(port, path), (answer) => Object.keys(vectorOf(json(answer)).features))
      assert.deepStrictEqual(yield* keys("/features/m1?feature_service=trading"), services.trading)
      assert.include(yield* keys("/features/m1?feature_service=deep"), "orderbook@1.0+deep.bid_depth")
      const all = yield* keys("/features/m1")
      for (const key of ["market.volume", "orderbook.microprice", "forecast.win"]) assert.include(all, key)
    }).pipe(Effect.provide(app)))

  it.scopedLive("refuses what it does not understand, by field", () =>
    Effect.gen(function*() {
      const port = yield* serving({ services })
      const refused = (answer: { readonly status: number; readonly text: string }, ...parts: ReadonlyArray<string>) => {
        assert.strictEqual(answer.status, 400, answer.text)
        for (const part of parts) assert.include(answer.text, part)
      }
      refused(yield* asked(port, "/features/m1?features=orderbok"), "did you mean orderbook?", "unknown_reference")
      refused(yield* asked(port, "/features/m1?features=orderbook@9.9"), "no such version")
      refused(yield* asked(port, "/features/m1?feature_service=tradin"), "did you mean trading?")
      refused(yield* asked(port, "/features/m1?feature_service=trading&features=market"), "not both")
      refused(yield* asked(port, "/features/m1?at=1783715146"), "seconds are refused")
      refused(yield* asked(port, "/features/m1?at=2026-07-10T00:00:00"), "ISO 8601 with an offset")
      refused(yield* asked(port, "/features/m1?feature=market"), "\"field\":\"feature\"", "no such field")
      refused(yield* asked(port, "/features/%0A"), "market", "printable")
      refused(yield* asked(port, "/features/%E0%A4%A"), "malformed")
      refused(yield* post(port, "/features", { markets: [] }), "markets", "at least one")
      refused(yield* post(port, "/features", { markets: ["a", " b"], features: ["market"] }), "markets[1]")
      refused(yield* post(port, "/features", { market: ["a"] }), "\"field\":\"market\"", "\"field\":\"markets\"")
      refused(yield* post(port, "/features", { markets: Array.from({ length: 1001 }, () => "a") }), "at most 1000")
      refused(
        yield* post(port, "/features", { markets: ["a"], features: Array.from({ length: 201 }, () => "market") }),
        "at most 200"
      )
      refused(yield* asked(port, "/features", { body: "{\"markets\":" }), "not JSON")
      const { errors, type } = refusalOf(yield* post(port, "/features", { markets: ["a"], features: [""] }))
      assert.strictEqual(type, "urn:feature-store:problem:invalid_request")
      assert.deepStrictEqual(errors?.map(({ field }) => field), ["features[0]"])
    }).pipe(Effect.provide(app)))
})

describe("pushing", () => {
  const value = (fields: object = {}) => ({
    market: "m1",
    feature: "forecast.win",
    version: "2.0",
    timestamp: "2026-07-12T00:00:00Z",
    value: 0.25,
    ...fields
  })

  it.scopedLive("stores all values, which are then served as of when they were known", () =>
    Effect.gen(function*() {
      const port = yield* serving()
      const now = yield* (yield* MarketClock).now
      const values = [
        value({ timestamp: now - 10_000, available_at: now - 5_000 }),
        value({ market: "m2", feature: "forecast.note", timestamp: now, available_at: null, value: "calm" })
      ]
      assert.deepStrictEqual(json(yield* post(port, "/push", { features: values })), { stored: 2 })
      const at = (instant: number) =>
        Effect.map(asked(port, `/features/m1?features=forecast.win&at=${instant}`), (answer) =>
          vectorOf(json(answer)).features["forecast.win"])
      assert.deepInclude(yield* at(now - 5_001), { value: null, status: "MISSING" })
      assert.deepInclude(yield* at(now - 5_000), { value: 0.25, status: "PRESENT", age_ms: 5_000 })
      assert.include((yield* asked(port, "/features/m2?features=forecast.note")).text, "\"calm\"")
    }).pipe(Effect.provide(app)))

  it.scopedLive("stores none where one does not fit, and names each by its place", () =>
    Effect.gen(function*() {
      const port = yield* serving()
      const { errors, status } = refusalOf(
        yield* post(port, "/push", {
          features: [value(), value({ feature: "forecast.wim" }), value({ version: "1.0" }), value({ value: "high" })]
        })
      )
      assert.strictEqual(status, 400)
      assert.deepStrictEqual(errors?.map(({ field }) => field), [
        "features[1].feature",
        "features[2].version",
        "features[3].value"
      ])
      const shape = refusalOf(
        yield* post(port, "/push", { features: [value(), value({ timestamp: 12 }), value({ surplus: 1 })] })
      )
      assert.deepStrictEqual(shape.errors?.map(({ field }) => field), ["features[1].timestamp", "features[2].surplus"])
      assert.include((yield* asked(port, "/features/m1?features=forecast.win")).text, "MISSING")
    }).pipe(Effect.provide(app)))
})

describe("what the server tells of itself", () => {
  it.scopedLive("its registry, lineage, health, readiness, metrics, document and page", () =>
    Effect.gen(function*() {
      yield* seed
      const port = yield* serving({ services, checks: { feed: Effect.succeed(null) } })
      const text = (path: string) => Effect.map(asked(port, path), (answer) => answer.text)
      assert.include(yield* text("/registry"), "\"feature_services\":{\"trading\":[")
      assert.include(yield* text("/lineage"), "\"reads\":[")
      assert.match(yield* text("/lineage?format=mermaid"), /^flowchart LR\n/)
      assert.strictEqual(yield* text("/health"), "{\"status\":\"alive\"}")
      assert.strictEqual(yield* text("/ready"), "{\"ready\":true,\"checks\":{\"storage\":null,\"feed\":null}}")
      const document = yield* text("/openapi.json")
      for (const path of ["/get-online-features", "/features/{market}", "/push", "/metrics"]) {
        assert.include(document, `"${path}"`)
      }
      assert.notInclude(document, "HttpApiDecodeError\"}")
      const page = yield* asked(port, "/docs")
      assert.include(page.text, "SwaggerUIBundle")
      // nothing is fetched from elsewhere
      assert.notMatch(page.text, /<(script|link)[^>]+(src|href)=/)
      yield* text("/features/m1?features=orderbook")
      yield* text("/features/m1?features=orderbook")
      yield* text("/features/nowhere?features=orderbook.microprice")
      const metrics = yield* text("/metrics")
      for (
        const line of [
          "feature_store_http_requests_total{method=\"GET\",route=\"/features/{market}\",status=\"200\"} 3",
          "feature_store_http_request_duration_seconds_count{route=\"/features/{market}\"} 3",
          "feature_store_served_values_total{feature=\"orderbook.microprice\",version=\"1.0\",status=\"PRESENT\"} 2",
          "feature_store_served_values_total{feature=\"orderbook.microprice\",version=\"1.0\",status=\"MISSING\"} 1",
          "feature_store_cache_requests_total{result=\"hit\"} 1",
          "feature_store_cache_requests_total{result=\"miss\"} 2",
          "feature_store_served_age_seconds{feature=\"orderbook.microprice\",version=\"1.0\"} "
        ]
      ) {
        assert.include(metrics, line)
      }
    }).pipe(Effect.provide(app)))

  it.scopedLive("is not ready while a check fails, and says which without details", () =>
    Effect.gen(function*() {
      const port = yield* serving({
        checks: { feed: Effect.succeed("no connection"), other: Effect.die(new Error("/secret/path")) }
      })
      const answer = yield* asked(port, "/ready")
      assert.strictEqual(answer.status, 503)
      assert.deepStrictEqual(json(answer), {
        ready: false,
        checks: { storage: null, feed: "no connection", other: "fails" }
      })
    }).pipe(Effect.provide(app)))

  it.scopedLive("does not start where a feature service names what is not served", () =>
    Effect.gen(function*() {
      const failure = yield* Effect.flip(serving({ services: { broken: ["orderbook", "nothing@1.0"] } }))
      assert.strictEqual(failure._tag, "UnknownReference")
      assert.include(failure.message, "in feature service broken")
    }).pipe(Effect.provide(app)))
})

describe("the typed client", () => {
  it.scopedLive("reads, pushes and is refused by the server's own definition", () =>
    Effect.gen(function*() {
      yield* seed
      const port = yield* serving()
      const client = yield* makeFeatureStoreClient({ baseUrl: `http://127.0.0.1:${port}` })
      const vector = yield* client.getMarketFeatures({
        path: { market: m1 },
        urlParams: { features: "orderbook.microprice" }
      })
      assert.strictEqual(vector.features["orderbook.microprice"]?.value, 0.405)
      const at = Instant(vector.as_of)
      const { vectors } = yield* client.getFeatures({
        payload: { markets: [m1], features: ["orderbook.microprice"], at }
      })
      assert.strictEqual(vectors[0]?.features["orderbook.microprice"]?.status, "PRESENT")
      const online = yield* client.getOnlineFeatures({
        payload: { entities: { market: [m1] }, features: ["orderbook:microprice"] }
      })
      assert.deepStrictEqual(online.results[1]?.values, [0.405])
      const features = [{ market: m1, feature: "forecast.win", version: "2.0", timestamp: at, value: 1 }]
      assert.deepStrictEqual(yield* client.push({ payload: { features } }), { stored: 1 })
      assert.include((yield* client.registry({})).groups.map(({ group }) => group), "orderbook")
      assert.strictEqual((yield* client.health({})).status, "alive")
      const refused = yield* Effect.flip(
        client.getMarketFeatures({ path: { market: m1 }, urlParams: { features: "nothing" } })
      )
      assert.strictEqual(refused._tag, "Problem")
      assert.include(refused.message, "there is no group or feature of this name")
    }).pipe(Effect.provide(Layer.merge(FetchHttpClient.layer, app))))
})
