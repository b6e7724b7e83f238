import type { EventColumns } from "../domain/EventColumns.js"
import type { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import { type MarketState, trim } from "../state/MarketState.js"
import { Replay } from "../state/Replay.js"
import type { MarketHandle } from "./MarketSource.js"

/** A market's live state, and what it waits with: events that were recorded under an instant that has not come yet. */
export class LiveMarket implements MarketHandle {
  readonly state: MarketState
  /** the log position up to which none of the market's events is missing */
  upTo: number
  /**
   * Whether the state stands beyond events that it lacks: a request took it to an imported one, and then came a batch that
   * had been given an earlier instant. It has to be built anew.
   */
  isPast = false
  readonly #historyMillis: number
  #waiting: Replay

  constructor(
    readonly id: MarketId,
    readonly completeSince: number,
    columns: ReadonlyArray<EventColumns>,
    upTo: number,
    historyMillis: number
  ) {
    this.#waiting = new Replay(columns, Infinity)
    this.state = this.#waiting.state
    this.upTo = upTo
    this.#historyMillis = historyMillis
  }

  readonly moveTo = (at: Instant): void => {
    this.#waiting.advance(at)
    trim(this.state, at - this.#historyMillis)
  }

  /**
   * Takes events that the log has gained, up to a position of it. False, and nothing is taken, where they do not come
   * behind all that the state has seen, or something else waits still.
   */
  follow(columns: ReadonlyArray<EventColumns>, upTo: number): boolean {
    const gained = columns.filter(({ rows }) => rows > 0)
    const first = Math.min(...gained.map(({ availableAt }) => availableAt[0] ?? Infinity))
    if (gained.length > 0 && (!this.#waiting.isAtEnd() || this.#hasSeen(first))) return false
    if (gained.length > 0) this.#waiting = new Replay(gained, Infinity, this.state)
    this.upTo = Math.max(this.upTo, upTo)
    return true
  }

  /** Before events that become known at `at` and bring the log to `sequence` are applied. */
  begin(at: Instant, sequence: number): void {
    this.upTo = sequence
    this.isPast = this.#hasSeen(at)
    if (!this.isPast) this.moveTo(at)
  }

  /** Whether an event was applied that became known after `at`. */
  #hasSeen(at: number): boolean {
    const { newestAt } = this.state
    for (let input = 0; input < newestAt.length; input++) if ((newestAt[input] ?? NaN) > at) return true
    return false
  }
}
