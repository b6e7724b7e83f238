import { Effect, Random } from "effect"

export interface Backoff {
  /** ms */
  readonly first: number
  /** ms */
  readonly longest: number
}

/** A random part of a pause that doubles each time, in ms, so that many who failed together do not come back together. */
export const fullJitter = (failures: number, { first, longest }: Backoff): Effect.Effect<number> =>
  Effect.map(Random.next, (part) => part * Math.min(first * 2 ** failures, longest))
