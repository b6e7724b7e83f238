import { assert, describe, it } from "@effect/vitest"
import { type Duration, Effect, Exit, Layer, Schema, Scope, TestClock } from "effect"
import { MarketId } from "../../src/domain/MarketId.js"
import * as CatalogueLayer from "../../src/live/Catalogue.js"
import { Catalogue, type Selection } from "../../src/live/Catalogue.js"
import * as Recorder from "../../src/live/Recorder.js"
import * as GammaClient from "../../src/polymarket/GammaClient.js"
import { MarketChannel } from "../../src/polymarket/MarketChannel.js"
import { PolymarketSettings } from "../../src/polymarket/settings.js"
import type { VenueMarket } from "../../src/polymarket/VenueMarket.js"
import { EventLog } from "../../src/store/EventLog.js"
import * as Telemetry from "../../src/telemetry/Telemetry.js"
import { liveApp } from "../support/apps.js"
import { standardRegistry } from "../support/evaluate.js"
import { sqliteInMemory } from "../support/storages.js"
import { inProcessVenue, SimulatedVenue } from "../support/venue/inProcess.js"
import { venueUrls } from "../support/venue/urls.js"

const start = Date.UTC(2026, 6, 13)
const often = "10 minutes"

const urls = venueUrls("127.0.0.1:1")
const settings = Schema.decodeSync(PolymarketSettings)({
  gamma_url: urls.gammaUrl,
  clob_url: urls.clobUrl,
  data_url: urls.dataUrl,
  websocket_url: urls.websocketUrl
})

const venue = inProcessVenue({ plan: { seed: 3, markets: 30, start, rate: 0.02, newcomers: 6, closing: 5 } })

/** A channel that notes what it is told to follow, and speaks of nothing. */
const makeChannel = () => {
  const followed = new Set<MarketId>()
  return {
    followed,
    layer: Layer.succeed(MarketChannel, {
      follow: (markets) => Effect.sync(() => markets.forEach(({ id }) => followed.add(id))),
      unfollow: (ids) => Effect.sync(() => ids.forEach((id) => followed.delete(id))),
      status: Effect.succeed([]),
      announced: Effect.succeed([])
    })
  }
}

/** Lets time pass, and requests that it has brought about come to their end: what wakes late sleeps on from there. */
const pass = (duration: Duration.DurationInput, requests = 12) =>
  Effect.zipRight(
    TestClock.adjust(duration),
    Effect.repeatN(TestClock.adjust("60 millis"), 2 * requests)
  )

/** Runs a catalogue in a scope of its own, over the storage around it, for as long as `use` takes. */
const during = <A, E, R>(
  selection: Partial<Selection>,
  channel: ReturnType<typeof makeChannel>,
  use: Effect.Effect<A, E, R | Catalogue>
) =>
  Effect.gen(function*() {
    const scope = yield* Scope.make()
    const layer = CatalogueLayer.layer({
      selection: { ids: [], filter: undefined, most: 100, ...selection },
      describeEvery: often,
      discoverEvery: often
    }).pipe(
      Layer.provide(channel.layer),
      Layer.provide(GammaClient.layer(settings)),
      Layer.provide(Layer.provide(Recorder.layer, Telemetry.layer)),
      Layer.provide(Telemetry.layer)
    )
    const building = yield* Effect.fork(Effect.provideService(Layer.build(layer), Scope.Scope, scope))
    yield* pass("1 millis")
    const result = yield* Effect.provide(use, yield* building)
    const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
    yield* pass("1 millis", 1)
    yield* closing
    return result
  })

const inVenue = <A, E, R>(program: Effect.Effect<A, E, R>) =>
  Effect.zipRight(
    TestClock.setTime(start),
    Effect.provide(program, Layer.merge(Layer.provideMerge(liveApp(standardRegistry), sqliteInMemory), venue))
  )

const kindsOf = (market: MarketId) =>
  Effect.gen(function*() {
    const { columns } = yield* (yield* EventLog).read(market)
    return Object.fromEntries(columns.map(({ kind, rows }) => [kind, rows]))
  })

describe("Catalogue", () => {
  it.effect("follows markets by any of their names, and says which it does not find", () =>
    inVenue(Effect.gen(function*() {
      const { venue: { markets } } = yield* SimulatedVenue
      const [a, b, c, d] = markets.map(({ listing }) => listing)
      const ids = [a?.conditionId ?? "", b?.slug ?? "", c?.no ?? "", d?.gammaId ?? ""]
      const channel = makeChannel()
      const found = yield* during({ ids }, channel, Effect.flatMap(Catalogue, (catalogue) => catalogue.markets))
      assert.sameMembers(found.map(({ id }) => String(id)), [a, b, c, d].map((listing) => listing?.conditionId ?? ""))
      assert.sameMembers([...channel.followed], found.map(({ id }) => id))
      for (const { id } of found) assert.deepInclude(yield* kindsOf(id), { market: 1 })

      const refused = yield* Effect.fork(Effect.either(during({ ids: ["no-such-market"] }, makeChannel(), Effect.void)))
      yield* pass("1 millis")
      const { _tag } = yield* Effect.flip(yield* refused)
      assert.strictEqual(_tag, "MarketNotFound")
    })))

  it.effect("follows what fits by liquidity, takes in newcomers, and ends what is resolved, once", () =>
    inVenue(Effect.gen(function*() {
      const { venue: { markets } } = yield* SimulatedVenue
      const channel = makeChannel()
      const listed = (most: number) =>
        during(
          { filter: { minLiquidity: 0 }, most },
          makeChannel(),
          Effect.flatMap(Catalogue, (catalogue) => catalogue.markets)
        )
      const liquidities = (found: ReadonlyArray<VenueMarket>) =>
        found.map(({ snapshot }) => snapshot.liquidity ?? 0).sort((x, y) => y - x)
      assert.deepStrictEqual(liquidities(yield* listed(7)), liquidities(yield* listed(100)).slice(0, 7))

      yield* during(
        { filter: { minLiquidity: 0 } },
        channel,
        Effect.gen(function*() {
          const catalogue = yield* Catalogue
          const before = (yield* catalogue.markets).length
          for (let i = 0; i < 8; i++) yield* pass(often, 4)
          const after = yield* catalogue.markets
          assert.strictEqual(before, 30)
          // six have come and five are over
          assert.strictEqual(after.length, 31)
          assert.strictEqual(channel.followed.size, 31)
        })
      )
      const closed = markets.slice(0, 5).map(({ listing }) => listing)
      for (const { conditionId, outcome } of closed) {
        const { columns } = yield* (yield* EventLog).read(MarketId.make(conditionId))
        const outcomes = columns.flatMap((rows) => rows.kind === "resolution" ? [...rows.outcome] : [])
        assert.deepStrictEqual(outcomes, [outcome])
        assert.deepStrictEqual(columns.filter(({ kind }) => kind === "market_closed").map(({ rows }) => rows), [1])
      }

      // another process tells nothing again of what has not changed
      const [over] = closed
      const id = MarketId.make(over?.conditionId ?? "")
      const told = yield* kindsOf(id)
      yield* during({ ids: [id] }, makeChannel(), Effect.void)
      assert.deepStrictEqual(yield* kindsOf(id), told)
    })))
})
