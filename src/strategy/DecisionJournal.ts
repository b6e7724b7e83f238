import { Context, type Effect } from "effect"
import type { StorageFailure } from "../store/StorageFailure.js"
import type { Decision } from "./Signal.js"

/** Keeps decisions with all that they were made from, so that each can be explained later. */
export class DecisionJournal extends Context.Tag("strategy/DecisionJournal")<DecisionJournal, {
  /** Keeps decisions, all or none; one that is known already (same strategy, version, market, instant, sequence) stays. */
  readonly record: (decisions: ReadonlyArray<Decision>) => Effect.Effect<void, StorageFailure>
}>() {}
