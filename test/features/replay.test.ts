import { FastCheck as fc } from "effect"
import { assert, describe, it } from "vitest"
import type { PlacedEvent } from "../../src/domain/columnsOf.js"
import type { EventColumns } from "../../src/domain/EventColumns.js"
import { Replay } from "../../src/state/Replay.js"
import { configurable } from "../support/configurable.js"
import { type Bits, differences, Evaluator, registryWith } from "../support/evaluate.js"
import { histories, instantsOf, numbered } from "../support/histories.js"
import { columnsFor, inLogOrder, placedOf } from "../support/replayOf.js"

/** One market's events in the log's order, and instants in ascending order. */
const walks = histories.filter((lines) => lines.length > 0).chain((lines) =>
  fc.record({
    events: fc.constant(inLogOrder(placedOf(numbered(lines.map((line) => ({ ...line, market: "m" }))), "m"))),
    instants: fc.array(instantsOf(lines), { minLength: 2, maxLength: 4 }).map((instants) =>
      [...new Set(instants)].sort((a, b) => a - b)
    ),
    order: fc.array(fc.nat(3), { minLength: 1, maxLength: 4 }),
    checkpointEvery: fc.integer({ min: 1, max: 12 }),
    chosen: configurable,
    tampering: fc.record({
      kept: fc.nat(2 ** 30 - 1),
      delayMillis: fc.constantFrom(1, 2, 60_000, 7 * 3_600_000)
    })
  })
)

/** What else might become known after `at`: some of it left out, all of it later, and the past told again as news. */
const tampered = (
  events: ReadonlyArray<PlacedEvent>,
  at: number,
  { delayMillis, kept }: { readonly kept: number; readonly delayMillis: number }
): ReadonlyArray<PlacedEvent> => [
  ...events.filter((event) => event.availableAt <= at),
  ...events.filter((event) => (kept >> event.sequence % 30 & 1) === 1).map((event) => ({
    ...event,
    // between two sequences of the past: later in time is not later in the log's numbering
    sequence: event.sequence + 0.5,
    availableAt: Math.max(event.availableAt, at) + delayMillis
  }))
]

/**
 * In two tests: a worker that is busy for a minute on end is taken for dead. That the state itself is the same is shown
 * in test/state/Replay.test.ts, of more histories.
 */
const halves = [1, 2]

describe("a replay", () => {
  it.each(halves)("answers the same bits however it got to an instant, and whatever becomes known later (%i)", () => {
    fc.assert(
      fc.property(walks, ({ checkpointEvery, chosen, events, instants, order, tampering }) => {
        const registry = registryWith(chosen)
        const columns = columnsFor(events)
        const mover = (of: ReadonlyArray<EventColumns>, every?: number) => {
          const replay = new Replay(of, every)
          return { replay, evaluator: new Evaluator(replay.state, registry) }
        }
        const sliding = mover(columns)
        const names = sliding.evaluator.names()
        const bits = new Map(instants.map((at) => {
          sliding.replay.advance(at)
          return [at, sliding.evaluator.bits(at)] as const
        }))
        const check = (at: number, found: Bits, how: string) => {
          const expected = bits.get(at)
          assert.isDefined(expected)
          assert.deepStrictEqual(differences(names, found, expected), [], `${how}, at ${at}`)
        }
        const first = instants[0] ?? 0
        const last = instants.at(-1) ?? 0

        const stepping = mover(columns)
        let applied = 0
        // forgets on its way what no window reaches, as a live state does
        const forgetting = mover(columns)
        const history = Math.max(...registry.computed.map((group) => group.configured.historyMillis))
        for (const at of instants) {
          while ((events[applied]?.availableAt ?? Infinity) <= at) {
            assert.strictEqual(stepping.replay.next(), events[applied]?.availableAt)
            applied++
          }
          check(at, stepping.evaluator.bits(at), "event by event")
          forgetting.replay.advance(at)
          forgetting.replay.state.prices.trim(at - history)
          forgetting.replay.state.news.trim(at - history)
          check(at, forgetting.evaluator.bits(at), "forgetting what is older than every window")
        }

        const seeking = mover(columns, checkpointEvery)
        for (const at of [last, first, ...order.map((index) => instants[index % instants.length] ?? last)]) {
          seeking.replay.seek(at)
          check(at, seeking.evaluator.bits(at), "back and forth")
        }

        const other = mover(columnsFor(tampered(events, first, tampering)), checkpointEvery)
        other.replay.advance(first)
        check(first, other.evaluator.bits(first), "with another future")
        assert.strictEqual(
          other.replay.state.sequence,
          Math.max(0, ...events.filter((event) => event.availableAt <= first).map((event) => event.sequence))
        )
        other.replay.seek(Infinity)
        other.replay.seek(first)
        check(first, other.evaluator.bits(first), "back from another future")
      }),
      { numRuns: 750 }
    )
  })

  it("stops at a log position, and moves on from there by a seek", () => {
    fc.assert(
      fc.property(walks, fc.nat(), ({ checkpointEvery, chosen, events, instants }, key) => {
        const registry = registryWith(chosen)
        const columns = columnsFor(events)
        const upTo = events[key % events.length]?.sequence ?? 0
        const at = instants[0] ?? 0
        const bitsOf = (replay: Replay, instant: number) => new Evaluator(replay.state, registry).bits(instant)
        const known = new Replay(columnsFor(events.filter((event) => event.sequence <= upTo)))
        known.advance(at)
        const whole = new Replay(columns)
        const names = new Evaluator(whole.state, registry).names()

        const replay = new Replay(columns, checkpointEvery)
        replay.advance(at, upTo)
        assert.deepStrictEqual(differences(names, bitsOf(replay, at), bitsOf(known, at)), [])
        for (const instant of [...instants, at]) {
          whole.seek(instant)
          replay.seek(instant)
          assert.deepStrictEqual(differences(names, bitsOf(replay, instant), bitsOf(whole, instant)), [])
        }
      }),
      { numRuns: 300 }
    )
  })
})
