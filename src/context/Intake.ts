import { Context, type Effect } from "effect"
import type { MarketEvent } from "../domain/Event.js"

/**
 * The way in for sources that must not wait: a socket's handler hands over what it has read, at once and in order, and
 * batches of it go through `Ingest`. What was taken is published even if its source ends right after. It is bounded: a
 * source that finds it full says so with a gap, and goes on once there is room again.
 */
export class Intake extends Context.Tag("features/Intake")<Intake, {
  /** Takes all of these events, in their order, or, while too much is held, none of them: then `false`. */
  readonly offer: (events: ReadonlyArray<MarketEvent>) => boolean
  /** Returns once there is room. */
  readonly room: Effect.Effect<void>
  /** Returns once all that was taken before is durable and visible. */
  readonly settled: Effect.Effect<void>
}>() {}
