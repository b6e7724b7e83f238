import { Chunk, Effect, FastCheck as fc, Stream } from "effect"
import { assert, describe, it } from "vitest"
import { firstDiffering } from "../../src/audit/firstDifference.js"
import { asOf, beginning, between, instantsIn, instantsUpTo, placesOf } from "../../src/audit/position.js"
import { holding, variantLog } from "../../src/audit/variantLog.js"
import { Instant } from "../../src/domain/Instant.js"
import { MarketId } from "../../src/domain/MarketId.js"
import { EventLog } from "../../src/store/EventLog.js"
import { logOf } from "../support/audited.js"
import { histories, instantsOf } from "../support/histories.js"
import { plainEvents } from "../support/plainLog.js"

const cases = histories.filter((lines) => lines.length > 0).chain((lines) =>
  fc.record({ lines: fc.constant(lines), at: instantsOf(lines), after: fc.nat(40) })
)

const run = <A, E>(lines: ReadonlyArray<object>, program: Effect.Effect<A, E, EventLog>) =>
  Effect.runSync(Effect.provide(program, logOf(lines)))

describe("a log that is cut at an instant", () => {
  it("reads in every way as one that was never given more", () => {
    fc.assert(
      fc.property(cases, ({ after, at, lines }) => {
        const asRead = (cut: boolean) =>
          Effect.gen(function*() {
            const log = yield* EventLog
            const shown = cut ? variantLog(log, (columns) => between(columns, beginning, asOf(at)), 7) : log
            const range = cut ? {} : { to: Instant(at) }
            const markets = ["m1", "m2", "m3"].map((id) => MarketId.make(id))
            const reads = yield* Effect.forEach(markets, (market) =>
              Effect.forEach([range, { ...range, after }, { ...range, from: Instant(at - 60_000) }], (own) =>
                Effect.map(shown.read(market, own), ({ columns }) =>
                  columns.flatMap((one) =>
                    plainEvents({ market, columns: one })
                  ).sort((a, b) =>
                    a.sequence - b.sequence
                  ))))
            const scanned = Chunk.toReadonlyArray(yield* Stream.runCollect(shown.scan(range)))
            return { reads, scanned: scanned.map(({ columns, market, row }) => [market, columns.sequence[row]]) }
          })
        assert.deepStrictEqual(run(lines, asRead(true)), run(lines, asRead(false)))
      }),
      { numRuns: 100 }
    )
  })

  it("shows its own markets, position and newest instant, and cannot be written to", () => {
    const lines = [1, 2, 3].map((second) => ({
      type: "trade",
      market: second === 3 ? "late" : "m",
      available_at: 1_774_785_600_000 + second,
      price: 0.5,
      size: 1,
      side: "buy"
    }))
    const at = 1_774_785_600_001
    const found = run(
      lines,
      Effect.gen(function*() {
        const log = variantLog(yield* EventLog, (columns) => between(columns, beginning, asOf(at)), 1)
        return {
          markets: yield* log.markets,
          watermark: yield* log.watermark,
          newest: yield* log.appendedAt,
          written: (yield* Effect.exit(log.append([], Instant(at))))._tag
        }
      })
    )
    const only = { market: MarketId.make("m"), events: 1, firstAvailableAt: Instant(at), lastAvailableAt: Instant(at) }
    assert.deepStrictEqual(found, { markets: [only], watermark: 1, newest: at, written: "Failure" })
  })

  it("is read from memory where the market is at hand", () => {
    const market = MarketId.make("m")
    const read = Effect.flatMap(EventLog, (log) => holding(log, market, []).read(market))
    assert.deepStrictEqual(run([], read), { columns: [], watermark: 0 })
  })
})

describe("positions", () => {
  it("part a history at any event and any instant", () => {
    fc.assert(
      fc.property(cases, ({ at, lines }) => {
        const columns = run(lines, Effect.flatMap(EventLog, (log) => log.read(MarketId.make("m1")))).columns
        const all = placesOf(columns)
        const instants = instantsIn(columns)
        assert.deepStrictEqual([...instants], [...new Set(all.map((place) => place.available_at))])
        assert.strictEqual(instantsUpTo(instants, at), instants.filter((instant) => instant <= at).length)
        assert.deepStrictEqual(
          placesOf(between(columns, asOf(at), asOf(Infinity))),
          all.filter((place) => place.available_at > at)
        )
        all.forEach(({ available_at, sequence }, index) => {
          const upTo = { at: available_at, sequence }
          assert.deepStrictEqual(placesOf(between(columns, beginning, upTo)), all.slice(0, index + 1))
        })
      }),
      { numRuns: 100 }
    )
  })
})

describe("firstDiffering", () => {
  it("finds the smallest count, in few steps", () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: 1, max: 6_000 }), (most, first) => {
      let asked = 0
      const found = Effect.runSync(firstDiffering(most, (count) =>
        Effect.sync(() => {
          asked++
          return count >= first
        })))
      assert.strictEqual(found, first <= most ? first : undefined)
      assert.isAtMost(asked, 3 + 2 * Math.ceil(Math.log2(most + 1)))
    }))
  })
})
