import { FastCheck as fc } from "effect"
import { assert, describe, it } from "vitest"
import type { PlacedEvent } from "../../src/domain/columnsOf.js"
import { Reason } from "../../src/features/Reason.js"
import { checkpoint, type MarketState, restore } from "../../src/state/MarketState.js"
import { Replay } from "../../src/state/Replay.js"
import { differences, Evaluator, registryWith } from "../support/evaluate.js"
import { histories, instantsOf, numbered } from "../support/histories.js"
import { columnsFor, inLogOrder, placedOf } from "../support/replayOf.js"

/** Windows that histories of some hours outlast. */
const chosen = fc.record({
  orderbook: fc.record({ levels: fc.constantFrom(1, 3, 10) }),
  sentiment: fc.record({ window_secs: fc.constantFrom(1, 60, 1800), half_life_secs: fc.constantFrom(30, 600) }),
  price_history: fc.record({ window_secs: fc.constantFrom(1, 60, 900), min_coverage_secs: fc.constantFrom(1, 30) })
})

const cases = histories.filter((lines) => lines.length > 0).chain((lines) =>
  fc.record({
    events: fc.constant(inLogOrder(placedOf(numbered(lines.map((line) => ({ ...line, market: "m" }))), "m"))),
    at: instantsOf(lines),
    earlierMillis: fc.constantFrom(0, 0, 1, 60_000),
    base: fc.nat(),
    chosen
  })
)

/** Gives `late` what a late start keeps of a state: all but the series, whose price in force remains, and the documents. */
const keepDeclared = (late: MarketState, state: MarketState): void => {
  restore(late, { ...checkpoint(state), points: 0, origin: NaN, documents: 0 })
  const { prices } = state
  if (prices.length > 0) late.prices.push(prices.time[prices.length - 1] ?? NaN, prices.last())
}

const isFull = ({ body }: PlacedEvent) => body.kind === "book" || body.kind === "quote"

const isOfOffers = ({ body }: PlacedEvent) =>
  body.kind === "book" || body.kind === "quote" || body.kind === "price_change" ||
  (body.kind === "gap" && body.interruption.scope === "market")

/** 10,000 histories in four tests: a worker that is busy for a minute on end is taken for dead. */
const quarters = [1, 2, 3, 4]

describe("what is older than every window", () => {
  it.each(quarters)("matters through the declared state alone (%i)", () => {
    let forgotten = 0
    fc.assert(
      fc.property(cases, ({ at, chosen: parameters, earlierMillis, events }) => {
        const registry = registryWith(parameters)
        const start = at - Math.max(...registry.computed.map((group) => group.configured.historyMillis)) - earlierMillis
        const replay = new Replay(columnsFor(events))
        replay.advance(start)
        forgotten += replay.state.prices.length + replay.state.news.length
        const late = new Replay(columnsFor(events.filter((event) => event.availableAt > start)))
        keepDeclared(late.state, replay.state)
        late.advance(at)
        replay.advance(at)
        const full = new Evaluator(replay.state, registry)
        const found = new Evaluator(late.state, registry).bits(at)
        assert.deepStrictEqual(differences(full.names(), found, full.bits(at)), [])
      }),
      { numRuns: 2_500 }
    )
    // it has been about something
    assert.isAbove(forgotten, 7_500)
  })

  it("is not missed by a run that begins with a full book, once its own series is older than the window", () => {
    let warm = 0
    fc.assert(
      fc.property(cases, ({ at, base, chosen: parameters, events }) => {
        const fullOnes = events.flatMap((event, index) => isFull(event) && event.availableAt <= at ? [index] : [])
        const begin = fullOnes[base % Math.max(1, fullOnes.length)]
        fc.pre(begin !== undefined)
        const own = events.slice(begin)
        // the last trade and the last report of volume are state as well: before the run there was none
        const before = events.slice(0, begin).filter((event) => event.body.kind !== "trade").map((event) =>
          event.body.kind === "quote" ? { ...event, body: { ...event.body, volume24h: undefined } } : event
        )
        const registry = registryWith(parameters)
        const answers = (of: ReadonlyArray<PlacedEvent>) => {
          const replay = new Replay(columnsFor(of))
          replay.advance(at)
          const evaluator = new Evaluator(replay.state, registry)
          return { names: evaluator.names(), bits: evaluator.bits(at), origin: replay.state.prices.origin }
        }
        const full = answers([...before, ...own])
        const short = answers([...before.filter((event) => !isOfOffers(event)), ...own])
        const differing = differences(full.names, short.bits, full.bits)
        if (short.origin <= at - parameters.price_history.window_secs * 1000) {
          warm++
          assert.deepStrictEqual(differing, [])
        } else {
          assert.deepStrictEqual(differing.filter((name) => !name.startsWith("price_history.")), [])
          const momentum = short.bits.reasons[short.names.indexOf("price_history.momentum")]
          if (differing.length > 0) assert.strictEqual(momentum, Reason.not_enough_history)
        }
      }),
      { numRuns: 3_000 }
    )
    assert.isAbove(warm, 1_000)
  })
})
