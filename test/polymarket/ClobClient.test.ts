import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, FastCheck as fc, Layer, Option, Schema } from "effect"
import { Instant } from "../../src/domain/Instant.js"
import { Clob } from "../../src/polymarket/Clob.js"
import * as ClobClient from "../../src/polymarket/ClobClient.js"
import { bookOf } from "../../src/polymarket/clobRows.js"
import { TokenId } from "../../src/polymarket/VenueMarket.js"
import * as Telemetry from "../../src/telemetry/Telemetry.js"
import { type Handler, httpHost, json, type Received } from "../support/httpHost.js"
import { quietly, settingsAt } from "./asking.js"
import { conditionIdOf } from "./rows.js"

const withClob = <A, E>(
  handler: Handler,
  use: (clob: Clob["Type"], received: ReadonlyArray<Received>) => Effect.Effect<A, E>
) =>
  Effect.gen(function*() {
    const host = yield* httpHost(handler)
    const layer = ClobClient.layer(settingsAt(host.url)).pipe(
      Layer.provide(Layer.merge(NodeHttpClient.layer, Telemetry.layer))
    )
    return yield* Effect.flatMap(Clob, (clob) => use(clob, host.received)).pipe(Effect.provide(layer))
  }).pipe(Effect.scoped, quietly)

const token = Schema.decodeSync(TokenId)
const noBook = { error: "No orderbook exists for the requested token id" }

const rawBook = (asset_id: string, more: object = {}) => ({
  market: conditionIdOf(1),
  asset_id,
  timestamp: "1784000000123",
  bids: [{ price: ".48", size: "30" }, { price: "0.485", size: "20.25" }],
  asks: [{ price: "0.53", size: "60.5" }, { price: "0.52", size: "25" }],
  min_order_size: "5",
  tick_size: "0.001",
  neg_risk: false,
  last_trade_price: "0.45",
  hash: "abc",
  ...more
})

describe("a book", () => {
  it.live("is given in millionths", () =>
    withClob((_, response) => json(response, rawBook("7")), (clob, received) =>
      Effect.gen(function*() {
        const book = Option.getOrUndefined(yield* clob.book(token("7")))
        assert.deepStrictEqual<unknown>(book, {
          market: conditionIdOf(1),
          token: "7",
          timestamp: 1_784_000_000_123,
          bids: [[480_000, 30_000_000], [485_000, 20_250_000]],
          asks: [[530_000, 60_500_000], [520_000, 25_000_000]],
          tickSize: 1_000,
          hash: "abc"
        })
        assert.strictEqual(received[0]?.url.search, "?token_id=7")
      })))

  it.live("is none where the venue has none", () =>
    withClob(
      (_, response) => json(response, noBook, 404),
      (clob) => Effect.map(clob.book(token("7")), (book) => assert.isTrue(Option.isNone(book)))
    ))

  it.live("may be empty, on one side or both, and say little", () =>
    withClob(
      (_, response) => json(response, { market: "0x1", asset_id: "7", timestamp: 1_784_000_000_123, bids: null }),
      (
        clob
      ) =>
        Effect.map(clob.book(token("7")), (book) => {
          assert.deepInclude(Option.getOrUndefined(book), { bids: [], asks: [], tickSize: undefined, hash: undefined })
        })
    ))

  it.live("that cannot be read is a failure that names the field and nothing of the venue's", () =>
    withClob(
      (_, response) => json(response, rawBook("7", { bids: [{ price: "1.5 <secret>", size: "1" }] })),
      (clob) =>
        Effect.map(Effect.either(clob.book(token("7"))), (result) => {
          const { message } = Either.getOrThrow(Either.flip(result))
          assert.match(message, /^GET \/book: the answer cannot be read: bids/u)
          assert.notInclude(message, "secret")
        })
    ))
})

describe("books", () => {
  it.live("are asked for a hundred at a time, and those that are none or cannot be read are missing", () =>
    withClob(({ body }, response) => {
      const ids = [...body.matchAll(/"token_id":"(\d+)"/gu)].map(([, id]) => id ?? "")
      json(
        response,
        ids.flatMap((id) => id.endsWith("3") ? [] : [rawBook(id, id.endsWith("4") ? { timestamp: "soon" } : {})])
      )
    }, (clob, received) =>
      Effect.gen(function*() {
        const asked = Array.from({ length: 250 }, (_, n) => token(String(n)))
        const books = yield* clob.books([...asked, token("0")])
        assert.deepStrictEqual<ReadonlyArray<string>>(
          books.map((book) => book.token),
          asked.filter((id) => !id.endsWith("3") && !id.endsWith("4"))
        )
        assert.deepStrictEqual(received.map(({ body, method }) => [method, body.split(",").length]), [
          ["POST", 100],
          ["POST", 100],
          ["POST", 50]
        ])
        assert.deepStrictEqual(yield* clob.books([]), [])
        assert.lengthOf(received, 3)
      })))

  it("of any shape at all break nothing", () => {
    const deep: unknown = JSON.parse("[".repeat(20_000) + "]".repeat(20_000))
    for (const name of Object.keys(rawBook("7"))) {
      for (const value of [deep, { price: deep }, [{ price: deep, size: "1" }], [{ price: "0.5", size: { deep } }]]) {
        bookOf(rawBook("7", { [name]: value }))
      }
    }
    fc.assert(fc.property(fc.jsonValue(), fc.constantFrom(...Object.keys(rawBook("7"))), (value, name) => {
      bookOf(value)
      bookOf(rawBook("7", { [name]: value }))
    }))
  })

  it("refuse prices beyond 0 and 1, sizes below 0, and what is no number", () => {
    const bad = ["1.01", "-0.1", "NaN", "1e999", "", null, true, [], "0x1"]
    for (const price of bad) {
      assert.isTrue(Either.isLeft(bookOf(rawBook("7", { asks: [{ price, size: "1" }] }))), `price ${String(price)}`)
    }
    for (const size of ["-1", "1e10", "NaN", null]) {
      assert.isTrue(Either.isLeft(bookOf(rawBook("7", { asks: [{ price: "0.5", size }] }))), `size ${String(size)}`)
    }
    for (const timestamp of [null, "1784000000", 1.5, "-1", "x"]) {
      assert.isTrue(Either.isLeft(bookOf(rawBook("7", { timestamp }))), `time ${String(timestamp)}`)
    }
  })
})

describe("a price history", () => {
  const day = 86_400_000
  const from = Instant(1_784_000_000_000)

  it.live("is asked for in pieces that the venue answers, and given in order, once", () =>
    withClob(({ url }, response) => {
      const [start, end] = [Number(url.searchParams.get("startTs")), Number(url.searchParams.get("endTs"))]
      const hours = Array.from({ length: 31 * 24 + 2 }, (_, i) => from / 1000 + i * 3_600)
      const history = hours.filter((t) => t >= start && t <= end).map((t) => ({ t, p: 0.25 })).reverse()
      return end - start > 15 * 86_400 ? json(response, { error: "too long" }, 400) : json(response, { history })
    }, (clob, received) =>
      Effect.gen(function*() {
        const request = { token: token("7"), from, to: Instant(from + 31 * day), fidelityMinutes: 60 }
        const points = yield* clob.pricesHistory(request)
        assert.deepStrictEqual<ReadonlyArray<number>>(
          points.map(({ at }) => at),
          Array.from({ length: 31 * 24 + 1 }, (_, i) => from + i * 3_600_000)
        )
        assert.strictEqual(points[0]?.price, 0.25)
        assert.lengthOf(received, 3)
        assert.strictEqual(received[0]?.url.searchParams.get("fidelity"), "60")
      })))

  it.live("of a resolved market is empty", () =>
    withClob(
      (_, response) => json(response, { history: [] }),
      (clob) =>
        Effect.map(clob.pricesHistory({ token: token("7"), from, to: from, fidelityMinutes: 1 }), (points) => {
          assert.deepStrictEqual(points, [])
        })
    ))

  it.live("that cannot be read is a failure", () =>
    withClob((_, response) => json(response, { history: [{ t: 1_784_000_000_000, p: 0.5 }] }), (clob) =>
      Effect.map(
        Effect.either(clob.pricesHistory({ token: token("7"), from, to: from, fidelityMinutes: 1 })),
        (result) => assert.isTrue(Either.isLeft(result))
      )))
})
