import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Chunk, Effect, Either, Layer, Option, Stream } from "effect"
import { Gamma, type MarketFilter } from "../../src/polymarket/Gamma.js"
import * as GammaClient from "../../src/polymarket/GammaClient.js"
import { TokenId } from "../../src/polymarket/VenueMarket.js"
import * as Telemetry from "../../src/telemetry/Telemetry.js"
import { type Handler, httpHost, json, type Received } from "../support/httpHost.js"
import { quietly, settingsAt } from "./asking.js"
import { conditionIdOf, noOf, rowOf, yesOf } from "./rows.js"

const withGamma = <A, E>(
  handler: Handler,
  use: (gamma: Gamma["Type"], received: ReadonlyArray<Received>) => Effect.Effect<A, E, Telemetry.Telemetry>
) =>
  Effect.gen(function*() {
    const host = yield* httpHost(handler)
    const layer = GammaClient.layer(settingsAt(host.url)).pipe(
      Layer.provideMerge(Layer.merge(NodeHttpClient.layer, Telemetry.layer))
    )
    return yield* Effect.flatMap(Gamma, (gamma) => use(gamma, host.received)).pipe(Effect.provide(layer))
  }).pipe(Effect.scoped, quietly)

const noSuch = { type: "not found error", error: "id not found" }

/** A venue of `rows`, which it gives by the keyset interface, `mostRows` at a time. */
const catalogue = (rows: ReadonlyArray<unknown>, mostRows = 100): Handler => ({ url }, response) => {
  if (url.pathname !== "/markets/keyset") return json(response, noSuch, 404)
  const from = Number(url.searchParams.get("after_cursor") ?? "0")
  const to = from + Math.min(mostRows, Number(url.searchParams.get("limit")))
  return json(response, { markets: rows.slice(from, to), ...to < rows.length ? { next_cursor: String(to) } : {} })
}

const upTo = (count: number, more: (n: number) => object = () => ({})) =>
  Array.from({ length: count }, (_, n) => rowOf(n, more(n)))

const numbers = (gamma: Gamma["Type"], filter: MarketFilter = {}) =>
  Effect.map(
    Stream.runCollect(gamma.list(filter)),
    (found) => Chunk.toReadonlyArray(found).map(({ gammaId }) => Number(gammaId) - 1_000)
  )

describe("the catalogue", () => {
  it.live("is listed to its end, page by page, open markets only", () =>
    withGamma(catalogue(upTo(250)), (gamma, received) =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* numbers(gamma), Array.from({ length: 250 }, (_, n) => n))
        assert.deepStrictEqual(received.map(({ url }) => url.searchParams.get("after_cursor")), [null, "100", "200"])
        for (const { url } of received) {
          assert.strictEqual(url.searchParams.get("closed"), "false")
          assert.strictEqual(url.searchParams.get("limit"), "100")
        }
      })))

  it.live("is listed in every envelope that the venue may use", () =>
    Effect.forEach(
      [
        (rows: ReadonlyArray<unknown>, next: string | null) => ({ data: rows, nextCursor: next }),
        (rows: ReadonlyArray<unknown>, next: string | null) => ({ markets: rows, next_cursor: next ?? "LTE=" }),
        (rows: ReadonlyArray<unknown>, next: string | null) => ({ markets: rows, next_cursor: next ?? "" })
      ],
      (envelope) =>
        withGamma(({ url }, response) => {
          const isFirst = url.searchParams.get("after_cursor") === null
          json(response, isFirst ? envelope(upTo(2), "c") : envelope([rowOf(2)], null))
        }, (gamma) => Effect.map(numbers(gamma), (found) => assert.deepStrictEqual(found, [0, 1, 2])))
    ))

  it.live("is listed by offset where the venue knows no cursors, until nothing more comes", () =>
    withGamma(({ url }, response) => {
      const offset = Number(url.searchParams.get("offset"))
      if (url.pathname === "/markets") json(response, upTo(130).slice(offset, offset + 50))
      else json(response, noSuch, 404)
    }, (gamma, received) =>
      Effect.gen(function*() {
        assert.lengthOf(yield* numbers(gamma), 130)
        assert.deepStrictEqual(
          received.slice(1).map(({ url }) => url.searchParams.get("offset")),
          ["0", "50", "100", "130"]
        )
      })))

  it.live("names a market once, though rows move between pages", () =>
    withGamma(({ url }, response) => {
      const isFirst = url.searchParams.get("after_cursor") === null
      json(response, isFirst ? { markets: upTo(3), next_cursor: "c" } : { markets: [rowOf(2), rowOf(3)] })
    }, (gamma) => Effect.map(numbers(gamma), (found) => assert.deepStrictEqual(found, [0, 1, 2, 3]))))

  it.live("fails rather than turn in circles", () =>
    withGamma(
      (_, response) => json(response, { markets: upTo(1), next_cursor: "c" }),
      (gamma) =>
        Effect.map(Effect.either(numbers(gamma)), (result) => {
          assert.match(Either.getOrThrow(Either.flip(result)).message, /its cursor stays the same/u)
        })
    ))

  it.live("fails where the answer is no list", () =>
    withGamma(
      (_, response) => json(response, { markets: { 0: rowOf(0) } }),
      (gamma) =>
        Effect.map(Effect.either(numbers(gamma)), (result) => {
          assert.match(Either.getOrThrow(Either.flip(result)).message, /the answer is no list of markets/u)
        })
    ))

  it.live("leaves out rows that cannot be recorded, and counts them by field", () => {
    const rows = [rowOf(0), null, rowOf(1, { clobTokenIds: "" }), rowOf(2), rowOf(3, { clobTokenIds: "[]" })]
    return withGamma(catalogue(rows), (gamma) =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* numbers(gamma), [0, 2])
        const registry = yield* Telemetry.Telemetry
        const counted = yield* Effect.promise(() =>
          registry.getSingleMetricAsString("feature_store_feed_refused_total")
        )
        assert.deepStrictEqual(
          [...counted.matchAll(/reason="([^"]*)"\} (\d+)/gu)].map(([, reason, n]) => [reason, n]),
          [
            ["market.", "1"],
            ["market.clobTokenIds", "2"]
          ]
        )
      }))
  })

  it.live("is filtered by tag, whose number is looked up, and by liquidity; and checked again", () =>
    withGamma((request, response, nth) => {
      const isTag = request.url.pathname === "/tags/slug/weather"
      if (isTag) json(response, { id: "84", slug: "weather" })
      else {catalogue([
          rowOf(0),
          rowOf(1, { liquidity: "99" }),
          rowOf(2, { liquidity: null, liquidityNum: null }),
          rowOf(3, { tags: [{ id: "1", slug: "sports" }] }),
          rowOf(4, { tags: null }),
          rowOf(5, { closed: true })
        ])(request, response, nth)}
    }, (gamma, received) =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* numbers(gamma, { tag: "weather", minLiquidity: 100 }), [0, 4])
        assert.strictEqual(received[1]?.url.searchParams.get("tag_id"), "84")
        assert.strictEqual(received[1]?.url.searchParams.get("liquidity_num_min"), "100")
        assert.deepStrictEqual(yield* numbers(gamma, { tag: "84" }), [0, 1, 2, 4])
        assert.lengthOf(received, 3)
      })))

  it.live("says so where there is no such tag", () =>
    withGamma(
      (_, response) => json(response, noSuch, 404),
      (gamma) =>
        Effect.map(Effect.either(numbers(gamma, { tag: "wether" })), (result) => {
          assert.match(Either.getOrThrow(Either.flip(result)).message, /there is no tag "wether"/u)
        })
    ))

  it.live("is filtered by a text in question, slug or event, whatever its case", () => {
    const rows = upTo(5, (n) => n === 4 ? { events: null } : {})
    return withGamma(catalogue(rows), (gamma) =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* numbers(gamma, { text: "DAY 3" }), [3])
        assert.deepStrictEqual(yield* numbers(gamma, { text: "on-day-2" }), [2])
        assert.deepStrictEqual(yield* numbers(gamma, { text: "rain in march" }), [0, 1, 2, 3])
        assert.deepStrictEqual(yield* numbers(gamma, { text: "snow" }), [])
      }))
  })
})

/** A venue that gives open and closed markets apart, as Gamma does, and single ones by number and slug. */
const registry = (rows: ReadonlyArray<ReturnType<typeof rowOf>>): Handler => ({ url }, response) => {
  const { pathname, searchParams } = url
  if (pathname === "/markets/keyset") {
    const ids = searchParams.getAll("condition_ids")
    const tokens = searchParams.getAll("clob_token_ids")
    const isAsked = (row: ReturnType<typeof rowOf>) =>
      ids.includes(row.conditionId) || tokens.some((token) => row.clobTokenIds.includes(token))
    const isClosed = searchParams.get("closed") === "true"
    return json(response, { markets: rows.filter((row) => isAsked(row) && row.closed === isClosed) })
  }
  const key = pathname.split("/").at(-1)
  const row = rows.find(({ id, slug }) => pathname.startsWith("/markets/slug/") ? slug === key : id === key)
  return row === undefined ? json(response, noSuch, 404) : json(response, row)
}

describe("a market", () => {
  const rows = upTo(130, (n) => ({ closed: n % 3 === 0 }))

  it.live("is found by condition id, by number and by slug, open or closed; or not at all", () =>
    withGamma(registry(rows), (gamma) =>
      Effect.gen(function*() {
        for (const n of [0, 1]) {
          for (const id of [conditionIdOf(n), String(1_000 + n), `rain-on-day-${n}`]) {
            const found = Option.getOrUndefined(yield* gamma.find(id))
            assert.deepInclude(found, { gammaId: String(1_000 + n), closed: n === 0 }, id)
          }
        }
        for (const id of [conditionIdOf(999), "999999", "no-such", "../../etc/passwd", "a?b#c"]) {
          assert.isTrue(Option.isNone(yield* gamma.find(id)), id)
        }
      })))

  it.live("is found by either of its tokens, open or closed", () =>
    withGamma(registry(rows), (gamma) =>
      Effect.gen(function*() {
        for (const [text, n] of [[yesOf(1), 1], [noOf(1), 1], [noOf(0), 0]] as const) {
          const found = Option.getOrUndefined(yield* gamma.findByToken(TokenId.make(text)))
          assert.strictEqual<string | undefined>(found?.id, conditionIdOf(n))
        }
        assert.isTrue(Option.isNone(yield* gamma.findByToken(TokenId.make("12"))))
      })))

  it.live("is none where its row cannot be recorded", () =>
    withGamma(
      registry([rowOf(0, { marketType: "scalar" })].map((row) => ({ ...rowOf(0), ...row }))),
      (gamma) => Effect.map(gamma.find("1000"), (found) => assert.isTrue(Option.isNone(found)))
    ))

  it.live("is described with many others, closed ones too, in the order asked for; those unknown are missing", () =>
    withGamma(registry(rows), (gamma, received) =>
      Effect.gen(function*() {
        const order = Array.from({ length: 130 }, (_, i) => (i * 7) % 130)
        const asked = [...order, 7].map(conditionIdOf).flatMap((id, i) => i === 40 ? [conditionIdOf(999), id] : [id])
        const described = yield* gamma.describe(asked)
        assert.deepStrictEqual(described.map(({ gammaId }) => Number(gammaId) - 1_000), order)
        assert.strictEqual(described.filter(({ closed }) => closed).length, 44)
        assert.lengthOf(received, 6)
        assert.deepStrictEqual(yield* gamma.describe([]), [])
        assert.lengthOf(received, 6)
      })))
})
