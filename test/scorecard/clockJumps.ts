import { Effect } from "effect"
import { join } from "node:path"
import { Ingest } from "../../src/context/Ingest.js"
import type { MarketEvent } from "../../src/domain/Event.js"
import { MarketId } from "../../src/domain/MarketId.js"
import { EventLog } from "../../src/store/EventLog.js"
import { FeatureStore } from "../../src/store/FeatureStore.js"
import { liveApp, registryOf } from "../support/apps.js"
import { HandClock } from "../support/handClock.js"
import { opening } from "../support/histories.js"
import { defaultParameters } from "../support/naive/index.js"
import { servedEqualsHistory } from "../support/servedParity.js"
import { folder, sqliteStorage } from "../support/storages.js"
import { type Campaign, type Draw, type Notes, noting, rounds } from "./Campaign.js"

const registry = registryOf(defaultParameters)
const app = liveApp(registry)
const markets = ["m1", "m2"].map((id) => MarketId.make(id))
const day = 86_400_000

/** What was computed last for a market and group, and when on either clock. */
interface Computed {
  readonly market: number
  readonly nanos: bigint
}

/** What one process after the other sees of time. */
class Witness {
  readonly #computed = new Map<string, Computed>()
  #newest = 0

  constructor(readonly notes: Notes, readonly clock: HandClock) {}

  /** A process begins: it knows of what was appended before, and not of what was merely answered. */
  begin(appendedAt: number): void {
    this.#newest = appendedAt
  }

  /** Market time, which never goes back. */
  note(what: string, at: number): void {
    this.notes.demand(at >= this.#newest, () => `${what} at ${at}, after ${this.#newest}`)
    this.#newest = Math.max(this.#newest, at)
  }

  /** An answer, and whether it came from the cache. */
  answered(key: string, at: number, isHit: boolean, ttlMillis: number): void {
    const { nanos } = this.clock
    const last = this.#computed.get(key)
    if (!isHit) {
      this.#computed.set(key, { market: at, nanos })
      return
    }
    this.notes.meet("answers given again")
    const ages = last === undefined ? [Infinity] : [at - last.market, Number(nanos - last.nanos) / 1e6]
    this.notes.demand(
      ages.every((age) => age >= 0 && age < ttlMillis),
      () => `${key} was given again aged ${ages.join(" and ")} ms, with a ttl of ${ttlMillis}`
    )
  }
}

const tick = (draw: Draw, { clock, notes }: Witness): void => {
  switch (draw.below(10)) {
    case 0:
      notes.meet("jumps back")
      clock.millis = Math.max(opening - day, clock.millis - draw.one([1, 999, 60_000, 3_600_000, day]))
      return
    case 1:
      notes.meet("jumps forward")
      clock.millis += draw.one([1, 4_999, 5_000, 60_000, 3_600_000])
      return
    case 2:
      // a machine that slept: its counter stood still, its calendar did not
      clock.millis += draw.within(1, 20_000)
      return
    case 3:
      // the calendar is held back, as when it is slewed
      clock.nanos += BigInt(draw.within(1, 70_000)) * 1_000_000n
      return
    default:
      clock.pass(draw.one([0, 0, 1, 500, 999, 1_000, 4_999, 5_000, 30_000]))
  }
}

const quote = (draw: Draw, market: MarketId): MarketEvent => {
  const bid = 10_000 * draw.within(20, 70)
  return {
    market,
    source: undefined,
    eventTime: undefined,
    body: { kind: "quote", bestBid: bid, bestAsk: bid + 10_000, volume24h: undefined }
  }
}

/** One process: it publishes and is asked, and the clock does what it likes. */
const life = (draw: Draw, witness: Witness) =>
  Effect.gen(function*() {
    const store = yield* FeatureStore
    const ingest = yield* Ingest
    witness.begin(yield* Effect.flatMap(EventLog, (log) => log.appendedAt))
    for (let step = 0; step < 60; step++) {
      tick(draw, witness)
      const market = markets[draw.below(2)] ?? MarketId.make("m1")
      witness.notes.tried++
      if (draw.below(4) === 0) {
        const { columns } = yield* ingest.publish([quote(draw, market)])
        for (const { columns: { availableAt } } of columns) witness.note("an event was appended", availableAt[0] ?? 0)
        continue
      }
      const group = registry.computed[draw.below(registry.computed.length)]
      if (group === undefined) continue
      const { hits } = yield* store.cacheUse
      const vector = yield* store.getCurrentFeatures(market, [group.name])
      const isHit = (yield* store.cacheUse).hits > hits
      witness.note("an answer was given", vector.asOf)
      witness.answered(`${market} ${group.name}`, vector.asOf, isHit, group.ttlMillis)
    }
    yield* store.flush
  }).pipe(Effect.provide(app))

export const clockJumps: Campaign = {
  name: "clock-jumps",
  what: "machine and market clock jump either way, stop and restart; nothing served at its ttl, time never goes back",
  rounds: rounds(60),
  meets: ["jumps back", "jumps forward", "answers given again"],
  prepare: Effect.succeed(noting((notes, draw) =>
    Effect.gen(function*() {
      const clock = new HandClock(opening)
      const witness = new Witness(notes, clock)
      yield* Effect.gen(function*() {
        for (let lives = 0; lives < 4; lives++) yield* life(draw, witness)
        const log = yield* EventLog
        for (const market of markets) {
          for (const { availableAt, sequence } of (yield* log.read(market)).columns) {
            for (let row = 1; row < availableAt.length; row++) {
              notes.demand(
                (sequence[row] ?? 0) > (sequence[row - 1] ?? 0),
                () => `${market}: in the order of its instants, event ${sequence[row]} follows ${sequence[row - 1]}`
              )
            }
          }
        }
        yield* servedEqualsHistory(registry)
      }).pipe(
        Effect.provide(sqliteStorage(join(yield* folder, "features.db"))),
        Effect.withClock(clock)
      )
    })
  ))
}
