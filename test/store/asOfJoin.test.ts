import { Effect, FastCheck as fc } from "effect"
import { assert, describe, it } from "vitest"
import { Instant } from "../../src/domain/Instant.js"
import { MarketId } from "../../src/domain/MarketId.js"
import { asOfJoin } from "../../src/store/asOfJoin.js"
import { FeatureRepository, type MaterialisedChunk } from "../../src/store/FeatureRepository.js"
import { sqliteInMemory } from "../support/storages.js"

const start = 1_780_000_000_000

const markets = [MarketId.make("a"), MarketId.make("b"), MarketId.make("never materialised")]
const group = { name: "g", version: "1" }

const chunk = fc.record({
  market: fc.constantFrom(0, 1),
  first: fc.integer({ min: 0, max: 30 }),
  every: fc.constantFrom(2, 3),
  rows: fc.integer({ min: 1, max: 8 })
})

const chunkOf = ({ every, first, market, rows }: typeof chunk extends fc.Arbitrary<infer C> ? C : never, i: number) => {
  const column = Float64Array.from({ length: rows }, (_, row) => i * 100 + row)
  return {
    market: markets[market] ?? MarketId.make("a"),
    firstAt: Instant(start + first),
    everyMillis: every,
    rows,
    logSequence: i,
    newestAt: column,
    values: [column],
    reasons: [new Float64Array(rows)]
  } satisfies MaterialisedChunk
}

describe("the as-of join with materialised features", () => {
  it("gives each spine row the newest stored answer of its own market, of several grids, and no later one", async () => {
    const spineRow = fc.record({ market: fc.nat(2), off: fc.integer({ min: -5, max: 60 }) })
    await fc.assert(
      fc.asyncProperty(
        fc.array(chunk, { maxLength: 6 }),
        fc.array(spineRow, { maxLength: 30 }),
        (given, rows) =>
          Effect.gen(function*() {
            const repository = yield* FeatureRepository
            yield* repository.register([{ ...group, fingerprint: "f", definition: "{}" }])
            const chunks = given.map(chunkOf)
            yield* repository.writeMaterialised(group, chunks, [])
            const joined = yield* asOfJoin(repository, group, 1, {
              markets,
              market: Uint32Array.from(rows, (row) => row.market),
              timestamp: Float64Array.from(rows, (row) => start + row.off)
            })
            rows.forEach((row, i) => {
              const stored = chunks.filter((one) => one.market === markets[row.market]).flatMap((one) =>
                Array.from(one.newestAt, (value, j) => ({
                  at: one.firstAt + j * one.everyMillis,
                  value,
                  behind: one.logSequence
                }))
              ).filter((one) => one.at <= start + row.off)
              const best = stored.sort((a, b) => a.at - b.at || a.behind - b.behind).at(-1)
              assert.deepStrictEqual(joined.values[0]?.[i], best?.value ?? NaN)
              assert.deepStrictEqual(joined.computedAt[i], best?.at ?? NaN)
            })
          }).pipe(Effect.provide(sqliteInMemory), Effect.runPromise)
      ),
      { numRuns: 400 }
    )
  })
})
