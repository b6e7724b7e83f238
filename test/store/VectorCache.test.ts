import { FastCheck as fc } from "effect"
import { assert, describe, it } from "vitest"
import { Instant } from "../../src/domain/Instant.js"
import { MarketId } from "../../src/domain/MarketId.js"
import type { GroupAnswer } from "../../src/features/FeatureVector.js"
import { VectorCache } from "../../src/store/VectorCache.js"

const ttl = 10
const markets = [MarketId.make("a"), MarketId.make("b")] as const

const answerOf = (number: number): GroupAnswer => ({
  computedAt: Instant(number),
  values: Float64Array.of(number),
  reasons: Uint8Array.of(0),
  bornAt: Float64Array.of(number),
  neededAt: Float64Array.of(number)
})

/** A market's state, and the same rebuilt from the log. */
const states = [{}, {}] as const

/** Clocks move on, stand still, and jump either way, each by itself. */
const step = fc.record({
  market: fc.constantFrom(...markets),
  group: fc.constantFrom("one@1", "two@1"),
  does: fc.constantFrom("get", "get", "get", "put", "invalidate"),
  state: fc.constantFrom(0 as const, 0 as const, 0 as const, 1 as const),
  sequence: fc.integer({ min: 1, max: 3 }),
  marketMoves: fc.constantFrom(0, 0, 1, 3, ttl - 1, ttl, ttl + 1, -1, -50, 1_000),
  machineMoves: fc.constantFrom(0, 1, 3, 5, ttl - 1, ttl, -1, -50)
})

describe("the cache", () => {
  it("gives an answer only below its ttl on both clocks and while no event came in, whatever the clocks do", () => {
    let [given, asked] = [0, 0]
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 40, size: "max" }), (steps) => {
        const cache = new VectorCache()
        const history: Array<{
          readonly key: string
          readonly number: number
          readonly state: number
          readonly sequence: number
          readonly market: number
          readonly machine: number
        }> = []
        let [market, machine] = [1_000, 5_000]
        let [hits, misses] = [0, 0]
        steps.forEach((one, number) => {
          market += one.marketMoves
          machine += one.machineMoves
          const key = `${one.market}/${one.group}`
          if (one.does === "put") {
            cache.put(one.market, one.group, answerOf(number), states[one.state], one.sequence, { market, machine })
            history.push({ key, number, state: one.state, sequence: one.sequence, market, machine })
          } else if (one.does === "invalidate") {
            cache.invalidate(one.market)
            for (const group of ["one@1", "two@1"]) {
              history.push({
                key: `${one.market}/${group}`,
                number: -1,
                state: -1,
                sequence: -1,
                market: NaN,
                machine: NaN
              })
            }
          } else {
            const found = cache.get(one.market, one.group, ttl, states[one.state], one.sequence, { market, machine })
            const last = history.filter((put) => put.key === key).at(-1)
            const ages = last === undefined ? [] : [market - last.market, machine - last.machine]
            // a put from another state takes the whole market's answers with it
            const since = last === undefined ? [] : history.slice(history.indexOf(last))
            const sameState = since.every((put) => !put.key.startsWith(`${one.market}/`) || put.state === one.state)
            const fresh = last?.sequence === one.sequence && sameState && ages.every((age) => age >= 0 && age < ttl)
            assert.strictEqual(found?.computedAt, fresh ? last.number : undefined)
            if (found === undefined) misses++
            else hits++
          }
        })
        assert.deepStrictEqual({ hits: cache.hits, misses: cache.misses }, { hits, misses })
        given += hits
        asked += hits + misses
      }),
      { numRuns: 10_000 }
    )
    assert.isAbove(given, asked / 1_000)
  })

  it("tells each clock's age to the millisecond, and a clock set back", () => {
    const cache = new VectorCache()
    const [market] = markets
    const [state] = states
    cache.put(market, "one@1", answerOf(1), state, 1, { market: 100, machine: 200 })
    const isGiven = (onMarket: number, onMachine: number) =>
      cache.get(market, "one@1", ttl, state, 1, { market: 100 + onMarket, machine: 200 + onMachine }) !== undefined
    assert.isTrue([[0, 0], [9, 0], [0, 9], [9, 9]].every(([a = 0, b = 0]) => isGiven(a, b)))
    assert.isFalse([[10, 0], [0, 10], [-1, 0], [0, -1]].some(([a = 0, b = 0]) => isGiven(a, b)))
  })

  it("keeps the groups of a market side by side, and forgets them together", () => {
    const cache = new VectorCache()
    const [market, other] = markets
    const [state, rebuilt] = states
    const now = { market: 0, machine: 0 }
    const put = (group: string, from: object, of = market) => cache.put(of, group, answerOf(1), from, 1, now)
    const isKept = (group: string, from: object, of = market) => cache.get(of, group, ttl, from, 1, now) !== undefined
    put("one@1", state)
    put("two@1", state)
    put("one@1", state, other)
    assert.isTrue(isKept("one@1", state) && isKept("two@1", state))
    cache.invalidate(market)
    assert.deepStrictEqual([isKept("one@1", state), isKept("two@1", state)], [false, false])
    assert.isTrue(isKept("one@1", state, other))
    put("one@1", state)
    put("two@1", rebuilt)
    assert.deepStrictEqual([isKept("one@1", state), isKept("one@1", rebuilt), isKept("two@1", rebuilt)], [
      false,
      false,
      true
    ])
  })

  it("keeps the answers of 50,000 markets, and drops those that were renewed the longest ago", () => {
    const cache = new VectorCache()
    const now = { market: 0, machine: 0 }
    const [state] = states
    const names = Array.from({ length: 50_001 }, (_, i) => MarketId.make(`m${i}`))
    const put = (name: MarketId | undefined) => {
      if (name !== undefined) cache.put(name, "one@1", answerOf(0), state, 1, now)
    }
    const isKept = (name: MarketId | undefined) =>
      name !== undefined && cache.get(name, "one@1", ttl, state, 1, now) !== undefined
    names.slice(0, 50_000).forEach(put)
    put(names[0])
    assert.isTrue([names[0], names[1], names[49_999]].every(isKept))
    put(names[50_000])
    assert.deepStrictEqual([names[0], names[1], names[2], names[50_000]].map(isKept), [true, false, true, true])
  })
})
