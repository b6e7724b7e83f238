import { assert, describe, it } from "@effect/vitest"
import { Chunk, Effect, Layer, Option, Schema, Stream, TestClock } from "effect"
import { Clob } from "../../src/polymarket/Clob.js"
import * as ClobClient from "../../src/polymarket/ClobClient.js"
import { DataApi } from "../../src/polymarket/DataApi.js"
import * as DataApiClient from "../../src/polymarket/DataApiClient.js"
import { Gamma } from "../../src/polymarket/Gamma.js"
import * as GammaClient from "../../src/polymarket/GammaClient.js"
import { PolymarketSettings } from "../../src/polymarket/settings.js"
import * as Telemetry from "../../src/telemetry/Telemetry.js"
import type { Fault } from "../support/venue/faults.js"
import { inProcessVenue, SimulatedVenue } from "../support/venue/inProcess.js"
import { venueUrls } from "../support/venue/urls.js"
import { played, quietly } from "./asking.js"

const start = Date.UTC(2026, 10, 22)
const plan = { seed: 7, markets: 230, start, rate: 50, closing: 5 }
const settings: PolymarketSettings = { ...Schema.decodeSync(PolymarketSettings)({}), ...venueUrls("venue") }

const clients = Layer.mergeAll(
  GammaClient.layer(settings),
  ClobClient.layer(settings),
  DataApiClient.layer(settings)
).pipe(Layer.provide(Telemetry.layer))

const atVenue = <A, E>(
  use: Effect.Effect<A, E, Gamma | Clob | DataApi | SimulatedVenue>,
  faults: ReadonlyArray<Fault> = []
) =>
  Effect.gen(function*() {
    yield* TestClock.setTime(start + 60_000)
    const provided = Effect.provide(use, Layer.provideMerge(clients, inProcessVenue({ plan, faults })))
    return yield* yield* played(provided)
  }).pipe(quietly)

describe("the clients at the simulated venue", () => {
  it.effect("see its catalogue, its books and its trades as they are", () =>
    atVenue(Effect.gen(function*() {
      const { venue } = yield* SimulatedVenue
      const [gamma, clob, data] = [yield* Gamma, yield* Clob, yield* DataApi]
      const listed = Chunk.toReadonlyArray(yield* Stream.runCollect(gamma.list({})))
      assert.lengthOf(listed, venue.markets.filter(({ announced, closed }) => announced && !closed).length)
      for (const market of listed) {
        const { listing } = venue.byCondition.get(market.id) ?? {}
        assert.deepStrictEqual(
          [market.yes, market.no, market.gammaId, market.feeRate],
          [listing?.yes, listing?.no, listing?.gammaId, listing?.feeRate]
        )
      }
      const weather = yield* Stream.runCollect(gamma.list({ tag: "weather" }))
      assert.isTrue(Chunk.every(weather, ({ id }) => venue.byCondition.get(id)?.listing.tag.slug === "weather"))
      assert.isAbove(weather.length, 10)
      const books = yield* clob.books(listed.map(({ yes }) => yes))
      assert.lengthOf(books, listed.filter(({ id }) => venue.byCondition.get(id)?.open).length)
      for (const { bids, token } of books) {
        const best = venue.byToken.get(token)?.market.book.bid.best ?? 0
        assert.strictEqual(Math.max(0, ...bids.map(([price]) => price)), best * 1_000)
      }
      const [first] = listed
      const found = Option.getOrUndefined(yield* gamma.find(first?.slug ?? ""))
      assert.strictEqual(found?.id, first?.id)
      const { isWhole, trades } = yield* data.trades(first?.id ?? "")
      assert.isTrue(isWhole)
      assert.lengthOf(trades, venue.byCondition.get(first?.id ?? "")?.fills.length ?? -1)
    })))

  it.effect("get there through refusals and pauses of every kind", () =>
    atVenue(
      Effect.gen(function*() {
        const gamma = yield* Gamma
        const listed = yield* Stream.runCollect(gamma.list({}))
        assert.isAbove(listed.length, 200)
      }),
      [
        { kind: "too_many", at: start + 60_000, until: start + 61_500, retryAfter: "seconds" },
        { kind: "server_error", at: start + 62_000, until: start + 62_400 },
        { kind: "too_many", at: start + 62_600, until: start + 64_100, retryAfter: "date" }
      ]
    ))
})
