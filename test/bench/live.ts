import * as NodeContext from "@effect/platform-node/NodeContext"
import { Chunk, Clock, Effect, Layer, Stream } from "effect"
import { fdatasyncSync, openSync, writeSync } from "node:fs"
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
import { EventLog, type LogEntry } from "../../src/store/EventLog.js"
import * as Telemetry from "../../src/telemetry/Telemetry.js"
import { type Columns, differenceOf } from "./columns.js"
import { compare } from "./compare.js"
import { type Change, sqliteEvents } from "./peers/sqliteEvents.js"
import { storage } from "./storage.js"
import { makeVenue } from "./venueFrames.js"

const markets = 500
const historyMillis = 6 * 3_600_000
const frames = 50_000
/** frames between two turns of the event loop, as when a socket has much to read; a commit of the peers for each */
const perTurn = 1_000
const pacedRate = 20_000
const pacedSeconds = 2

type Venue = ReturnType<typeof makeVenue>

/** What stands behind a socket: from a frame's bytes to the intake. */
const makeReceiver = (intake: Intake["Type"], venue: Venue) => {
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

interface Frame {
  readonly market: string
  readonly price_changes: ReadonlyArray<
    { readonly asset_id: string; readonly price: string; readonly size: string; readonly side: string }
  >
}

/** A short program looks no closer. */
const isFrame = (value: unknown): value is Frame =>
  typeof value === "object" && value !== null && "price_changes" in value

/** The changes of a frame that are of YES books, as a short program reads them: nothing is checked. */
const changesOf = (frame: Buffer, yes: ReadonlySet<string>): ReadonlyArray<Change> => {
  const parsed: unknown = JSON.parse(frame.toString())
  if (!isFrame(parsed)) return []
  const { market, price_changes } = parsed
  return price_changes.filter(({ asset_id }) => yes.has(asset_id)).map(({ price, side, size }) => ({
    market,
    isBid: side === "BUY",
    price: Number(price),
    size: Number(size)
  }))
}

/** Changes taken, and the sum of their sizes in millionths. */
const totals = (changes: number, size: number): Columns => [Float64Array.of(changes, size)]

/** What the log holds of changes. */
const logTotals = (log: EventLog["Type"]) =>
  Effect.suspend(() => {
    let [changes, sizes] = [0, 0]
    const add = ({ columns, row }: LogEntry) => {
      if (columns.kind !== "price_change") return
      const { size, start } = columns.changes
      for (let i = start[row] ?? 0; i < (start[row + 1] ?? 0); i++) {
        changes++
        sizes += size[i] ?? NaN
      }
    }
    return Effect.map(
      Stream.runForEachChunk(log.scan(), (entries) => Effect.sync(() => Chunk.forEach(entries, add))),
      () => totals(changes, sizes)
    )
  })

const app = (path: string) =>
  Recorder.layer.pipe(
    Layer.provideMerge(Telemetry.layer),
    Layer.provideMerge(LiveContext(historyMillis)),
    Layer.provideMerge(storage(path))
  )

/** Appends bytes to a file and waits for the disk: the least that anything durable does. */
const bareFile = (path: string, yes: ReadonlySet<string>) => {
  const file = openSync(path, "w")
  const levels = new Map<string, number>()
  let [changes, size] = [0, 0]
  return {
    append: (batch: ReadonlyArray<Buffer>) => {
      for (const frame of batch) {
        for (const change of changesOf(frame, yes)) {
          levels.set(`${change.market}${change.isBid ? "b" : "a"}${change.price}`, change.size)
          changes++
          size += Math.round(change.size * 1_000_000)
        }
      }
      writeSync(file, Buffer.concat(batch))
      fdatasyncSync(file)
    },
    totals: () => totals(changes, size)
  }
}

const turnsOf = (sent: ReadonlyArray<Buffer>): ReadonlyArray<ReadonlyArray<Buffer>> =>
  Array.from(
    { length: Math.ceil(sent.length / perTurn) },
    (_, turn) => sent.slice(turn * perTurn, (turn + 1) * perTurn)
  )

const p99 = (lags: ReadonlyArray<number>): number =>
  Float64Array.from(lags).sort()[Math.floor(lags.length * 0.99)] ?? NaN

/** Sends frames at a steady rate; `take` is told how many more have come, and when each did. */
const paced = <E>(sent: ReadonlyArray<Buffer>, take: (due: ReadonlyArray<Buffer>) => Effect.Effect<void, E>) =>
  Effect.gen(function*() {
    const start = performance.now()
    let taken = 0
    while (taken < sent.length) {
      const due = Math.min(sent.length, Math.floor((performance.now() - start) * pacedRate / 1_000))
      if (due > taken) yield* take(sent.slice(taken, due))
      taken = due
      yield* Effect.sleep(1)
    }
    return start
  })

/** The venue's frames, each a level's change as both tokens have it, until they are durable and, here, applied. */
export const live = (folder: string) =>
  Effect.gen(function*() {
    const intake = yield* Intake
    const log = yield* EventLog
    const source = yield* MarketSource
    const recorder = yield* Recorder.Recorder
    const venue = makeVenue(markets, 3)
    const yes = new Set<string>(venue.markets.map((market) => market.yes))
    const receive = makeReceiver(intake, venue)
    receive(venue.books(), yield* Clock.currentTimeMillis)
    yield* intake.settled
    yield* Effect.forEach(venue.markets, ({ id }) => source.load(id), { discard: true })
    const table = sqliteEvents(`${folder}/table.db`)
    const bare = bareFile(`${folder}/frames.ndjson`, yes)
    let sent: ReadonlyArray<Buffer> = []
    const send = (count: number) => Effect.sync(() => (sent = venue.changes(count))).pipe(Effect.asVoid)

    const take = (batch: ReadonlyArray<Buffer>) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        for (const frame of batch) receive(frame, now)
      })
    const insert = (batch: ReadonlyArray<Buffer>) =>
      Effect.map(
        Clock.currentTimeMillis,
        (now) => table.append(batch.flatMap((frame) => changesOf(frame, yes)), now)
      )
    const inTurns = <E>(each: (batch: ReadonlyArray<Buffer>) => Effect.Effect<void, E>) =>
      Effect.suspend(() =>
        Effect.forEach(turnsOf(sent), (batch) => Effect.zipRight(each(batch), Effect.sleep(0)), { discard: true })
      )
    const tableTotals = Effect.sync(() => totals(...table.totals()))

    const rate = yield* compare({
      name: "live ingest",
      data:
        `${frames} frames of ${markets} markets as the socket gives them, durable; the peers commit every ${perTurn}`,
      rounds: 3,
      items: { count: frames, of: "frames" },
      competitors: [
        {
          name: "this project: checked, durable, applied to live states",
          role: "ours",
          prepare: send(frames),
          run: Effect.as(Effect.zipRight(inTurns(take), intake.settled), logTotals(log))
        },
        { name: "better-sqlite3, JSON.parse", role: "peer", run: Effect.as(inTurns(insert), tableTotals) },
        {
          name: "JSON.parse, a Map, an appended file",
          role: "limit",
          run: Effect.as(
            inTurns((batch) => Effect.sync(() => bare.append(batch))),
            Effect.sync(bare.totals)
          )
        }
      ],
      difference: differenceOf(["changes and the sum of sizes"]),
      goals: [{ against: "better-sqlite3, JSON.parse", atMost: 1 }]
    })

    let lags: Array<number> = []
    let start = 0
    yield* recorder.listen(({ events }) => {
      const now = performance.now()
      for (let i = 0; i < events; i++) lags.push(now - start - lags.length / pacedRate * 1_000)
    })
    const begin = Effect.sync(() => {
      lags = []
      start = performance.now()
    })
    const latency = yield* compare({
      name: "live ingest, arrival to durable",
      data: `p99 at ${pacedRate} frames a second for ${pacedSeconds} s; the peer commits what came in a millisecond`,
      rounds: 2,
      competitors: [
        {
          name: "this project",
          role: "ours",
          prepare: send(pacedRate * pacedSeconds),
          run: begin.pipe(
            Effect.zipRight(Effect.suspend(() => paced(sent, take))),
            Effect.zipRight(intake.settled),
            Effect.as(Effect.sync(() => ({ frames: lags.length, lag: p99(lags) })))
          )
        },
        {
          name: "better-sqlite3, JSON.parse",
          role: "peer",
          run: begin.pipe(
            Effect.zipRight(Effect.suspend(() =>
              paced(sent, (due) =>
                Effect.map(insert(due), () => {
                  const now = performance.now()
                  for (const _ of due) lags.push(now - start - lags.length / pacedRate * 1_000)
                }))
            )),
            Effect.as(Effect.sync(() => ({ frames: lags.length, lag: p99(lags) })))
          )
        }
      ],
      difference: (ours, theirs) =>
        ours.frames === theirs.frames ? undefined : `${ours.frames}, ${theirs.frames} frames`,
      figure: { unit: "ms", of: ({ lag }) => lag },
      goals: [{ against: "better-sqlite3, JSON.parse", atMost: 1 }]
    })
    table.close()
    return [rate, latency]
  }).pipe(Effect.provide(Layer.merge(app(`${folder}/live.db`), NodeContext.layer)))
