import type { MarketId } from "../domain/MarketId.js"
import type { GroupAnswer } from "../features/FeatureVector.js"

/** Markets whose answers are kept; the one whose newest answer is the oldest is dropped first. */
const mostMarkets = 50_000

interface Kept {
  readonly answer: GroupAnswer
  /** the log position of the newest event that the group reads */
  readonly sequence: number
  readonly storedAtMarket: number
  readonly storedAtMachine: number
}

/** Answers of one market, all from one state: a state that was rebuilt from the log may know more of the past. */
interface Answers {
  /** weakly: an answer is no reason to keep the state of a market that its source has let go */
  readonly state: WeakRef<object>
  readonly groups: Map<string, Kept>
}

/** Both clocks at one moment, in ms: market time, and machine time that only ever counts up. */
export interface Moment {
  readonly market: number
  readonly machine: number
}

/**
 * Answers that may be given again: while they are younger than their ttl and no event that their group reads has arrived
 * since. Age counts on both clocks, and a clock that stands before the storing counts as past it: whichever way a clock
 * jumps or stops, nothing at or beyond its ttl is given.
 */
export class VectorCache {
  readonly #markets = new Map<MarketId, Answers>()
  /** how often `get` had an answer to give, and how often it had none */
  hits = 0
  misses = 0

  /** `state` and `sequence` say what the group would be computed from now: an answer from anything else is not given. */
  get(
    market: MarketId,
    groupId: string,
    ttlMillis: number,
    state: object,
    sequence: number,
    now: Moment
  ): GroupAnswer | undefined {
    const kept = this.#fresh(market, groupId, ttlMillis, state, sequence, now)
    if (kept === undefined) this.misses++
    else this.hits++
    return kept
  }

  #fresh(
    market: MarketId,
    groupId: string,
    ttlMillis: number,
    state: object,
    sequence: number,
    now: Moment
  ): GroupAnswer | undefined {
    const answers = this.#markets.get(market)
    if (answers?.state.deref() !== state) return undefined
    const kept = answers.groups.get(groupId)
    if (kept?.sequence !== sequence) return undefined
    const onMarket = now.market - kept.storedAtMarket
    const onMachine = now.machine - kept.storedAtMachine
    const fresh = onMarket >= 0 && onMarket < ttlMillis && onMachine >= 0 && onMachine < ttlMillis
    return fresh ? kept.answer : undefined
  }

  put(market: MarketId, groupId: string, answer: GroupAnswer, state: object, sequence: number, now: Moment): void {
    const known = this.#markets.get(market)
    const answers = known?.state.deref() === state
      ? known
      : { state: new WeakRef(state), groups: new Map<string, Kept>() }
    answers.groups.set(groupId, { answer, sequence, storedAtMarket: now.market, storedAtMachine: now.machine })
    this.#markets.delete(market)
    this.#markets.set(market, answers)
    const [oldest] = this.#markets.keys()
    if (this.#markets.size > mostMarkets && oldest !== undefined) this.#markets.delete(oldest)
  }

  invalidate(market: MarketId): void {
    this.#markets.delete(market)
  }
}
