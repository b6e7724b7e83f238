import { Clock, Effect } from "effect"
import { Counter, Gauge } from "prom-client"
import type { Appended } from "../store/EventLog.js"
import { Telemetry } from "../telemetry/Telemetry.js"
import { LagWindow } from "./LagWindow.js"

/** What a recorder has done so far. */
export interface Recorded {
  /** events appended */
  readonly events: number
  readonly duplicates: number
  readonly gaps: number
  /** events taken and not yet durable */
  readonly held: number
  /** receive minus event time over the last half minute or so, in ms; NaN where nothing came */
  readonly lagP50: number
  readonly lagP99: number
}

const windowMillis = 30_000

/** The counters of the recorder; `note` is given each batch once it is durable, `held` what waits. */
export const makeRecorderMetrics = Effect.gen(function*() {
  const registers = [yield* Telemetry]
  const clock = yield* Clock.clockWith(Effect.succeed)
  const lag = new LagWindow(windowMillis)
  let [events, duplicates, gaps, held] = [0, 0, 0, 0]

  const appended = new Counter({
    name: "feature_store_recorder_events_total",
    help: "Events appended to the log, by kind",
    labelNames: ["kind"],
    registers
  })
  const known = new Counter({
    name: "feature_store_recorder_duplicates_total",
    help: "Documents that the log had already",
    registers
  })
  const failures = new Counter({
    name: "feature_store_recorder_failures_total",
    help: "Batches that storage refused, and that were tried again",
    registers
  })
  new Gauge({
    name: "feature_store_recorder_held_events",
    help: "Events received and not yet durable",
    registers,
    collect() {
      this.set(held)
    }
  })
  new Gauge({
    name: "feature_store_recorder_lag_milliseconds",
    help: "When events were known here less the venue's time of them, over the last half minute",
    labelNames: ["quantile"],
    registers,
    collect() {
      const now = clock.unsafeCurrentTimeMillis()
      for (const share of [0.5, 0.95, 0.99]) this.set({ quantile: String(share) }, lag.quantile(share, now))
    }
  })

  return {
    note: (batch: Appended): void => {
      const now = clock.unsafeCurrentTimeMillis()
      events += batch.events
      duplicates += batch.duplicates
      if (batch.duplicates > 0) known.inc(batch.duplicates)
      for (const { columns } of batch.kinds) {
        appended.inc({ kind: columns.kind }, columns.rows)
        if (columns.kind === "gap") gaps += columns.rows
        if (columns.kind === "gap" || columns.kind === "gap_end" || columns.kind === "market") continue
        for (let row = 0; row < columns.rows; row++) {
          lag.observe((columns.availableAt[row] ?? 0) - (columns.eventTime[row] ?? 0), now)
        }
      }
    },
    failed: (): void => failures.inc(),
    hold: (waiting: number): void => {
      held = waiting
    },
    recorded: Effect.sync((): Recorded => {
      const now = clock.unsafeCurrentTimeMillis()
      return { events, duplicates, gaps, held, lagP50: lag.quantile(0.5, now), lagP99: lag.quantile(0.99, now) }
    })
  }
})
