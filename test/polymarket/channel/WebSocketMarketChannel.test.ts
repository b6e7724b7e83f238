import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema, type Scope, type TestServices } from "effect"
import { MarketChannel } from "../../../src/polymarket/MarketChannel.js"
import { PolymarketSettings } from "../../../src/polymarket/settings.js"
import { Telemetry } from "../../../src/telemetry/Telemetry.js"
import { book, listing, mirrorBook, noon, priceChange, type Side } from "./frames.js"
import { begin, pass, ScriptedVenue, settle, venueMarket } from "./scriptedVenue.js"

const settingsOf = Schema.decodeSync(PolymarketSettings)

const sides: Side = { bids: [[480, "10"]], asks: [[520, "7"]] }
const others: Side = { bids: [[481, "10"]], asks: [[520, "7"]] }
const parsed = Schema.decodeUnknownSync(Schema.parseJson())

/** Runs a test with a channel that ends with it. */
const withChannel = <E>(
  run: (venue: ScriptedVenue, channel: MarketChannel["Type"]) => Effect.Effect<void, E, Scope.Scope | Telemetry>,
  settings: Parameters<typeof settingsOf>[0] = {}
): Effect.Effect<ScriptedVenue, E, TestServices.TestServices> => {
  const venue = new ScriptedVenue()
  const running = Effect.flatMap(MarketChannel, (channel) => run(venue, channel)).pipe(
    Effect.scoped,
    Effect.provide(venue.layer(settingsOf({ expected_interval_secs: 20, ...settings })))
  )
  return begin.pipe(Effect.zipRight(running), Effect.as(venue))
}

/** Follows markets, and has the venue tell their books. */
const start = (venue: ScriptedVenue, channel: MarketChannel["Type"], ...markets: ReadonlyArray<number>) =>
  Effect.gen(function*() {
    yield* channel.follow(markets.map(venueMarket))
    yield* settle
    venue.socket.tell(markets.map((market) => book(listing(market), noon, sides)))
    venue.taken()
  })

const synced = (channel: MarketChannel["Type"]) =>
  Effect.map(channel.status, (status) => status.map((market) => market.synced))

describe("the market channel", () => {
  it.effect("subscribes both tokens of its markets on as many sockets as they need", () =>
    withChannel((venue, channel) =>
      Effect.gen(function*() {
        yield* channel.follow([1, 2, 3].map(venueMarket))
        yield* settle
        const tokens = (...markets: ReadonlyArray<number>) =>
          markets.flatMap((market) => [listing(market).yes, listing(market).no])
        const first = (...markets: ReadonlyArray<number>) => [{
          assets_ids: tokens(...markets),
          type: "market",
          custom_feature_enabled: true
        }]
        const said = () => venue.openSockets.map((socket) => socket.said.splice(0).map((text) => parsed(text)))
        assert.deepStrictEqual<unknown>(said(), [first(1, 2), first(3)])
        assert.deepStrictEqual(venue.taken(), ["1 gap started", "2 gap started", "3 gap started"])

        yield* channel.follow([3, 4, 5].map(venueMarket))
        yield* settle
        assert.deepStrictEqual<unknown>(said(), [
          [],
          [{ assets_ids: tokens(4), operation: "subscribe" }],
          first(5)
        ])
        assert.deepStrictEqual(venue.taken(), ["4 gap started", "5 gap started"])

        venue.socket.tell([book(listing(5), noon, sides)])
        yield* channel.unfollow([listing(1).id, listing(5).id])
        yield* settle
        assert.deepStrictEqual<unknown>(said(), [[{ assets_ids: tokens(1), operation: "unsubscribe" }], []])
        assert.deepStrictEqual(venue.taken(), ["5 book", "5 gap unfollowed"])
        assert.deepStrictEqual((yield* channel.status).map(({ market }) => market), [2, 3, 4].map((i) => listing(i).id))

        yield* channel.follow([venueMarket(6)])
        yield* settle
        assert.deepStrictEqual<unknown>(said(), [[{ assets_ids: tokens(6), operation: "subscribe" }], []])
      }), { tokens_per_socket: 4 }))

  it.effect("tells a gap of each known book when the connection drops, once, and takes fresh books", () =>
    withChannel((venue, channel) =>
      Effect.gen(function*() {
        yield* channel.follow([1, 2].map(venueMarket))
        yield* settle
        venue.socket.tell(book(listing(1), noon, sides))
        venue.taken()
        venue.isOpen = false
        venue.socket.drop()
        yield* settle
        assert.deepStrictEqual(venue.taken(), ["1 gap disconnected"])
        yield* pass(20_000)
        assert.deepStrictEqual(venue.taken(), [])
        assert.strictEqual(venue.asked.length, 0)
        venue.isOpen = true
        yield* pass(4_000)
        venue.socket.tell(book(listing(1), noon, sides), mirrorBook(listing(1), noon, sides))
        assert.deepStrictEqual(venue.taken(), ["1 book"])
        assert.deepStrictEqual(yield* synced(channel), [true, false])
      })
    ))

  it.effect("waits longer and longer for a venue that is away, at random, and not once it has said something", () =>
    withChannel((venue, channel) =>
      Effect.gen(function*() {
        venue.isOpen = false
        yield* channel.follow([venueMarket(1)])
        yield* pass(300_000)
        const waits = venue.sockets.slice(1).map(({ at }, i) => at - (venue.sockets[i]?.at ?? 0))
        for (const [i, wait] of waits.entries()) assert.isAtMost(wait, Math.min(250 * 2 ** i, 30_000))
        assert.isAtMost(Math.max(...waits.slice(0, 20)), 4_000)
        assert.isAbove(Math.max(...waits), 6_000)
        assert.isAbove(new Set(waits).size, waits.length * 0.8)

        venue.isOpen = true
        yield* pass(30_000)
        const count = venue.sockets.length
        venue.socket.tell(book(listing(1), noon, sides))
        venue.socket.drop()
        yield* pass(250)
        assert.strictEqual(venue.sockets.length, count + 1)
      })
    ))

  it.effect("sends PING, and leaves a connection that does not answer", () =>
    withChannel((venue, channel) =>
      Effect.gen(function*() {
        yield* start(venue, channel, 1)
        const { socket } = venue
        for (let i = 1; i <= 6; i++) {
          yield* pass(5_000)
          assert.strictEqual(socket.said.filter((text) => text === "PING").length, i)
          if (i <= 3) socket.tell("PONG")
          else socket.tell(priceChange(listing(1), noon + i, { side: "BUY", price: 470, size: String(i) }))
        }
        assert.strictEqual(socket.readyState, 1)
        venue.taken()
        yield* pass(2_000)
        assert.deepStrictEqual(venue.taken(), ["1 gap stale"])
        assert.strictEqual(socket.readyState, 3)
        yield* pass(250)
        assert.strictEqual(venue.openSockets.length, 1)
      }), { ping_secs: 5, pong_timeout_secs: 17 }))

  it.effect("asks REST for a book that does not come, patiently", () =>
    withChannel((venue, channel) =>
      Effect.gen(function*() {
        yield* start(venue, channel, 1)
        venue.setBook(listing(1), noon, sides)
        yield* channel.follow([venueMarket(2)])
        yield* pass(2_500)
        assert.strictEqual(venue.asked.length, 0)
        yield* pass(60_000)
        const times = venue.asked.filter(({ tokens }) => tokens.includes(listing(2).yes)).map(({ at }) => at)
        const pauses = times.slice(1).map((at, i) => at - (times[i] ?? 0))
        assert.isAtLeast(pauses.length, 5)
        for (const [i, pause] of pauses.entries()) assert.isAtLeast(pause, pauses[i - 1] ?? 0)
        venue.setBook(listing(2), noon + 7, sides)
        yield* pass(31_000)
        assert.deepStrictEqual(yield* synced(channel), [true, true])
      }), { pong_timeout_secs: 300 }))

  it.effect("takes a fresh book by REST where something was missed, and what came meanwhile", () =>
    withChannel((venue, channel) =>
      Effect.gen(function*() {
        yield* start(venue, channel, 1, 2)
        venue.restLatency = 400
        venue.setBook(listing(1), noon + 6, { bids: [[481, "1"], [470, "5"]], asks: [[520, "7"]] })
        venue.socket.tell(priceChange(listing(1), noon + 5, { side: "BUY", price: 470, size: "5" }, "0.481", "0.52"))
        assert.deepStrictEqual(venue.taken(), ["1 gap book_mismatch"])
        yield* pass(300)
        venue.socket.tell(priceChange(listing(1), noon + 7, { side: "BUY", price: 470, size: "6" }, "0.481", "0.52"))
        assert.deepStrictEqual(venue.taken(), [])
        yield* pass(500)
        assert.deepStrictEqual(venue.taken(), ["1 book", "1 price_change"])
        assert.strictEqual(venue.asked.length, 1)
      })
    ))

  it.effect("takes no answer of REST to a question from before a gap or another subscription", () =>
    withChannel((venue, channel) =>
      Effect.gen(function*() {
        yield* start(venue, channel, 1)
        venue.restLatency = 2_000
        venue.setBook(listing(1), noon + 9, others)
        venue.socket.tell(priceChange(listing(1), noon + 5, { side: "BUY", price: 470, size: "5" }, "0.481", "0.52"))
        yield* pass(1_000)
        venue.socket.drop()
        yield* pass(2_000)
        assert.deepStrictEqual(venue.taken(), ["1 gap book_mismatch"])
        assert.deepStrictEqual(yield* synced(channel), [false])
      })
    ))

  it.effect("tells a gap where something comes late, once, and where the grid of prices changes", () =>
    withChannel((venue, channel) =>
      Effect.gen(function*() {
        yield* start(venue, channel, 1)
        const change = (at: number) => priceChange(listing(1), noon + at, { side: "BUY", price: 470, size: String(at) })
        venue.socket.tell(change(5), change(3), change(2))
        assert.deepStrictEqual(venue.taken(), ["1 price_change", "1 gap out_of_order"])
        venue.setBook(listing(1), noon + 5, sides)
        yield* pass(500)
        assert.deepStrictEqual(venue.taken(), ["1 book"])

        const tick = { event_type: "tick_size_change", old_tick_size: "0.01", new_tick_size: "0.001", timestamp: noon }
        venue.books.clear()
        venue.socket.tell(...[listing(1).yes, listing(1).no].map((asset_id) => ({ ...tick, asset_id })), change(8))
        assert.deepStrictEqual(venue.taken(), ["1 gap tick_size_change"])
        venue.socket.tell(book(listing(1), noon + 9, sides), change(10))
        assert.deepStrictEqual(venue.taken(), ["1 book", "1 price_change"])
      })
    ))

  it.effect("tells a gap of those whose message could not be read, and of all where nobody is named", () =>
    withChannel((venue, channel) =>
      Effect.gen(function*() {
        yield* start(venue, channel, 1, 2)
        const change = priceChange(listing(1), noon + 1, { side: "BUY", price: 470, size: "5" })
        const { socket } = venue
        socket.tell("<html>", "NO NEW ASSETS", "", "{}", "[]", "null", { event_type: "fees" }, {
          event_type: "book",
          bids: 1
        })
        assert.deepStrictEqual(venue.taken(), [])
        socket.tell([
          { ...change, timestamp: "soon" },
          priceChange(listing(2), noon + 1, { side: "BUY", price: 470, size: "5" })
        ])
        assert.deepStrictEqual(venue.taken(), ["2 price_change", "1 gap unreadable"])
        socket.tell(
          JSON.stringify(priceChange(listing(2), noon + 2, { side: "BUY", price: 470, size: "5" })).slice(0, 250)
        )
        assert.deepStrictEqual(venue.taken(), ["2 gap unreadable"])
        socket.tell(
          book(listing(1), noon + 3, sides),
          new TextEncoder().encode(JSON.stringify(book(listing(2), noon + 3, sides)))
        )
        assert.deepStrictEqual(venue.taken(), ["1 book", "2 book"])
        socket.tell(new Uint8Array([0x7b, 0x22, 0xff]))
        assert.deepStrictEqual(venue.taken(), ["1 gap unreadable", "2 gap unreadable"])
        assert.strictEqual(socket.readyState, 1)
      })
    ))

  it.effect("does not believe a time that is far ahead", () =>
    withChannel((venue, channel) =>
      Effect.gen(function*() {
        yield* start(venue, channel, 1)
        const change = (at: number) => priceChange(listing(1), at, { side: "BUY", price: 470, size: "5" })
        venue.socket.tell(change(noon + 50 * 86_400_000), book(listing(1), noon + 1, sides), change(noon + 2))
        assert.deepStrictEqual(venue.taken(), ["1 gap unreadable", "1 book", "1 price_change"])
      })
    ))

  it.effect("leaves a quiet market alone, as long as REST says the same", () =>
    withChannel((venue, channel) =>
      Effect.gen(function*() {
        yield* start(venue, channel, 1, 2)
        for (const market of [1, 2]) venue.setBook(listing(market), noon, sides)
        for (let i = 0; i < 20; i++) {
          yield* pass(10_000)
          venue.socket.tell("PONG")
        }
        assert.deepStrictEqual(venue.taken(), [])
        assert.isAtMost(venue.asked.length, 10)
        assert.isAtLeast(venue.asked.length, 8)
      })
    ))

  it.effect("tells a frozen feed from a slow one", () =>
    withChannel((venue, channel) =>
      Effect.gen(function*() {
        yield* start(venue, channel, 1, 2)
        const { socket } = venue
        for (const market of [1, 2]) venue.setBook(listing(market), noon + 5, others)
        yield* pass(21_000)
        assert.strictEqual(venue.asked.length, 1)
        // both come after all, before long
        for (const market of [1, 2]) socket.tell(book(listing(market), noon + 5, others))
        yield* pass(4_000)
        assert.deepStrictEqual(venue.taken(), ["1 book", "2 book"])
        socket.tell("PONG")

        venue.setBook(listing(2), noon + 9, sides)
        yield* pass(10_000)
        socket.tell("PONG", priceChange(listing(1), noon + 9, { side: "BUY", price: 470, size: "5" }))
        venue.taken()
        yield* pass(10_000)
        assert.deepStrictEqual(venue.taken(), ["1 gap frozen", "2 gap frozen"])
        assert.strictEqual(socket.readyState, 3)
        venue.socket.tell(book(listing(2), noon + 9, sides))
        assert.deepStrictEqual(venue.taken(), ["2 book"])
      })
    ))

  it.effect("flags silence within twice the interval where REST does not answer", () =>
    withChannel((venue, channel) =>
      Effect.gen(function*() {
        yield* start(venue, channel, 1, 2)
        venue.isFailing = true
        const { socket } = venue
        yield* pass(20_000)
        socket.tell("PONG", priceChange(listing(1), noon + 1, { side: "BUY", price: 470, size: "5" }))
        yield* pass(19_000)
        assert.deepStrictEqual(venue.taken(), ["1 price_change"])
        yield* pass(1_000)
        assert.deepStrictEqual(venue.taken(), ["2 gap silent"])
        assert.strictEqual(socket.readyState, 1)
        socket.tell("PONG")
        yield* pass(20_000)
        // nothing at all has come over this connection for so long
        assert.deepStrictEqual(venue.taken(), ["1 gap frozen"])
        assert.strictEqual(socket.readyState, 3)
      })
    ))

  it.effect("tells the log what it lost for want of room, and begins again", () =>
    withChannel((venue, channel) =>
      Effect.gen(function*() {
        yield* start(venue, channel, 1, 2)
        const change = (market: number, at: number) =>
          priceChange(listing(market), noon + at, { side: "BUY", price: 470, size: String(at) })
        venue.hasRoom = false
        venue.socket.tell(change(1, 1), change(2, 2), change(1, 3), "PONG")
        for (const market of [1, 2]) venue.setBook(listing(market), noon + 4, sides)
        yield* pass(5_000)
        assert.strictEqual(venue.asked.length, 0)
        venue.hasRoom = true
        venue.room.unsafeOpen()
        yield* pass(1_000)
        assert.deepStrictEqual(venue.taken(), ["1 gap overflow", "2 gap overflow", "1 book", "2 book"])
        venue.socket.tell(change(1, 5))
        assert.deepStrictEqual(venue.taken(), ["1 price_change"])
      })
    ))

  it.effect("tells outcomes and announcements", () =>
    withChannel((venue, channel) =>
      Effect.gen(function*() {
        yield* start(venue, channel, 1)
        venue.socket.tell(
          { event_type: "new_market", market: listing(7).id },
          { event_type: "new_market", market: listing(7).id },
          { event_type: "market_resolved", market: listing(1).id, winning_asset_id: listing(1).no, timestamp: noon }
        )
        assert.deepStrictEqual(yield* channel.announced, [listing(7).id])
        assert.deepStrictEqual(yield* channel.announced, [])
        assert.deepStrictEqual(venue.taken(), ["1 resolution"])
        // what is over is neither silent nor frozen
        venue.setBook(listing(1), noon + 5, others)
        for (let i = 0; i < 10; i++) {
          yield* pass(10_000)
          venue.socket.tell("PONG")
        }
        assert.strictEqual(venue.asked.length, 0)
        assert.deepStrictEqual(venue.taken(), [])
      })
    ))

  it.effect("ends with a gap of each known book, and leaves nothing open", () =>
    Effect.gen(function*() {
      const venue = yield* withChannel((scripted, channel) =>
        Effect.gen(function*() {
          yield* start(scripted, channel, 1, 2)
          yield* channel.follow([venueMarket(3)])
          scripted.taken()
        }), { tokens_per_socket: 4 })
      assert.deepStrictEqual(venue.taken(), ["1 gap stopped", "2 gap stopped"])
      assert.strictEqual(venue.openSockets.length, 0)
      const [sockets, asked] = [venue.sockets.length, venue.asked.length]
      venue.sockets[0]?.tell(book(listing(1), noon + 1, sides))
      yield* pass(300_000)
      assert.deepStrictEqual([venue.taken(), venue.sockets.length, venue.asked.length], [[], sockets, asked])
    }))

  it.effect("counts what it was told", () =>
    withChannel((venue, channel) =>
      Effect.gen(function*() {
        yield* start(venue, channel, 1, 2)
        venue.socket.tell("PONG", "garbage", priceChange(listing(9), noon, { side: "BUY", price: 470, size: "5" }))
        venue.socket.tell(priceChange(listing(1), noon + 1, { side: "BUY", price: 470, size: "5" }), [
          { ...book(listing(2), noon + 1, sides), bids: [{ price: "2", size: "1" }] }
        ])
        yield* pass(1_000)
        const registry = yield* Telemetry
        const shown = yield* Effect.promise(() => registry.metrics())
        for (
          const line of [
            "feature_store_feed_frames_total{source=\"polymarket\",kind=\"price_change\"} 2",
            "feature_store_feed_frames_total{source=\"polymarket\",kind=\"pong\"} 1",
            "feature_store_feed_frames_total{source=\"polymarket\",kind=\"book\"} 2",
            "feature_store_feed_refused_total{source=\"polymarket\",reason=\"frame\"} 1",
            "feature_store_feed_refused_total{source=\"polymarket\",reason=\"book.bids\"} 1",
            "feature_store_feed_dropped_total{source=\"polymarket\",reason=\"not_followed\"} 1",
            "feature_store_feed_gaps_total{source=\"polymarket\",reason=\"started\"} 2",
            "feature_store_feed_gaps_total{source=\"polymarket\",reason=\"unreadable\"} 1",
            "feature_store_feed_connections{source=\"polymarket\"} 1",
            "feature_store_feed_markets{source=\"polymarket\"} 2",
            "feature_store_feed_markets_in_gap{source=\"polymarket\"} 1"
          ]
        ) assert.include(shown, line)
      })
    ))
})
