import { Effect, FastCheck as fc } from "effect"
import { assert, describe, it } from "vitest"
import { Instant } from "../../src/domain/Instant.js"
import { MarketId } from "../../src/domain/MarketId.js"
import { Reason } from "../../src/features/Reason.js"
import { asOfJoin } from "../../src/store/asOfJoin.js"
import { FeatureRepository, type MaterialisedChunk } from "../../src/store/FeatureRepository.js"
import { plainFeatureRepository } from "../support/plainRepository.js"

const start = 1_780_000_000_000

const markets = ["a", "b", "c", "never materialised"].map((id) => MarketId.make(id))
const group = { name: "g", version: "1" }

/** Grids that overlap, meet and lie in one another. */
const grid = fc.record({
  market: fc.nat(2),
  first: fc.integer({ min: 0, max: 30 }),
  every: fc.constantFrom(1, 2, 3, 10),
  rows: fc.integer({ min: 1, max: 8 })
})

/** Chunks, each with a log position of its own in an order of its own. */
const grids = fc.array(grid, { maxLength: 8, size: "max" }).chain((all) =>
  fc.shuffledSubarray(all.map((_, i) => i + 1), { minLength: all.length }).map((positions) =>
    all.map(({ every, first, market, rows }, i): MaterialisedChunk => {
      const column = (feature: number) => Float64Array.from({ length: rows }, (_, row) => i * 100 + row * 10 + feature)
      return {
        market: markets[market] ?? MarketId.make("a"),
        firstAt: Instant(start + first),
        everyMillis: every,
        rows,
        logSequence: positions[i] ?? 0,
        newestAt: column(0),
        values: [column(1), column(2)],
        reasons: [column(3), column(4)].map((codes) => Uint8Array.from(codes, (value) => value % 7))
      }
    })
  )
)

const spineRows = fc.array(fc.record({ market: fc.nat(3), off: fc.integer({ min: -5, max: 110 }) }), { maxLength: 30 })

/** All stored answers of a market, one by one. */
const answersOf = (chunks: ReadonlyArray<MaterialisedChunk>, market: MarketId | undefined) =>
  chunks.filter((one) => one.market === market).flatMap((one) =>
    Array.from(one.newestAt, (_, row) => ({
      at: one.firstAt + row * one.everyMillis,
      behind: one.logSequence,
      values: one.values.map((column) => column[row]),
      reasons: one.reasons.map((column) => column[row])
    }))
  )

/** When the answers in force at these instants of market a were computed, and from which of the grids they come. */
const inForce = (
  all: ReadonlyArray<Pick<MaterialisedChunk, "everyMillis" | "rows" | "logSequence"> & { readonly first: number }>,
  ...instants: ReadonlyArray<number>
) =>
  Effect.gen(function*() {
    const repository = yield* FeatureRepository
    const chunks = all.map(({ first, ...place }, i): MaterialisedChunk => {
      const column = new Float64Array(place.rows).fill(i)
      return {
        ...place,
        market: markets[0] ?? MarketId.make("a"),
        firstAt: Instant(first),
        newestAt: column,
        values: [column],
        reasons: [Uint8Array.from(column)]
      }
    })
    yield* repository.writeMaterialised(group, chunks, [])
    const timestamp = Float64Array.from(instants)
    const joined = yield* asOfJoin(repository, group, 1, {
      markets,
      market: new Uint32Array(instants.length),
      timestamp
    })
    return instants.map((_, i) => [joined.computedAt[i], joined.values[0]?.[i]])
  }).pipe(Effect.provide(plainFeatureRepository), Effect.runSync)

describe("the as-of join with materialised features", () => {
  it("gives each spine row the newest stored answer of its own market, of several grids, and no later one", () => {
    fc.assert(
      fc.property(grids, spineRows, (chunks, rows) =>
        Effect.gen(function*() {
          const repository = yield* FeatureRepository
          yield* repository.writeMaterialised(group, chunks, [])
          const read: Array<readonly [market: MarketId, from: number, to: number]> = []
          const watched = FeatureRepository.of({
            ...repository,
            readMaterialised: (key, market, from, to) => {
              read.push([market, from, to])
              return repository.readMaterialised(key, market, from, to)
            }
          })
          const joined = yield* asOfJoin(watched, group, 2, {
            markets,
            market: Uint32Array.from(rows, (row) => row.market),
            timestamp: Float64Array.from(rows, (row) => start + row.off)
          })
          const found = rows.map((_, i) => ({
            at: joined.computedAt[i],
            values: joined.values.map((column) => column[i]),
            reasons: joined.reasons.map((column) => column[i])
          }))
          const expected = rows.map((row) => {
            const best = answersOf(chunks, markets[row.market]).filter((one) => one.at <= start + row.off)
              .sort((a, b) => a.at - b.at || a.behind - b.behind).at(-1)
            return best === undefined
              ? { at: NaN, values: [NaN, NaN], reasons: [Reason.no_data, Reason.no_data] }
              : { at: best.at, values: best.values, reasons: best.reasons }
          })
          assert.deepStrictEqual(found, expected)
          assert.deepStrictEqual(joined.reasons.map((column) => column.length), [rows.length, rows.length])
          // each market that is asked for once, as far as it is asked for
          const asked = markets.flatMap((market, index) => {
            const own = rows.filter((row) => row.market === index)
            return own.length === 0 ? [] : [[market, 0, start + Math.max(...own.map((row) => row.off))] as const]
          })
          assert.deepStrictEqual(read, asked)
        }).pipe(Effect.provide(plainFeatureRepository), Effect.runSync)),
      { numRuns: 400 }
    )
  })

  it("includes the instant itself, of a grid's first row and of its last", () => {
    const grids = [{ first: 10, everyMillis: 5, rows: 2, logSequence: 1 }, {
      first: 20,
      everyMillis: 5,
      rows: 2,
      logSequence: 1
    }]
    assert.deepStrictEqual(inForce(grids, 9, 10, 14, 15, 19, 20, 25, 99), [
      [NaN, NaN],
      [10, 0],
      [10, 0],
      [15, 0],
      [15, 0],
      [20, 1],
      [25, 1],
      [25, 1]
    ])
  })

  it("takes of two answers for one instant the one with more of the log behind it", () => {
    const grids = (early: number, late: number) => [
      { first: 0, everyMillis: 10, rows: 3, logSequence: early },
      { first: 10, everyMillis: 5, rows: 3, logSequence: late }
    ]
    assert.deepStrictEqual(inForce(grids(7, 6), 10, 15, 20), [[10, 0], [15, 1], [20, 0]])
    assert.deepStrictEqual(inForce(grids(6, 7), 10, 15, 20), [[10, 1], [15, 1], [20, 1]])
  })

  it("finds the answer of a long grid behind shorter ones that began later", () => {
    const short = { everyMillis: 1, rows: 2, logSequence: 1 }
    const long = { first: 0, everyMillis: 10, rows: 11, logSequence: 1 }
    const grids = [long, { ...short, first: 11 }, { ...short, first: 21 }, { ...short, first: 31 }]
    assert.deepStrictEqual(inForce(grids, 12, 13, 20, 22, 29, 32, 49, 95), [
      [12, 1],
      [12, 1],
      [20, 0],
      [22, 2],
      [22, 2],
      [32, 3],
      [40, 0],
      [90, 0]
    ])
  })
})
