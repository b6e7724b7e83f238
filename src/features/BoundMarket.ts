import { Effect } from "effect"
import type { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import { Input } from "../state/inputs.js"
import type { MarketState } from "../state/MarketState.js"
import { MarketStates } from "../state/views.js"
import type { Kernel, RowOf } from "./FeatureComputer.js"
import type { FeatureRegistry } from "./FeatureRegistry.js"
import { type ComputedGroup, groupId } from "./Group.js"
import { Reason } from "./Reason.js"
import { Row } from "./Row.js"

/** The newest of some inputs' instants; NaN where none of them has one. */
const newestOf = (instants: Float64Array, inputs: ReadonlyArray<number>): number => {
  let newest = NaN
  for (let i = 0; i < inputs.length; i++) {
    const at = instants[inputs[i] ?? 0] ?? NaN
    if (!(at <= newest) && !Number.isNaN(at)) newest = at
  }
  return newest
}

/** A group bound to one market in one context: evaluating it costs no Effect. */
export class BoundGroup<R> {
  readonly group: ComputedGroup<R>
  readonly row: Row
  readonly #state: MarketState
  readonly #kernel: Kernel
  readonly #reads: ReadonlyArray<number>
  readonly #needs: ReadonlyArray<ReadonlyArray<number>>

  constructor(group: ComputedGroup<R>, row: Row, state: MarketState, kernel: Kernel) {
    this.group = group
    this.row = row
    this.#state = state
    this.#kernel = kernel
    this.#reads = group.computer.reads.map((input) => Input[input])
    this.#needs = group.features.map((feature) => feature.needs.map((input) => Input[input]))
  }

  /** Writes the group's answers at `at` into its row. The context has been moved to `at`. */
  evaluate(at: Instant): void {
    this.#kernel(at)
    if (this.#state.known) return
    const { features } = this.group
    for (let i = 0; i < features.length; i++) {
      // of an unknown market the calendar alone is known
      if (features[i]?.needs.length === 0) continue
      const slot = this.row.slot(i)
      this.row.values[slot] = NaN
      this.row.reasons[slot] = Reason.no_market
    }
  }

  /** When the newest event that the group reads became known, an instant; NaN where there is none. */
  newestAt(): number {
    return newestOf(this.#state.newestAt, this.#reads)
  }

  /**
   * The log position of the newest event that the group reads; 0 where there is none, and -1 for a market that is not
   * known at all. A cached answer holds while it stays. An import may number an event before others that were known
   * earlier, so the newest is the last in the log's order and not the one with the highest number.
   */
  newestSequence(): number {
    const state = this.#state
    if (!state.known) return -1
    let newestAt = -Infinity
    let newest = 0
    for (const input of this.#reads) {
      const at = state.newestAt[input] ?? NaN
      const sequence = state.newestSequence[input] ?? 0
      if (at > newestAt || (at === newestAt && sequence > newest)) {
        newestAt = at
        newest = sequence
      }
    }
    return newest
  }

  /** When the newest event that a feature needs became known; NaN where there is none. */
  neededAt(feature: number): number {
    return newestOf(this.#state.newestAt, this.#needs[feature] ?? [])
  }
}

/** All computed groups of a registry bound to one market, each after its dependencies. */
export interface BoundMarket<R> {
  readonly market: MarketId
  readonly state: MarketState
  readonly groups: ReadonlyArray<BoundGroup<R>>
}

/** Binds every computed group to a market: once per market and context. */
export const bindMarket = <R>(
  registry: FeatureRegistry<R>,
  market: MarketId
): Effect.Effect<BoundMarket<R>, never, R | MarketStates> =>
  Effect.gen(function*() {
    const state = yield* (yield* MarketStates).of(market)
    const rows = new Map(registry.computed.map((group) => [group.id, new Row(group.features.length)]))
    const rowOf: RowOf = (computer) =>
      rows.get(groupId(computer.name, computer.version)) ?? new Row(Object.keys(computer.features).length)
    const groups = yield* Effect.forEach(registry.computed, (group) => {
      const row = rows.get(group.id) ?? new Row(group.features.length)
      return Effect.map(
        group.configured.bind(market, row, rowOf),
        (kernel) => new BoundGroup(group, row, state, kernel)
      )
    })
    return { market, state, groups }
  })
