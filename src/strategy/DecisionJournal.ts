import { Context, type Effect } from "effect"
import { canonicalJson, hashOf } from "../features/fingerprint.js"
import type { StorageFailure } from "../store/StorageFailure.js"
import type { Decision } from "./Signal.js"

/** What makes a decision that one and no other. */
export type DecisionKey = Pick<Decision, "strategy" | "version" | "market" | "at" | "sequence">

/**
 * The name of a decision: the first 16 hex digits of the sha256 over the JSON array of strategy, version, market, instant
 * and log position. The same decision has the same name wherever it is made.
 */
export const decisionId = ({ at, market, sequence, strategy, version }: DecisionKey): string =>
  hashOf(canonicalJson([strategy, version, market, at, sequence])).slice("sha256:".length, "sha256:".length + 16)

/** A decision out of the journal. */
export interface KeptDecision extends Decision {
  readonly id: string
}

/** Keeps decisions with all that they were made from, so that each can be explained later. */
export class DecisionJournal extends Context.Tag("strategy/DecisionJournal")<DecisionJournal, {
  /** Keeps decisions, all or none; one that is known already (same strategy, version, market, instant, sequence) stays. */
  readonly record: (decisions: ReadonlyArray<Decision>) => Effect.Effect<void, StorageFailure>
  /** The decisions whose id starts with this text, oldest first, at most `most` of them. */
  readonly find: (prefix: string, most: number) => Effect.Effect<ReadonlyArray<KeptDecision>, StorageFailure>
  /** The decisions kept last, newest first. */
  readonly latest: (most: number) => Effect.Effect<ReadonlyArray<KeptDecision>, StorageFailure>
}>() {}
