import { Chunk, Effect, FastCheck as fc, Layer, Stream } from "effect"
import { assert, describe, it } from "vitest"
import { MarketId } from "../../src/domain/MarketId.js"
import { EventLog } from "../../src/store/EventLog.js"
import { PinnedLog } from "../../src/store/pinnedLog.js"
import { histories, marketIds } from "../support/histories.js"
import { timedOf } from "../support/observed.js"
import { plainEvent } from "../support/plainLog.js"
import { plainStorage, sqliteInMemory } from "../support/storages.js"

/** All that a log shows, through every way of reading it. */
const shown = Effect.gen(function*() {
  const log = yield* EventLog
  const reads = yield* Effect.forEach(marketIds, (id) => {
    const market = MarketId.make(id)
    return Effect.map(log.read(market), ({ columns, watermark }) => ({
      watermark,
      events: columns.flatMap((one) => Array.from({ length: one.rows }, (_, row) => plainEvent(market, one, row)))
    }))
  })
  const scan = Stream.map(log.scan(), ({ columns, market, row }) => plainEvent(market, columns, row))
  return {
    reads,
    scanned: Chunk.toReadonlyArray(yield* Stream.runCollect(scan)),
    markets: yield* log.markets,
    watermark: yield* log.watermark
  }
})

const storages = [["a plain list", plainStorage], ["SQLite", sqliteInMemory]] as const

describe("a log pinned to a position", () => {
  for (const [name, storage] of storages) {
    it(`shows what the log showed when it stood there: ${name}`, () =>
      fc.assert(
        fc.asyncProperty(histories, fc.double({ min: 0, max: 1, noNaN: true }), (lines, share) =>
          Effect.gen(function*() {
            const log = yield* EventLog
            const cut = Math.floor(lines.length * share)
            const record = (digest: string, some: typeof lines) =>
              log.importFile(
                { digest, name: digest },
                Stream.make({ kind: "events" as const, events: some.map(timedOf) })
              )
            yield* record("first", lines.slice(0, cut))
            const then = yield* shown
            yield* record("second", lines.slice(cut))
            const now = yield* shown
            assert.deepStrictEqual(yield* Effect.provide(shown, PinnedLog(then.watermark)), then)
            assert.deepStrictEqual(yield* Effect.provide(shown, PinnedLog(now.watermark + 1)), now)
          }).pipe(Effect.provide(storage), Effect.runPromise)),
        { numRuns: 30 }
      ))
  }

  it("takes no events", () =>
    Effect.gen(function*() {
      const exit = yield* Effect.exit(Effect.flatMap(EventLog, (log) =>
        log.append(
          [],
          timedOf({
            type: "market_closed",
            market: "m",
            available_at: Date.UTC(2026, 6, 1)
          }).availableAt
        )))
      assert.isTrue(exit._tag === "Failure")
    }).pipe(Effect.provide(Layer.provide(PinnedLog(0), plainStorage)), Effect.runPromise))
})
