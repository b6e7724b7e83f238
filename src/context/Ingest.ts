import { Context, type Effect } from "effect"
import type { MarketEvent } from "../domain/Event.js"
import type { Appended } from "../store/EventLog.js"
import type { StorageFailure } from "../store/StorageFailure.js"

/** The way in for everything observed live: appended to the log, then applied to the live states, in one order. */
export class Ingest extends Context.Tag("features/Ingest")<Ingest, {
  /** Returns once the batch is durable and visible; known since the market clock's now. */
  readonly publish: (events: ReadonlyArray<MarketEvent>) => Effect.Effect<Appended, StorageFailure>
}>() {}
