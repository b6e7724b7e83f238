import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, TestClock, TestServices } from "effect"
import type { EventBody } from "../../src/domain/Event.js"
import { Instant } from "../../src/domain/Instant.js"
import { MarketId } from "../../src/domain/MarketId.js"
import { keepLogSmall } from "../../src/live/retention.js"
import { EventLog } from "../../src/store/EventLog.js"
import * as SqliteLogMaintenance from "../../src/store/sqlite/SqliteLogMaintenance.js"
import { sqliteInMemory } from "../support/storages.js"

const start = Date.UTC(2026, 6, 13)
const hour = 3_600_000
const market = MarketId.make("m")

const quote = (bestBid: number): EventBody => ({
  kind: "quote",
  bestBid,
  bestAsk: bestBid + 10_000,
  volume24h: undefined
})

const kept = Effect.gen(function*() {
  const { columns } = yield* (yield* EventLog).read(market)
  return columns.reduce((sum, { rows }) => sum + rows, 0)
})

/** A day of quotes, one an hour, and two hours more of time; how many are in the log then. */
const after = (settings: Parameters<typeof keepLogSmall>[0]) =>
  Effect.gen(function*() {
    const log = yield* EventLog
    for (let i = 0; i < 24; i++) {
      const event = { market, source: undefined, eventTime: undefined, body: quote(100_000 + 1_000 * i) }
      yield* log.append([event], Instant(start + i * hour))
    }
    yield* TestClock.setTime(start + 23 * hour)
    yield* keepLogSmall(settings, hour)
    yield* TestClock.adjust("59 minutes")
    assert.strictEqual(yield* kept, 24)
    yield* TestClock.adjust("1 minutes")
    // it works in small steps that let others in
    yield* TestServices.provideLive(Effect.sleep("300 millis"))
    yield* TestClock.adjust("10 seconds")
    yield* TestServices.provideLive(Effect.sleep("300 millis"))
    return yield* kept
  }).pipe(
    Effect.scoped,
    Effect.provide(Layer.provideMerge(SqliteLogMaintenance.layer, sqliteInMemory))
  )

describe("keepLogSmall", () => {
  it.effect("drops what is older than the retention, an hour's window and all, every hour", () =>
    // at 24:00 six hours stay answerable, from 18:00 on, which takes quotes from 17:00 on
    Effect.map(after({ retentionDays: 0.25 }), (rows) => assert.strictEqual(rows, 7)))

  it.effect("drops nothing where no retention is set", () =>
    Effect.map(after({}), (rows) => assert.strictEqual(rows, 24)))
})
