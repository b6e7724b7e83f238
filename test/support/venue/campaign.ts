import { Context, Effect, Exit, Layer, Logger, LogLevel, Random, Schema, Scope, Supervisor } from "effect"
import type { EventColumns } from "../../../src/domain/EventColumns.js"
import { MarketId } from "../../../src/domain/MarketId.js"
import * as Catalogue from "../../../src/live/Catalogue.js"
import * as Recorder from "../../../src/live/Recorder.js"
import * as MarketChannel from "../../../src/polymarket/channel/WebSocketMarketChannel.js"
import * as ClobClient from "../../../src/polymarket/ClobClient.js"
import * as GammaClient from "../../../src/polymarket/GammaClient.js"
import { PolymarketSettings } from "../../../src/polymarket/settings.js"
import { EventLog } from "../../../src/store/EventLog.js"
import type { FeatureRepository } from "../../../src/store/FeatureRepository.js"
import { FeatureStore } from "../../../src/store/FeatureStore.js"
import type { StorageFailure } from "../../../src/store/StorageFailure.js"
import * as Telemetry from "../../../src/telemetry/Telemetry.js"
import { liveApp } from "../apps.js"
import { standardRegistry } from "../evaluate.js"
import { plainStorage } from "../storages.js"
import { VirtualClock } from "../VirtualClock.js"
import { concernsMarket, type Fault } from "./faults.js"
import { inProcessVenue, SimulatedVenue } from "./inProcess.js"
import type { VenuePlan } from "./Listing.js"
import type { SimulatedMarket } from "./SimulatedMarket.js"
import { venueUrls } from "./urls.js"
import { makeWatch } from "./watch.js"

export const campaignStart = 1_780_000_000_000
const latency = 40

const campaignSettings = Schema.decodeSync(PolymarketSettings)({
  gamma_url: venueUrls("venue").gammaUrl,
  clob_url: venueUrls("venue").clobUrl,
  data_url: venueUrls("venue").dataUrl,
  websocket_url: venueUrls("venue").websocketUrl,
  expected_interval_secs: 20,
  ping_secs: 5,
  pong_timeout_secs: 15,
  describe_secs: 60,
  discover_secs: 60
})

type Storage = Layer.Layer<EventLog | FeatureRepository, StorageFailure>

const silence = 2 * 1_000 * campaignSettings.expectedIntervalSecs + 500
const patience = {
  inFlight: latency + 60,
  reconnect: 5_000,
  silence,
  mute: 1_000 * campaignSettings.pongTimeoutSecs + 500
}

/** Everything from the sockets to the features, over a venue within the process. */
const appOver = (plan: VenuePlan, faults: ReadonlyArray<Fault>, storage: Storage) =>
  Catalogue.layer({
    selection: { ids: [], filter: {}, most: 1_000 },
    describeEvery: 1_000 * campaignSettings.describeSecs,
    discoverEvery: 1_000 * campaignSettings.discoverSecs
  }).pipe(
    Layer.provideMerge(MarketChannel.layer(campaignSettings)),
    Layer.provideMerge(Layer.merge(GammaClient.layer(campaignSettings), ClobClient.layer(campaignSettings))),
    Layer.provideMerge(Recorder.layer),
    Layer.provideMerge(Telemetry.layer),
    Layer.provideMerge(liveApp(standardRegistry)),
    Layer.provideMerge(Layer.merge(storage, inProcessVenue({ plan, faults, latency })))
  )

/** Until when a fault may leave levels wrong of which no later message speaks: REST does, within the patience for silence. */
const deceivesUntil = (fault: Fault): number => {
  switch (fault.kind) {
    case "freeze":
    case "half_open":
      return Infinity
    case "drop":
      return fault.until + silence
    case "crossed":
      return fault.at + silence
    case "late":
      return fault.until + fault.byMillis + patience.inFlight
    default:
      return 0
  }
}

/** Instants at which the rows of a kind became known; of a market's own gaps only. */
const known = (columns: ReadonlyArray<EventColumns>, kind: "gap" | "book"): ReadonlyArray<number> =>
  columns.flatMap((rows) =>
    rows.kind !== kind ?
      [] :
      [...rows.availableAt].filter((_, row) => rows.kind !== "gap" || rows.payload[row]?.scope === "market")
  )

const newestBy = (instants: ReadonlyArray<number>, at: number): number =>
  Math.max(-Infinity, ...instants.filter((instant) => instant <= at))

/** Every connection that ended was a gap of each market on it, at once, unless its book was not known anyway. */
const gapsOf = (
  columns: ReadonlyArray<EventColumns>,
  market: SimulatedMarket,
  ended: ReadonlyArray<{ readonly at: number; readonly tokens: ReadonlySet<string> }>
): ReadonlyArray<string> => {
  const [gaps, books] = [known(columns, "gap"), known(columns, "book")]
  return ended.flatMap(({ at, tokens }) => {
    if (!tokens.has(market.listing.yes)) return []
    const isUnknown = newestBy(gaps, at) >= newestBy(books, at)
    const isTold = gaps.some((gap) => gap >= at - 1_000 && gap <= at + patience.inFlight)
    return isUnknown || isTold ? [] : [`${at} ${market.listing.conditionId}: an interruption without a gap`]
  })
}

export interface Campaign {
  readonly plan: VenuePlan
  readonly faults: ReadonlyArray<Fault>
  /** ms of venue time until all faults are over, from the start */
  readonly trouble: number
  readonly storage?: Storage
}

export interface CampaignReport {
  readonly problems: ReadonlyArray<string>
  readonly events: number
  readonly gaps: number
  /** looks at which a market's features were there */
  readonly present: number
  readonly connections: number
}

const step = 500

/** Runs the product against the venue until some time after the last fault, watching all the while. */
export const runCampaign = ({ faults, plan, storage = plainStorage, trouble }: Campaign): Promise<CampaignReport> => {
  const clock = new VirtualClock(campaignStart)
  const end = campaignStart + trouble + silence + 15_000
  const isDeceived = (market: SimulatedMarket, now: number) =>
    faults.some((fault) =>
      fault.at <= now && now <= deceivesUntil(fault) && concernsMarket(fault, market.listing.index)
    )
  const supervisor = Effect.runSync(Supervisor.track)
  const inside = Effect.gen(function*() {
    const { feed, venue } = yield* SimulatedVenue
    const log = yield* EventLog
    const recorder = yield* Recorder.Recorder
    const watch = yield* makeWatch(clock, patience, isDeceived)
    let acknowledged = 0
    const before = yield* log.watermark
    yield* recorder.listen(({ events }) => {
      acknowledged += events
    })
    for (let at = clock.unsafeCurrentTimeMillis(); at < end; at += step) {
      yield* clock.run(at)
      yield* watch.look
    }
    yield* watch.recovered
    const problems = [...watch.problems]
    const watermark = yield* log.watermark
    if (watermark - before !== acknowledged) {
      problems.push(`${acknowledged} events acknowledged, ${watermark - before} in the log`)
    }
    let [events, gaps] = [0, 0]
    for (const market of venue.markets) {
      const { columns } = yield* log.read(MarketId.make(market.listing.conditionId))
      events += columns.reduce((sum, { rows }) => sum + rows, 0)
      gaps += known(columns, "gap").length
      problems.push(...gapsOf(columns, market, feed.ended))
    }
    if (events !== watermark) problems.push(`${events} events of ${watermark} can be read`)
    yield* (yield* FeatureStore).flush
    return { problems, events, gaps, present: watch.present(), connections: feed.ended.length }
  })
  return Effect.gen(function*() {
    const scope = yield* Scope.make()
    const context = yield* clock.during(Layer.buildWithScope(appOver(plan, faults, storage), scope))
    const report = yield* Effect.provide(inside, context)
    yield* clock.during(Scope.close(scope, Exit.void))
    const { feed, openSockets } = Context.get(context, SimulatedVenue)
    // the one that counts is not among them
    const left = (yield* supervisor.value).length
    const leaks = [
      [openSockets(), "sockets"],
      [feed.connections.size, "connections at the venue"],
      [clock.sleeping, "sleeping fibers"],
      [left, "fibers"]
    ] as const
    const problems = leaks.flatMap(([count, what]) => count === 0 ? [] : [`${count} ${what} are left in the end`])
    return { ...report, problems: [...report.problems, ...problems] }
  }).pipe(
    Effect.supervised(supervisor),
    Effect.withClock(clock),
    Effect.withRandom(Random.make(plan.seed)),
    Logger.withMinimumLogLevel(LogLevel.None),
    Effect.runPromise
  )
}
