import { Chunk, Effect, FastCheck as fc, Layer, Stream } from "effect"
import { isDeepStrictEqual } from "node:util"
import { Ingest } from "../../src/context/Ingest.js"
import { Instant } from "../../src/domain/Instant.js"
import { MarketId } from "../../src/domain/MarketId.js"
import { EventLog } from "../../src/store/EventLog.js"
import { FeatureStore } from "../../src/store/FeatureStore.js"
import { disagreements } from "../support/agreement.js"
import { liveApp, registryOf } from "../support/apps.js"
import { HandClock } from "../support/handClock.js"
import { histories, instantsOf, marketIds } from "../support/histories.js"
import { defaultParameters, type EventBody } from "../support/naive/index.js"
import { recorded, timedOf } from "../support/observed.js"
import { allGroups } from "../support/performance.js"
import { sqliteInMemory } from "../support/storages.js"
import { type Campaign, type Draw, type Notes, noting, rounds } from "./Campaign.js"

const registry = registryOf(defaultParameters, 0)

/** The lines in another order, some of them twice. */
const disordered = (draw: Draw, lines: ReadonlyArray<EventBody>): ReadonlyArray<EventBody> => {
  const twice = [...lines, ...lines.filter(() => draw.below(4) === 0)]
  for (let i = twice.length - 1; i > 0; i--) {
    // mostly near its place, as with a feed that is late; sometimes anywhere
    const other = draw.below(3) === 0 ? draw.below(i + 1) : Math.max(0, i - draw.below(4))
    const [one, two] = [twice[i], twice[other]]
    if (one !== undefined && two !== undefined) [twice[i], twice[other]] = [two, one]
  }
  return twice
}

/** Imports and publishes lines by turns, as they come; the lines as the log has been given them. */
const taking = (draw: Draw, notes: Notes, clock: HandClock, lines: ReadonlyArray<EventBody>) =>
  Effect.gen(function*() {
    const log = yield* EventLog
    const ingest = yield* Ingest
    const given: Array<EventBody> = []
    for (let from = 0; from < lines.length;) {
      const some = lines.slice(from, from + draw.within(1, 12))
      from += some.length
      notes.tried += some.length
      if (draw.below(2) === 0) {
        const file = { digest: `${from}`, name: `${from}` }
        const events = some.map(timedOf)
        const importing = log.importFile(file, Stream.make({ kind: "events" as const, events }))
        yield* importing
        const again = yield* importing
        notes.demand(again.outcome === "known", () => "a file that is imported again is not known")
        notes.meet("late", some.filter((line) => line.available_at < clock.millis).length)
        given.push(...some)
        continue
      }
      clock.pass(draw.one([0, 0, 1, 1_000, 60_000]))
      const { duplicates } = yield* ingest.publish(some.map((line) => timedOf(line).event))
      notes.meet("duplicates", duplicates)
      given.push(...some.map((line) => ({ ...line, available_at: clock.millis })))
    }
    return given
  })

const asking = (notes: Notes, given: ReadonlyArray<EventBody>, instants: ReadonlyArray<number>) =>
  Effect.gen(function*() {
    const store = yield* FeatureStore
    const events = recorded(given)
    const spine = instants.flatMap((at) =>
      marketIds.map((id) => ({ market: MarketId.make(id), timestamp: Instant(at) }))
    )
    const rows = yield* Stream.runCollect(store.getHistoricalFeatures(Stream.fromIterable(spine), allGroups))
    for (const [index, vector] of Chunk.toReadonlyArray(rows).entries()) {
      const row = spine[index]
      if (row === undefined) continue
      notes.meet("answers compared")
      notes.found(...disagreements(vector.entries(), events, row.market, row.timestamp, defaultParameters))
      const alone = yield* store.getFeaturesAt(row.market, row.timestamp, allGroups)
      notes.demand(
        isDeepStrictEqual(alone.toJSON(), vector.toJSON()),
        () => `${row.market} at ${row.timestamp}: alone and in a spine differ`
      )
    }
  })

export const disorder: Campaign = {
  name: "disorder",
  what: "events twice, late and in any order, imported and live by turns; as-of answers are the naive reference's",
  rounds: rounds(30),
  meets: ["late", "duplicates", "answers compared"],
  prepare: Effect.succeed(
    noting((notes, draw, seed) =>
      Effect.forEach(fc.sample(histories, { seed, numRuns: 4 }), (lines) =>
        Effect.gen(function*() {
          const newest = Math.max(0, ...lines.map((line) => line.available_at))
          const oldest = Math.min(newest, ...lines.map((line) => line.available_at))
          const clock = new HandClock(draw.within(oldest, newest))
          if (lines.length === 0) return
          yield* Effect.gen(function*() {
            const given = yield* taking(draw, notes, clock, disordered(draw, lines))
            yield* asking(notes, given, fc.sample(instantsOf(given), { seed, numRuns: 4 }))
          }).pipe(
            Effect.provide(Layer.provideMerge(liveApp(registry), sqliteInMemory)),
            Effect.withClock(clock)
          )
        }), { discard: true })
    )
  )
}
