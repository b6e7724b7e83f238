import { Socket } from "@effect/platform"
import { HttpClient } from "@effect/platform"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as NodeSocket from "@effect/platform-node/NodeSocket"
import { Effect, Layer, Schema, Scope } from "effect"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { VirtualClock } from "../VirtualClock.js"
import type { Fault } from "./faults.js"
import { inProcessVenue, SimulatedVenue } from "./inProcess.js"
import type { VenuePlan } from "./Listing.js"
import { LoopbackVenue, loopbackVenue } from "./loopback.js"
import { framesOf, plainSpeech } from "./messages.js"
import { decodeMessage, MirrorBook } from "./MirrorBook.js"
import type { SimulatedMarket } from "./SimulatedMarket.js"
import { venueUrls } from "./urls.js"
import { Venue } from "./Venue.js"

const start = 1_780_000_000_000
const minute = 60_000
const plan: VenuePlan = { seed: 7, markets: 20, start, rate: 10, newcomers: 4, closing: 3 }

const stateOf = ({ at, book, closed, fills, open, resolved, steps, tick, volume }: SimulatedMarket) => ({
  at,
  bids: book.bid.list(),
  asks: book.ask.list(),
  closed,
  open,
  resolved,
  steps,
  tick,
  volume,
  fills: fills.at(-1)
})

describe("the simulated venue", () => {
  it("is a function of its plan and the time, whatever the steps in which time passes", () => {
    const [once, often] = [new Venue(plan), new Venue(plan)]
    once.advance(start + 20 * minute)
    for (let at = start; at <= start + 20 * minute; at += 777) often.advance(at)
    often.advance(start + 20 * minute)
    const past = once.markets.map((_, index) => once.past(index))
    for (const market of past) market.advance(start + 20 * minute)
    assert.deepStrictEqual(often.markets.map(stateOf), once.markets.map(stateOf))
    assert.deepStrictEqual(past.map(stateOf), once.markets.map(stateOf))
    const other = new Venue({ ...plan, seed: 8 })
    assert.notStrictEqual(other.markets[0]?.listing.conditionId, once.markets[0]?.listing.conditionId)
  })

  it("never crosses a book, and gives each step of a market an instant of its own", () => {
    const venue = new Venue(plan)
    const seen = new Map<SimulatedMarket, number>()
    const kinds = new Set<string>()
    for (const market of venue.markets) {
      while (market.nextAt <= start + 60 * minute) {
        for (const { kind } of market.step()) kinds.add(kind)
        assert.isAbove(market.at, seen.get(market) ?? 0)
        seen.set(market, market.at)
        const { ask, bid } = market.book
        assert.isBelow(bid.best ?? 0, ask.best ?? 1_000)
        assert.strictEqual(bid.best, bid.list().at(-1)?.[0])
        assert.strictEqual(bid.count, bid.list().length)
        assert.strictEqual(ask.best, ask.list().at(-1)?.[0])
        assert.strictEqual(ask.count, ask.list().length)
      }
    }
    assert.deepStrictEqual([...kinds].sort(), [
      "announced",
      "best_bid_ask",
      "book",
      "price_change",
      "resolved",
      "tick_size",
      "trade"
    ])
  })

  it("says in its frames what happens to its books, of either token", () => {
    const venue = new Venue(plan)
    const mirrors = new Map(
      [...venue.byToken].map(([token, { market, side }]) => [token, new MirrorBook(market, side)] as const)
    )
    venue.listen((market, update) => {
      for (const { text } of framesOf(market, update, plainSpeech)) {
        const message = decodeMessage(text)
        for (const mirror of mirrors.values()) mirror.hear(message)
      }
    })
    for (let at = start; at < start + 5 * minute; at += 5_000) {
      venue.advance(at)
      for (const mirror of mirrors.values()) assert.deepStrictEqual(mirror.levels(), mirror.truth())
    }
  })
})

const decodeFields = Schema.decodeSync(
  Schema.parseJson(Schema.Record({ key: Schema.String, value: Schema.Unknown }))
)
const payloads = join(import.meta.dirname, "../../../../shared/data/venue-payloads")

/** The recorded messages of the channel, and the fields that only recordings or only the simulation have. */
const recorded = [
  ["ws_market_book_msg.json", "book", [], ["hash"]],
  ["ws_market_price_change_msg.json", "price_change", [], []],
  ["ws_market_last_trade_msg.json", "trade", [], []],
  ["ws_market_tick_size_msg.json", "tick_size", [], []],
  ["ws_market_best_bid_ask_msg.json", "best_bid_ask", [], []],
  [
    "ws_market_new_market_msg.json",
    "announced",
    ["sports_market_type", "line", "game_start_time", "group_item_title"],
    []
  ],
  ["ws_market_resolved_msg.json", "resolved", [], []]
] as const

describe.runIf(existsSync(payloads))("beside recordings of the venue", () => {
  for (const [file, kind, onlyRecorded, onlySimulated] of recorded) {
    it(`a message has the fields of ${file}`, () => {
      const venue = new Venue(plan)
      const texts: Array<string> = []
      venue.listen((market, update) => {
        if (update.kind === kind) texts.push(...framesOf(market, update, plainSpeech).map(({ text }) => text))
      })
      venue.advance(start + 60 * minute)
      const fields = (text: string) => {
        const message = decodeFields(text)
        return Object.keys(message)
      }
      const expected = [...fields(readFileSync(join(payloads, file), "utf8")), ...onlySimulated]
        .filter((name) => !onlyRecorded.some((only) => only === name))
      assert.deepStrictEqual(fields(texts[0] ?? "{}").sort(), [...new Set(expected)].sort())
    })
  }
})

/** Connects, follows all markets, and lets time pass: what a client hears and when, and how it ends. */
const listenFor = (millis: number, faults: ReadonlyArray<Fault>) => {
  const clock = new VirtualClock(start)
  const heard: Array<{ readonly at: number; readonly data: string | Uint8Array }> = []
  let ended: number | undefined
  return Effect.gen(function*() {
    const { feed, openSockets, venue } = yield* SimulatedVenue
    const socket = yield* Socket.makeWebSocket("ws://venue/ws/market")
    const scope = yield* Scope.make()
    const write = yield* Scope.extend(socket.writer, scope)
    const tokens = venue.markets.flatMap(({ listing }) => [listing.yes, listing.no])
    const say = (text: string) => Effect.forkScoped(Effect.ignore(write(text)))
    yield* say(JSON.stringify({ assets_ids: tokens, type: "market", custom_feature_enabled: true }))
    yield* socket.runRaw((data) => {
      heard.push({ at: clock.unsafeCurrentTimeMillis(), data })
    }).pipe(
      Effect.ignore,
      Effect.ensuring(Effect.sync(() => {
        ended = clock.unsafeCurrentTimeMillis()
      })),
      Effect.forkScoped
    )
    for (let at = start; at < start + millis; at += 10_000) {
      yield* clock.run(at + 1_000)
      yield* say("PING")
      yield* clock.run(Math.min(start + millis, at + 10_000))
    }
    return { heard, ended, open: openSockets(), connections: feed.connections.size }
  }).pipe(
    Effect.scoped,
    Effect.provide(inProcessVenue({ plan, faults })),
    Effect.withClock(clock),
    Effect.runPromise
  )
}

const textsFrom = (heard: ReadonlyArray<{ readonly at: number; readonly data: string | Uint8Array }>, from: number) =>
  heard.flatMap(({ at, data }) => at >= from && typeof data === "string" ? [data] : [])

describe("over the in-process transport", () => {
  it("greets with the books, answers PING, and speaks in order", async () => {
    const { ended, heard, open } = await listenFor(minute, [])
    const texts = textsFrom(heard, start)
    assert.strictEqual(texts.filter((text) => text === "PONG").length, 6)
    assert.strictEqual((texts[0]?.match(/"event_type":"book"/gu) ?? []).length, 2 * plan.markets)
    assert.isUndefined(ended)
    assert.strictEqual(open, 1)
    const times = texts.flatMap((text) => text.startsWith("{") ? [Number(/"timestamp":"(\d+)"/u.exec(text)?.[1])] : [])
    assert.isAbove(times.length, 300)
    assert.deepStrictEqual(times, [...times].sort((a, b) => a - b))
  })

  it("ends abruptly, and refuses while it is down", async () => {
    const { connections, ended, open } = await listenFor(minute, [{ kind: "close", at: start + 5_000 }])
    assert.strictEqual(ended, start + 5_050)
    assert.strictEqual(open, 0)
    assert.strictEqual(connections, 0)
    const refused = await listenFor(minute, [{ kind: "refuse", at: start, until: start + 5_000 }])
    assert.strictEqual(refused.heard.length, 0)
    assert.strictEqual(refused.ended, start + 50)
  })

  it("goes silent, with PONGs and without", async () => {
    const silent = await listenFor(minute, [{ kind: "half_open", at: start + 5_000 }])
    assert.deepStrictEqual(textsFrom(silent.heard, start + 5_000), [])
    assert.strictEqual(silent.open, 1)
    const frozen = await listenFor(minute, [{ kind: "freeze", at: start + 5_000 }])
    assert.deepStrictEqual(new Set(textsFrom(frozen.heard, start + 5_051)), new Set(["PONG"]))
    const thawed = await listenFor(minute, [{ kind: "drop", at: start + 5_000, until: start + 20_000 }])
    assert.deepStrictEqual(
      new Set(thawed.heard.flatMap(({ at, data }) => at > start + 5_050 && at < start + 20_050 ? [data] : [])),
      new Set(["PONG"])
    )
    assert.isAbove(textsFrom(thawed.heard, start + 20_050).length, 100)
  })

  it("repeats and delays messages", async () => {
    const twice = await listenFor(minute, [{ kind: "duplicate", at: start + 1_000, until: start + minute }])
    const texts = textsFrom(twice.heard, start + 2_000).filter((text) => text !== "PONG")
    const counts = new Map<string, number>()
    for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
    assert.isAbove(counts.size, 100)
    assert.deepStrictEqual([...new Set(counts.values())], [2])
    const late = await listenFor(minute, [{ kind: "late", at: start + 1_000, until: start + 20_000, byMillis: 3_000 }])
    const times = textsFrom(late.heard, start)
      .flatMap((text) => text.startsWith("{") ? [Number(/"timestamp":"(\d+)"/u.exec(text)?.[1])] : [])
    assert.notDeepEqual(times, [...times].sort((a, b) => a - b))
  })

  it("misspeaks: frames that cannot be read, unsorted and crossed books, hashes of nothing", async () => {
    const at = start + 5_000
    const plain = await listenFor(10_000, [])
    const more = async (fault: Fault) => {
      const { heard } = await listenFor(10_000, [fault])
      const before = textsFrom(plain.heard, start)
      return heard.flatMap(({ data }) => typeof data === "string" && before.includes(data) ? [] : [data])
    }
    assert.match(String((await more({ kind: "odd_frame", at, frame: "garbage" }))[0]), /^<html>/u)
    assert.instanceOf((await more({ kind: "odd_frame", at, frame: "bad_utf8_binary" }))[0], Uint8Array)
    assert.match(String((await more({ kind: "odd_frame", at, frame: "unknown_event" }))[0]), /fee_schedule_change/u)
    assert.strictEqual((await more({ kind: "crossed", at, market: 3 })).length, 2)
    assert.isAbove((await more({ kind: "wrong_hash", at: start, until: start + 9_000 })).length, 10)
    assert.isAbove((await more({ kind: "unsorted", at: start, until: start + 9_000 })).length, 1)
    const broken = await listenFor(10_000, [{ kind: "odd_frame", at, frame: "bad_utf8_text" }])
    assert.strictEqual(broken.ended, at + 50)
    const huge = await listenFor(10_000, [{ kind: "odd_frame", at, frame: "huge" }])
    assert.strictEqual(huge.ended, at + 50)
  })

  it("refuses and delays by REST, and knows no books of markets that are not open", async () => {
    const clock = new VirtualClock(start)
    const faults: ReadonlyArray<Fault> = [
      { kind: "too_many", at: start + 1_000, until: start + 2_000, retryAfter: "seconds" },
      { kind: "too_many", at: start + 2_000, until: start + 3_000, retryAfter: "date" },
      { kind: "server_error", at: start + 3_000, until: start + 4_000 },
      { kind: "slow", at: start + 4_000, until: start + 5_000, byMillis: 500 },
      { kind: "refuse", at: start + 5_000, until: start + 6_000 }
    ]
    const outcomes = await Effect.gen(function*() {
      const { venue } = yield* SimulatedVenue
      const client = yield* HttpClient.HttpClient
      const results: Array<readonly [number, string]> = []
      const fresh = venue.markets[plan.markets]?.listing.yes ?? ""
      const known = venue.markets[0]?.listing.yes ?? ""
      for (let second = 0; second < 7; second++) {
        yield* client.get(`http://venue/clob/book?token_id=${second === 6 ? fresh : known}`).pipe(
          Effect.match({
            onFailure: () => [0, ""] as const,
            onSuccess: ({ headers, status }) => [status, headers["retry-after"] ?? ""] as const
          }),
          Effect.flatMap((result) =>
            Effect.sync(() => results.push([clock.unsafeCurrentTimeMillis(), result.join(" ")]))
          ),
          Effect.forkScoped
        )
        yield* clock.run(start + 1_000 * (second + 1))
      }
      return results
    }).pipe(
      Effect.scoped,
      Effect.provide(inProcessVenue({ plan, faults })),
      Effect.withClock(clock),
      Effect.runPromise
    )
    assert.deepStrictEqual(outcomes, [
      [start + 100, "200 "],
      [start + 1_100, "429 2"],
      [start + 2_100, `429 ${new Date(start + 5_049).toUTCString()}`],
      [start + 3_100, "500 "],
      [start + 4_600, "200 "],
      [start + 5_050, "0 "],
      [start + 6_100, "404 "]
    ])
  })
})

describe("over loopback", () => {
  it("serves REST and the channel on one port, faults included", async () => {
    const program = Effect.gen(function*() {
      const { authority, feed, venue } = yield* LoopbackVenue
      const urls = venueUrls(authority)
      const client = yield* HttpClient.HttpClient
      const listed = yield* Effect.flatMap(client.get(`${urls.gammaUrl}/markets/keyset?limit=100`), ({ json }) => json)
      const heard: Array<string> = []
      const socket = yield* Socket.makeWebSocket(urls.websocketUrl)
      const write = yield* socket.writer
      const tokens = venue.markets.map(({ listing }) => listing.no)
      yield* Effect.forkScoped(Effect.ignore(write(JSON.stringify({ assets_ids: tokens, type: "market" }))))
      yield* socket.runRaw((data) => {
        if (typeof data === "string") heard.push(data)
      }).pipe(Effect.timeout("5 seconds"))
      return { listed, heard, connections: feed.connections.size }
    }).pipe(Effect.scoped)
    const now = await Effect.runPromise(Effect.clockWith(({ currentTimeMillis }) => currentTimeMillis))
    const { connections, heard, listed } = await program.pipe(
      Effect.provide(Layer.mergeAll(
        loopbackVenue({
          plan: { ...plan, start: now, rate: 200 },
          faults: [{ kind: "close", at: now + 1_000 }]
        }),
        NodeHttpClient.layerUndici,
        NodeSocket.layerWebSocketConstructor
      )),
      Effect.runPromise
    )
    assert.include(JSON.stringify(listed), "\"clobTokenIds\":\"[\\\"7")
    assert.strictEqual((heard[0]?.match(/"event_type":"book"/gu) ?? []).length, plan.markets)
    assert.isAbove(heard.filter((text) => text.includes("price_change")).length, 20)
    assert.strictEqual(connections, 0)
  })
})
