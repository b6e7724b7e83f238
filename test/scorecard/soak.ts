import { Clock, Effect, Layer } from "effect"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { Ingest } from "../../src/context/Ingest.js"
import type { MarketEvent } from "../../src/domain/Event.js"
import { Instant } from "../../src/domain/Instant.js"
import { MarketId } from "../../src/domain/MarketId.js"
import { EventLog } from "../../src/store/EventLog.js"
import { FeatureStore } from "../../src/store/FeatureStore.js"
import { LogMaintenance } from "../../src/store/LogMaintenance.js"
import * as Telemetry from "../../src/telemetry/Telemetry.js"
import { asked, serving, settings } from "../server/serving.js"
import { liveApp, registryOf } from "../support/apps.js"
import { damage } from "../support/crash/killing.js"
import { maintained } from "../support/crash/workload.js"
import { allGroups } from "../support/performance.js"
import { folder } from "../support/storages.js"
import { type Campaign, type Draw, noting } from "./Campaign.js"
import { growthOf } from "./growth.js"

/** Windows that fill before anything is measured: what they hold is meant to grow until then. */
const registry = registryOf({
  orderbook: { levels: 5 },
  sentiment: { window_secs: 5, half_life_secs: 5 },
  price_history: { window_secs: 5, min_coverage_secs: 1 }
})

const markets = Array.from({ length: 40 }, (_, i) => MarketId.make(`market-${i}`))
const millisOfMinute = 60_000

/** Part of the time that is not measured: caches and windows fill, code is compiled. */
const warmUp = 0.3

/** Bytes an hour that count as none. */
const mostGrowth = 2_000_000

interface Sample {
  /** ms */
  readonly at: number
  /** bytes after a collection of garbage, those of typed arrays too */
  readonly heap: number
  readonly descriptors: number
}

const eventOf = (draw: Draw, number: number): MarketEvent => {
  const bid = 10_000 * draw.within(20, 70)
  return {
    market: markets[draw.below(markets.length)] ?? MarketId.make("none"),
    source: "soak",
    eventTime: undefined,
    body: number % 50 === 49
      ? { kind: "news", document: { id: `${number}`, text: "a great day", publishedAt: undefined, url: undefined } }
      : number % 3 === 0
      ? { kind: "book", bids: [[bid, 1_000_000]], asks: [[bid + 10_000, 2_000_000]] }
      : { kind: "quote", bestBid: bid, bestAsk: bid + 10_000, volume24h: undefined }
  }
}

/** A second of a store's life: events, questions in process and over HTTP, and now and then the log is kept small. */
const second = (draw: Draw, port: number, number: number) =>
  Effect.gen(function*() {
    const ingest = yield* Ingest
    const store = yield* FeatureStore
    const maintenance = yield* LogMaintenance
    const now = Instant(yield* Clock.currentTimeMillis)
    for (let batch = 0; batch < 10; batch++) {
      yield* ingest.publish(Array.from({ length: 20 }, (_, i) => eventOf(draw, number * 200 + batch * 20 + i)))
      const market = markets[draw.below(markets.length)] ?? MarketId.make("none")
      yield* store.getCurrentFeatures(market, allGroups)
      yield* store.getFeaturesAt(market, Instant(now - draw.below(registry.historyMillis)), ["orderbook"])
      // markets that nobody knows must leave nothing behind
      yield* asked(port, `/features/${draw.below(2) === 0 ? market : `unknown-${number}-${batch}`}?features=orderbook`)
      yield* Effect.sleep("20 millis")
    }
    if (number % 5 === 0) {
      const dropBefore = Instant(now - 2 * registry.historyMillis)
      yield* maintenance.compact({ dropBefore, historyMillis: registry.historyMillis, shrink: false })
    }
  })

/** More events than a store keeps decoded, read back as they come: from then on each takes the place of another. */
const fillDecoded = (draw: Draw) =>
  Effect.gen(function*() {
    const ingest = yield* Ingest
    const log = yield* EventLog
    for (let batch = 0; batch < 30; batch++) {
      yield* ingest.publish(Array.from({ length: 10_000 }, (_, i) => eventOf(draw, 1 + 3 * (batch * 10_000 + i))))
      for (const market of markets) yield* log.read(market)
    }
  })

/** More markets that nobody knows than a store keeps in mind: from then on each is one instead of another. */
const fillUnknown = Effect.flatMap(FeatureStore, (store) =>
  Effect.forEach(
    Array.from({ length: 1_100 }, (_, i) => MarketId.make(`unknown-${i}`)),
    (market) => store.getCurrentFeatures(market, ["orderbook"]),
    { discard: true }
  ))

const measure = (at: number): Sample => {
  globalThis.gc?.()
  const { external, heapUsed } = process.memoryUsage()
  return { at, heap: heapUsed + external, descriptors: readdirSync("/proc/self/fd").length }
}

/** A store that is fed and asked for so many minutes. */
export const soak = (minutes: number): Campaign => ({
  name: "soak",
  what: `a store, its server and database fed and asked for ${minutes} minutes; heap and descriptors do not grow`,
  rounds: { short: 1, nightly: 1 },
  lasts: minutes * millisOfMinute,
  meets: ["samples"],
  prepare: Effect.succeed(noting((notes, draw) =>
    Effect.gen(function*() {
      const path = join(yield* folder, "features.db")
      const app = liveApp(registry).pipe(Layer.provideMerge(maintained(path)), Layer.provideMerge(Telemetry.layer))
      yield* Effect.gen(function*() {
        const port = yield* serving({ registry, settings: { ...settings, rateLimitPerSec: 1_000_000 } })
        yield* fillUnknown
        yield* fillDecoded(draw)
        const samples: Array<Sample> = []
        const start = performance.now()
        const end = start + minutes * millisOfMinute
        for (let number = 1; performance.now() < end; number++) {
          yield* second(draw, port, number)
          notes.tried += 200
          if (performance.now() > start + warmUp * (end - start)) samples.push(measure(performance.now() - start))
        }
        const { atLeast, error, growth } = growthOf(samples.map(({ at, heap }) => ({ at, value: heap })))
        const [perHour, give] = [Math.round(growth / 1_000), Math.round(error / 1_000)]
        notes.meet("samples", samples.length)
        notes.meet("kB of heap", Math.round((samples.at(-1)?.heap ?? 0) / 1_000))
        notes.meet("kB an hour", perHour)
        notes.meet("give or take kB", give)
        notes.demand(
          // too few samples tell nothing
          !(atLeast >= mostGrowth),
          () => `the heap grows all the while, by ${perHour} kB an hour, give or take ${give}`
        )
        const descriptors = samples.map((sample) => sample.descriptors)
        notes.meet("descriptors", Math.max(...descriptors))
        notes.demand(
          (descriptors.at(-1) ?? 0) <= Math.min(...descriptors) + 5,
          () => `descriptors grow from ${Math.min(...descriptors)} to ${descriptors.at(-1)}`
        )
      }).pipe(Effect.provide(app))
      notes.found(...(yield* damage(path)))
    })
  ))
})
