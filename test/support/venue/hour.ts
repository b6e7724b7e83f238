import { Context, Effect, Layer, Logger, LogLevel, Random, Schema, Scope } from "effect"
import { seeded } from "../../../src/audit/random.js"
import { MarketId } from "../../../src/domain/MarketId.js"
import * as Catalogue from "../../../src/live/Catalogue.js"
import * as Recorder from "../../../src/live/Recorder.js"
import * as WebSocketMarketChannel from "../../../src/polymarket/channel/WebSocketMarketChannel.js"
import * as ClobClient from "../../../src/polymarket/ClobClient.js"
import * as GammaClient from "../../../src/polymarket/GammaClient.js"
import { PolymarketSettings } from "../../../src/polymarket/settings.js"
import { FeatureStore } from "../../../src/store/FeatureStore.js"
import * as Telemetry from "../../../src/telemetry/Telemetry.js"
import { liveApp } from "../apps.js"
import { standardRegistry } from "../evaluate.js"
import { sqliteStorage } from "../storages.js"
import { VirtualClock } from "../VirtualClock.js"
import { drawFaults } from "./faults.js"
import { inProcessVenue } from "./inProcess.js"
import type { VenuePlan } from "./Listing.js"
import { venueUrls } from "./urls.js"

export const hourStart = 1_780_000_000_000
export const hourEnd = hourStart + 3_600_000
const seed = 20_260_712

/** 500 markets whose books move 3 times a second in all, some 11,000 times in the hour; one in seven is a trade. */
export const hourPlan: VenuePlan = { seed, markets: 500, start: hourStart, rate: 3, newcomers: 20, closing: 20 }

/** A fault a minute, of every kind. */
export const hourFaults = drawFaults(seed, 60, { from: hourStart + 30_000, to: hourEnd - 120_000, markets: 500 })

const settings = Schema.decodeSync(PolymarketSettings)({
  gamma_url: venueUrls("venue").gammaUrl,
  clob_url: venueUrls("venue").clobUrl,
  data_url: venueUrls("venue").dataUrl,
  websocket_url: venueUrls("venue").websocketUrl,
  describe_secs: 300,
  discover_secs: 120
})

/** Messages arrive every so many ms. */
const grain = 5_000

const app = (path: string) =>
  Catalogue.layer({
    selection: { ids: [], filter: {}, most: 1_000 },
    describeEvery: 1_000 * settings.describeSecs,
    discoverEvery: 1_000 * settings.discoverSecs
  }).pipe(
    Layer.provideMerge(WebSocketMarketChannel.layer(settings)),
    Layer.provideMerge(Layer.merge(GammaClient.layer(settings), ClobClient.layer(settings))),
    Layer.provideMerge(Recorder.layer),
    Layer.provideMerge(Telemetry.layer),
    Layer.provideMerge(liveApp(standardRegistry)),
    Layer.provideMerge(Layer.merge(
      sqliteStorage(path),
      // what arrives together is committed together: the disk need not be waited for a hundred thousand times
      inProcessVenue({ plan: hourPlan, faults: hourFaults, grain })
    ))
  )

/** Vectors that are asked for after each arrival. */
const asks = 25

/** How often it says how far it is, in ms. */
const sayEvery = 15_000

/**
 * Records the venue from an instant to the end of the hour, and serves features meanwhile. From time to time it says the
 * instant, and the log position that it was told is safe.
 */
const recordHour = (path: string, from: number, say: (line: string) => Effect.Effect<unknown>) => {
  const clock = new VirtualClock(from)
  return Effect.gen(function*() {
    const scope = yield* Scope.make()
    const context = yield* clock.during(Layer.buildWithScope(app(path), scope))
    const store = Context.get(context, FeatureStore)
    const catalogue = Context.get(context, Catalogue.Catalogue)
    const random = seeded(from)
    let safe = 0
    yield* Context.get(context, Recorder.Recorder).listen(({ sequence }) => {
      safe = sequence
    })
    yield* say("ready")
    for (let at = clock.unsafeCurrentTimeMillis(); at < hourEnd; at += grain) {
      yield* clock.run(at)
      const markets = yield* catalogue.markets
      for (let i = 0; i < asks; i++) {
        const market = markets[Math.floor(random() * markets.length)]
        if (market === undefined) continue
        yield* store.getCurrentFeatures(MarketId.make(market.id), standardRegistry.groups.map(({ id }) => id))
      }
      if (at % sayEvery < grain) yield* say(`${at} ${safe}`)
    }
    yield* say(`${hourEnd} ${safe}`)
    // not by `close`: the process is over as it stands
    yield* store.flush
  }).pipe(
    Effect.withClock(clock),
    Effect.withRandom(Random.make(from)),
    Logger.withMinimumLogLevel(LogLevel.None)
  )
}

// as a process: node child.mjs record-hour <path> <instant>, until it is killed
const [mode, path, from] = process.argv.slice(2)
if (mode === "record-hour" && path !== undefined && from !== undefined) {
  const say = (line: string) =>
    Effect.promise(() =>
      new Promise<undefined>((resolve) => {
        process.stdout.write(`${line}\n`, () => resolve(undefined))
      })
    )
  await Effect.runPromise(recordHour(path, Number(from), say))
  process.exit()
}
