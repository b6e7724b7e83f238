import type { MarketId } from "../domain/MarketId.js"
import type { GroupAnswer } from "../features/FeatureVector.js"

/** Markets whose answers are kept; the longest unserved is dropped first. */
const mostMarkets = 50_000

interface Kept {
  readonly answer: GroupAnswer
  /** the log position of the newest event that the group reads */
  readonly sequence: number
  readonly storedAtMarket: number
  readonly storedAtMachine: number
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
  readonly #markets = new Map<MarketId, Map<string, Kept>>()

  get(market: MarketId, groupId: string, ttlMillis: number, sequence: number, now: Moment): GroupAnswer | undefined {
    const kept = this.#markets.get(market)?.get(groupId)
    if (kept?.sequence !== sequence) return undefined
    const onMarket = now.market - kept.storedAtMarket
    const onMachine = now.machine - kept.storedAtMachine
    const fresh = onMarket >= 0 && onMarket < ttlMillis && onMachine >= 0 && onMachine < ttlMillis
    return fresh ? kept.answer : undefined
  }

  put(market: MarketId, groupId: string, answer: GroupAnswer, sequence: number, now: Moment): void {
    const groups = this.#markets.get(market) ?? new Map<string, Kept>()
    if (groups.size === 0) {
      this.#markets.set(market, groups)
      const [oldest] = this.#markets.keys()
      if (this.#markets.size > mostMarkets && oldest !== undefined) this.#markets.delete(oldest)
    }
    groups.set(groupId, { answer, sequence, storedAtMarket: now.market, storedAtMachine: now.machine })
  }

  invalidate(market: MarketId): void {
    this.#markets.delete(market)
  }
}
