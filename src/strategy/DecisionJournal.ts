import { Context, type Effect } from "effect"
import { canonicalJson, hashOf } from "../features/fingerprint.js"
import type { StorageFailure } from "../store/StorageFailure.js"
import type { Decision } from "./Signal.js"

/**
 * The name of a decision: the first 16 hex digits of the sha256 over its JSON with sorted keys. The same strategy that
 * decides the same from the same has the same name for it, wherever and however often it is run.
 */
export const decisionId = (decision: Decision): string =>
  hashOf(canonicalJson(decision)).slice("sha256:".length, "sha256:".length + 16)

/** A decision out of the journal. */
export interface KeptDecision extends Decision {
  readonly id: string
}

/** Keeps decisions with all that they were made from, so that each can be explained later. */
export class DecisionJournal extends Context.Tag("strategy/DecisionJournal")<DecisionJournal, {
  /** Keeps decisions, all or none. One that is known already, with all that belongs to it, is not kept twice. */
  readonly record: (decisions: ReadonlyArray<Decision>) => Effect.Effect<void, StorageFailure>
  /** The decisions whose id starts with this text, oldest first, at most `most` of them. */
  readonly find: (prefix: string, most: number) => Effect.Effect<ReadonlyArray<KeptDecision>, StorageFailure>
  /** The decisions kept last, newest first. */
  readonly latest: (most: number) => Effect.Effect<ReadonlyArray<KeptDecision>, StorageFailure>
}>() {}
