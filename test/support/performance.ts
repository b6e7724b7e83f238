import { Effect } from "effect"
import { Ingest } from "../../src/context/Ingest.js"
import { MarketId } from "../../src/domain/MarketId.js"
import type { FeatureVector } from "../../src/features/FeatureVector.js"
import { FeatureStore } from "../../src/store/FeatureStore.js"
import type { HandClock } from "./handClock.js"
import type { EventBody, NaiveEvent } from "./naive/index.js"
import { recorded, timedOf } from "./observed.js"
import type { Act } from "./scripts.js"

export const allGroups = ["market", "orderbook", "sentiment", "temporal", "price_history"] as const

/** A vector as it was given, with the number of lines that had been published by then. */
export interface Captured {
  readonly vector: FeatureVector<unknown>
  readonly published: number
}

export interface Performance {
  /** in the order in which they were published, with the instant of their publishing */
  readonly lines: ReadonlyArray<EventBody>
  readonly captured: ReadonlyArray<Captured>
}

/** Performs a script on the live store around it. */
export const perform = (script: ReadonlyArray<Act>, clock: HandClock) =>
  Effect.gen(function*() {
    const store = yield* FeatureStore
    const ingest = yield* Ingest
    const lines: Array<EventBody> = []
    const captured: Array<Captured> = []
    for (const act of script) {
      if (act.act === "wait") {
        clock.pass(act.millis)
      } else if (act.act === "publish") {
        yield* ingest.publish(act.lines.map((line) => timedOf(line).event))
        lines.push(...act.lines.map((line) => ({ ...line, available_at: clock.millis })))
      } else {
        const vector = yield* store.getCurrentFeatures(MarketId.make(act.market), allGroups)
        captured.push({ vector, published: lines.length })
      }
    }
    yield* store.flush
    const performance: Performance = { lines, captured }
    return performance
  })

/** The events as the log has numbered them, for the naive reference. */
export const eventsOf = ({ lines }: Performance): ReadonlyArray<NaiveEvent> => recorded(lines)
