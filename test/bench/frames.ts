import * as NodeContext from "@effect/platform-node/NodeContext"
import { Clock, Effect, Layer } from "effect"
import { LiveContext } from "../../src/context/contexts.js"
import { Intake } from "../../src/context/Intake.js"
import { MarketSource } from "../../src/context/MarketSource.js"
import * as Recorder from "../../src/live/Recorder.js"
import { MarketFeed } from "../../src/polymarket/channel/MarketFeed.js"
import { Outbox } from "../../src/polymarket/channel/Outbox.js"
import { PriceChangeReader } from "../../src/polymarket/channel/PriceChangeReader.js"
import { makeReceive } from "../../src/polymarket/channel/receive.js"
import { Shard } from "../../src/polymarket/channel/Shard.js"
import { Switchboard } from "../../src/polymarket/channel/Switchboard.js"
import { Tally } from "../../src/polymarket/channel/Tally.js"
import * as Telemetry from "../../src/telemetry/Telemetry.js"
import { atLeast, atMost, median, timed } from "./measure.js"
import { storage } from "./storage.js"
import { makeVenue } from "./venueFrames.js"

const historyMillis = 6 * 3_600_000
const burst = 100_000
const rounds = 5
const pacedRate = 20_000
const pacedSeconds = 10
/** frames between two turns of the event loop, as when a socket has much to read */
const perTurn = 500

/** What stands behind a socket: from a frame's bytes to the intake. */
const makeReceiver = (intake: Intake["Type"], venue: ReturnType<typeof makeVenue>) => {
  const board = new Switchboard(new Outbox(intake), new Tally())
  const shard = new Shard()
  shard.isOpen = true
  for (const market of venue.markets) {
    const feed = new MarketFeed(market)
    shard.feeds.add(feed)
    board.byMarket.set(market.id, feed)
    for (const token of [market.yes, market.no]) board.byToken.set(token, feed)
  }
  const receive = makeReceive(board, shard, new PriceChangeReader(board.byToken))
  // text frames reach the handler as strings
  return (frame: Buffer, now: number) => receive(frame.toString(), now)
}

interface Speed {
  /** frames a second */
  readonly rate: number
  /** of the processor, in us a frame: holds where others use the machine as well */
  readonly cpu: number
}

/** How fast rounds of frames are gone through, the first one to warm up. */
const speedOf = (venue: ReturnType<typeof makeVenue>, read: (frames: ReadonlyArray<Buffer>) => Effect.Effect<void>) =>
  Effect.gen(function*() {
    const times: Array<number> = []
    const cpu: Array<number> = []
    for (let round = 0; round <= rounds; round++) {
      const frames = venue.changes(burst)
      const before = process.cpuUsage()
      const { millis } = yield* timed(read(frames))
      const { system, user } = process.cpuUsage(before)
      if (round === 0) continue
      times.push(millis)
      cpu.push((system + user) / burst)
    }
    const speed: Speed = { rate: burst / median(times) * 1_000, cpu: median(cpu) }
    return speed
  })

/** From bytes to events, and nothing behind. */
const readAlone = (markets: number) =>
  Effect.gen(function*() {
    const venue = makeVenue(markets, 3)
    let events = 0
    const intake: Intake["Type"] = {
      offer: (offered) => {
        events += offered.length
        return true
      },
      room: Effect.void,
      settled: Effect.void
    }
    const receive = makeReceiver(intake, venue)
    const now = yield* Clock.currentTimeMillis
    receive(venue.books(), now)
    const speed = yield* speedOf(venue, (frames) =>
      Effect.sync(() => {
        for (const frame of frames) receive(frame, now)
      }))
    const expected = markets + (rounds + 1) * burst
    yield* events === expected ? Effect.void : Effect.dieMessage(`${events} events of ${expected}`)
    return speed
  })

const app = (path: string) =>
  Recorder.layer.pipe(
    Layer.provideMerge(Telemetry.layer),
    Layer.provideMerge(LiveContext(historyMillis)),
    Layer.provideMerge(storage(path))
  )

const begin = (markets: number) =>
  Effect.gen(function*() {
    const intake = yield* Intake
    const source = yield* MarketSource
    const venue = makeVenue(markets, 3)
    const receive = makeReceiver(intake, venue)
    receive(venue.books(), yield* Clock.currentTimeMillis)
    yield* intake.settled
    yield* Effect.forEach(venue.markets, ({ id }) => source.load(id), { discard: true })
    return { intake, receive, venue }
  })

/** From bytes to durable events in reduced states, all that one core can do. */
const endToEnd = (folder: string, markets: number) =>
  Effect.gen(function*() {
    const { intake, receive, venue } = yield* begin(markets)
    return yield* speedOf(venue, (frames) =>
      Effect.gen(function*() {
        for (let from = 0; from < burst; from += perTurn) {
          const now = yield* Clock.currentTimeMillis
          for (let i = from; i < from + perTurn; i++) {
            const frame = frames[i]
            if (frame !== undefined) receive(frame, now)
          }
          yield* Effect.sleep(0)
        }
        yield* intake.settled
      }))
  }).pipe(Effect.provide(app(`${folder}/burst-${markets}.db`)))

/** From a frame's arrival to its being durable and applied, in ms, at a steady rate. */
const paced = (folder: string, markets: number) =>
  Effect.gen(function*() {
    const { receive, venue } = yield* begin(markets)
    const frames = venue.changes(pacedRate * pacedSeconds)
    const lags: Array<number> = []
    let taken = 0
    const start = performance.now()
    const arrivalOf = (index: number) => start + index / pacedRate * 1_000
    yield* (yield* Recorder.Recorder).listen(({ events }) => {
      const now = performance.now()
      for (let i = 0; i < events; i++) lags.push(now - arrivalOf(lags.length))
    })
    while (taken < frames.length) {
      const due = Math.min(frames.length, Math.floor((performance.now() - start) * pacedRate / 1_000))
      const now = yield* Clock.currentTimeMillis
      for (; taken < due; taken++) {
        const frame = frames[taken]
        if (frame !== undefined) receive(frame, now)
      }
      yield* Effect.sleep(1)
    }
    yield* (yield* Intake).settled
    yield* lags.length === frames.length ? Effect.void : Effect.dieMessage(`${lags.length} events of ${frames.length}`)
    lags.sort((a, b) => a - b)
    return { p50: lags[Math.floor(lags.length * 0.5)] ?? NaN, p99: lags[Math.floor(lags.length * 0.99)] ?? NaN }
  }).pipe(Effect.provide(app(`${folder}/paced-${markets}.db`)))

/** The venue's frames, each a level's change as both tokens have it. */
export const framesBench = (folder: string) =>
  Effect.gen(function*() {
    const [fewRead, manyRead] = [yield* readAlone(100), yield* readAlone(500)]
    const [few, many] = [yield* endToEnd(folder, 100), yield* endToEnd(folder, 500)]
    const lag = yield* paced(folder, 500)
    return [
      atLeast("    frame -> checked event of the YES book, 100 markets", "frames/s", fewRead.rate, 333_000),
      atLeast("    frame -> checked event of the YES book, 500 markets", "frames/s", manyRead.rate, 333_000),
      atMost("    the same, processor time, 500 markets", "us/frame", manyRead.cpu, 3),
      atLeast("    frame -> appended log and reduced state, 100 markets", "frames/s", few.rate, 150_000),
      atLeast("    frame -> appended log and reduced state, 500 markets", "frames/s", many.rate, 150_000),
      atMost("    the same, processor time, 500 markets", "us/frame", many.cpu, 6.67),
      atMost(`    at ${pacedRate} frames/s, arrival to durable and applied, p50`, "ms", lag.p50, 15),
      atMost(`    at ${pacedRate} frames/s, arrival to durable and applied, p99`, "ms", lag.p99, 20)
    ]
  }).pipe(Effect.provide(NodeContext.layer))
