import * as NodeContext from "@effect/platform-node/NodeContext"
import { Effect, Layer } from "effect"
import { seeded } from "../../src/audit/random.js"
import { LiveContext } from "../../src/context/contexts.js"
import { Ingest } from "../../src/context/Ingest.js"
import { MarketSource } from "../../src/context/MarketSource.js"
import type { MarketEvent } from "../../src/domain/Event.js"
import { EventLog } from "../../src/store/EventLog.js"
import { marketName } from "./generate.js"
import { atLeast, atMost, timed } from "./measure.js"
import { storage } from "./storage.js"

const historyMillis = 6 * 3_600_000
const perBatch = 2_000
const bursts = 400_000
const pacedRate = 20_000
const pacedSeconds = 20
const pacedEvery = 10

/** Changes of two levels each near the touch of random markets, as the venue sends most. */
const changesOf = (markets: number, seed: number) => {
  const random = seeded(seed)
  const cent = (from: number) => (from + Math.floor(random() * 8)) * 10_000
  const size = () => Math.floor(random() * 4 + 1) * 25_000_000 * Math.floor(random() * 3)
  return (events: number): ReadonlyArray<MarketEvent> =>
    Array.from({ length: events }, () => ({
      market: marketName(Math.floor(random() * markets)),
      source: "polymarket",
      eventTime: undefined,
      body: { kind: "price_change", changes: [["bid", cent(42), size()], ["ask", cent(50), size()]] }
    }))
}

const booksOf = (markets: number): ReadonlyArray<MarketEvent> =>
  Array.from({ length: markets }, (_, i) => ({
    market: marketName(i),
    source: "polymarket",
    eventTime: undefined,
    body: {
      kind: "book",
      bids: Array.from({ length: 40 }, (_, level) => [(49 - level) * 10_000, 50_000_000] as const),
      asks: Array.from({ length: 40 }, (_, level) => [(50 + level) * 10_000, 50_000_000] as const)
    }
  }))

/** Live states of that many markets over a new database. */
const app = (path: string) => Layer.provideMerge(LiveContext(historyMillis), storage(path))

const begin = (markets: number) =>
  Effect.gen(function*() {
    const ingest = yield* Ingest
    yield* ingest.publish(booksOf(markets))
    const source = yield* MarketSource
    yield* Effect.forEach(Array.from({ length: markets }, (_, i) => i), (i) => source.load(marketName(i)))
    return ingest
  })

/** Events a second, all that one core can do. */
const burst = (folder: string, markets: number) =>
  Effect.gen(function*() {
    const ingest = yield* begin(markets)
    const next = changesOf(markets, 5)
    for (let i = 0; i < 20; i++) yield* ingest.publish(next(perBatch))
    const times: Array<number> = []
    let cpu = 0
    for (let i = 0; i < bursts / perBatch; i++) {
      // made as it is needed and let go, as a socket's events are
      const batch = next(perBatch)
      const before = process.cpuUsage()
      times.push((yield* timed(ingest.publish(batch))).millis)
      const { system, user } = process.cpuUsage(before)
      cpu += system + user
    }
    const total = times.reduce((sum, millis) => sum + millis, 0)
    times.sort((a, b) => a - b)
    return {
      rate: bursts / total * 1_000,
      cpu: cpu / bursts,
      p99: times[Math.floor(times.length * 0.99)] ?? NaN
    }
  }).pipe(Effect.provide(app(`${folder}/burst-${markets}.db`)))

/** From an event's arrival to its being durable and applied, in ms: batches of what arrived every so often, at a steady rate. */
const paced = (folder: string, markets: number) =>
  Effect.gen(function*() {
    const ingest = yield* begin(markets)
    const next = changesOf(markets, 6)
    const perRound = pacedRate * pacedEvery / 1_000
    const rounds = Array.from({ length: pacedSeconds * 1_000 / pacedEvery }, () => next(perRound))
    const waits: Array<number> = []
    const start = performance.now()
    for (const [round, batch] of rounds.entries()) {
      const due = start + (round + 1) * pacedEvery
      const ahead = due - performance.now()
      if (ahead > 0) yield* Effect.sleep(ahead)
      yield* ingest.publish(batch)
      const done = performance.now()
      // the first of the batch has waited for the whole of it
      for (let i = 0; i < perRound; i++) waits.push(done - due + pacedEvery * (1 - i / perRound))
    }
    waits.sort((a, b) => a - b)
    return { p50: waits[Math.floor(waits.length * 0.5)] ?? NaN, p99: waits[Math.floor(waits.length * 0.99)] ?? NaN }
  }).pipe(Effect.provide(app(`${folder}/paced-${markets}.db`)))

/** Live events: appended to the log, durable, and applied to their markets' states. */
export const appendBench = (folder: string) =>
  Effect.gen(function*() {
    const few = yield* burst(folder, 100)
    const many = yield* burst(folder, 500)
    const steady = yield* paced(folder, 500)
    const { events } = yield* Effect.provide(
      Effect.map(Effect.flatMap(EventLog, (log) => log.markets), (markets) => ({
        events: markets.reduce((sum, market) => sum + market.events, 0)
      })),
      storage(`${folder}/burst-500.db`)
    )
    yield* events === bursts + 20 * perBatch + 500 ? Effect.void : Effect.dieMessage(`the log holds ${events} events`)
    return [
      atLeast("    appended and applied, 100 markets", "events/s", few.rate, 250_000),
      atLeast("    appended and applied, 500 markets", "events/s", many.rate, 250_000),
      atMost("    the same, processor time, 100 markets", "us/event", few.cpu, 3.5),
      atMost("    the same, processor time, 500 markets", "us/event", many.cpu, 3.5),
      atMost("    the same, p99 of batches of 2,000, 500 markets", "ms", many.p99, 50),
      atMost(`    at ${pacedRate} events/s, arrival to durable and applied, p50`, "ms", steady.p50, 15),
      atMost(`    at ${pacedRate} events/s, arrival to durable and applied, p99`, "ms", steady.p99, 20)
    ]
  }).pipe(Effect.provide(NodeContext.layer))
