import { FastCheck as fc } from "effect"
import { assert, describe, it } from "vitest"
import { columnsOf, type PlacedEvent } from "../../src/domain/columnsOf.js"
import type { EventColumns } from "../../src/domain/EventColumns.js"
import { MarketState } from "../../src/state/MarketState.js"
import { reduce } from "../../src/state/reduce.js"
import { Replay } from "../../src/state/Replay.js"
import { columnsFor } from "../support/replayOf.js"
import { contentsOf, sumsOf } from "./contentsOf.js"
import { knownAt, marketEvents } from "./marketEvents.js"

/** A state and what it says of its prices over every window. */
const sight = (state: MarketState) => [contentsOf(state), sumsOf(state.prices)]

/** The state after these events, one reduced after the other. */
const after = (events: ReadonlyArray<PlacedEvent>): MarketState => {
  const state = new MarketState()
  for (const event of events) reduce(state, columnsOf(event.body.kind, [event]), 0)
  return state
}

/** Ways through a history: to the instant of an event, just before or just after it. */
const moves = fc.array(
  fc.record({
    by: fc.constantFrom("next", "advance", "seek", "seek", "seek"),
    event: fc.nat(),
    off: fc.constantFrom(0, 0, -1, 1)
  }),
  { minLength: 1, maxLength: 5, size: "max" }
)

const checkpointEvery = fc.integer({ min: 1, max: 12 })

const instantOf = (
  events: ReadonlyArray<PlacedEvent>,
  { event, off }: { readonly event: number; readonly off: number }
) => (events[event % events.length]?.availableAt ?? 0) + off

/** One quote an instant, each with another price. */
const quotes = (count: number): ReadonlyArray<PlacedEvent> =>
  Array.from({ length: count }, (_, i) => ({
    sequence: i + 1,
    availableAt: i * 10,
    eventTime: 0,
    source: undefined,
    body: { kind: "quote", bestBid: 500_000 + i * 7_919 % 11, bestAsk: 520_000, volume24h: i }
  }))

/** Quotes that count how many of them are applied: the reducer looks at the kind of each. */
const counted = (events: ReadonlyArray<PlacedEvent>) => {
  const count = { applied: 0 }
  const columns = columnsOf("quote", events)
  const watched: ReadonlyArray<EventColumns> = columns.kind === "quote"
    ? [{
      ...columns,
      get kind() {
        count.applied++
        return "quote" as const
      }
    }]
    : []
  return { columns: watched, count }
}

describe("a replay", () => {
  it("has the state of the events known at an instant, whichever way it got there", () => {
    fc.assert(
      fc.property(marketEvents, moves, checkpointEvery, (events, ways, every) => {
        const replay = new Replay(columnsFor(events), every)
        assert.strictEqual(replay.size(), events.length)
        let applied = 0
        for (const way of ways) {
          const at = instantOf(events, way)
          if (way.by === "next") {
            assert.deepStrictEqual(replay.next(), events[applied]?.availableAt ?? NaN)
            applied = Math.min(applied + 1, events.length)
          } else if (way.by === "advance") {
            replay.advance(at)
            applied = Math.max(applied, knownAt(events, at))
          } else {
            replay.seek(at)
            applied = knownAt(events, at)
          }
          assert.deepStrictEqual(sight(replay.state), sight(after(events.slice(0, applied))))
          assert.strictEqual(replay.isAtEnd(), applied === events.length)
        }
      }),
      { numRuns: 5_000 }
    )
  })

  it("has the same state whatever becomes known later, also on its way back from there", () => {
    fc.assert(
      fc.property(marketEvents, marketEvents, checkpointEvery, fc.nat(), (events, others, every, key) => {
        const at = events[key % events.length]?.availableAt ?? 0
        const past = events.slice(0, knownAt(events, at))
        // numbered between the past's: later in time is not later in the log's numbering
        const future = others.map((event, i) => ({
          ...event,
          sequence: i + 0.5,
          availableAt: event.availableAt + 10_000_000
        }))
        const expected = sight(after(past))
        const replay = new Replay(columnsFor([...past, ...future]), every)
        replay.advance(at)
        assert.deepStrictEqual(sight(replay.state), expected)
        replay.seek(Infinity)
        assert.isTrue(replay.isAtEnd())
        replay.seek(at)
        assert.deepStrictEqual(sight(replay.state), expected)
      }),
      { numRuns: 3_000 }
    )
  })

  it("stops at a log position, and moves on from there by a seek", () => {
    fc.assert(
      fc.property(marketEvents, moves, moves, checkpointEvery, fc.nat(), (events, ways, further, every, key) => {
        const replay = new Replay(columnsFor(events), every)
        for (const way of ways) replay.seek(instantOf(events, way))
        replay.seek(-Infinity)
        let reached = 0
        const upTo = events[key % events.length]?.sequence ?? 0
        for (const way of ways) {
          replay.advance(instantOf(events, way), upTo)
          reached = Math.max(reached, knownAt(events, instantOf(events, way)))
          const known = events.slice(0, reached).filter((event) => event.sequence <= upTo)
          assert.deepStrictEqual(sight(replay.state), sight(after(known)))
        }
        for (const way of further) {
          replay.seek(instantOf(events, way))
          const known = events.slice(0, knownAt(events, instantOf(events, way)))
          assert.deepStrictEqual(sight(replay.state), sight(after(known)))
        }
      }),
      { numRuns: 500 }
    )
  })

  it("seeks anywhere in a long history, and applies few events for it", () => {
    const events = quotes(3_000)
    const { columns, count } = counted(events)
    const replay = new Replay(columns)
    // there, back, and there again: checkpoints may be left only by a replay that has gone back
    for (const at of [Infinity, -Infinity, Infinity]) replay.seek(at)
    for (let i = 0; i < 200; i++) {
      count.applied = 0
      const known = i * 7_919 % events.length
      replay.seek(known * 10)
      assert.strictEqual(replay.state.sequence, known + 1)
      assert.isAtMost(count.applied, 32)
      if (i % 20 === 0) assert.deepStrictEqual(contentsOf(replay.state), contentsOf(after(events.slice(0, known + 1))))
    }
  })

  it("goes on from the nearest of a checkpoint and where it is", () => {
    const { columns, count } = counted(quotes(100))
    const replay = new Replay(columns, 10)
    const appliedTo = (at: number) => {
      count.applied = 0
      replay.seek(at)
      return count.applied
    }
    assert.strictEqual(appliedTo(50), 6)
    for (const at of [995, -1]) replay.seek(at)
    assert.strictEqual(appliedTo(50), 6)
    for (const at of [995, -1]) replay.seek(at)
    // passing where checkpoints stand, it leaves no others
    replay.advance(505)
    // every tenth event is preceded by a checkpoint: of what was known at 80, at 180, ..., at 980
    assert.strictEqual(appliedTo(905), 2)
    assert.strictEqual(appliedTo(905), 0)
    assert.strictEqual(appliedTo(900), 0)
    assert.strictEqual(appliedTo(895), 1)
    assert.strictEqual(appliedTo(975), 8)
    assert.strictEqual(appliedTo(985), 0)
    assert.strictEqual(appliedTo(79), 8)
    assert.strictEqual(appliedTo(105), 2)
    assert.strictEqual(appliedTo(980), 0)
  })

  it("takes no checkpoint between two events of one instant", () => {
    const prices = [[0, 500_000], [10, 600_000], [10, 500_000], [20, 700_000]] as const
    const events = prices.map(([at, price], i): PlacedEvent => ({
      sequence: i + 1,
      availableAt: at,
      eventTime: at,
      source: undefined,
      body: { kind: "trade", price, size: 1, side: "buy" }
    }))
    for (const every of [1, 2, 3, 4]) {
      const replay = new Replay(columnsFor(events), every)
      for (const at of [20, -1, 20, 10]) replay.seek(at)
      assert.deepStrictEqual(sight(replay.state), sight(after(events.slice(0, 3))))
      replay.seek(20)
      assert.deepStrictEqual(sight(replay.state), sight(after(events)))
    }
  })

  it("takes no checkpoint where it only ever goes forward", () => {
    const { columns, count } = counted(quotes(100))
    const replay = new Replay(columns, Infinity)
    replay.seek(995)
    count.applied = 0
    replay.seek(985)
    assert.strictEqual(count.applied, 99)
  })

  it("moves on a state that it is given", () => {
    const [first, ...rest] = quotes(3)
    const state = after(first === undefined ? [] : [first])
    const replay = new Replay(columnsFor(rest), 1, state)
    assert.strictEqual(replay.state, state)
    replay.seek(15)
    replay.advance(20)
    assert.deepStrictEqual(sight(state), sight(after(quotes(3))))
  })

  it("has a size, and an end", () => {
    const replay = new Replay(columnsFor([]))
    assert.strictEqual(replay.size(), 0)
    assert.isTrue(replay.isAtEnd())
    assert.isNaN(replay.next())
    replay.seek(0)
    assert.isFalse(replay.state.known)
  })
})
