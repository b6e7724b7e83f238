import type { Signal } from "../strategy/Signal.js"
import type { Execution } from "./Account.js"
import { isValidOrder } from "./Account.js"
import type { Unfilled } from "./fills.js"

/** Executions that are kept at either end of a run. */
const keptAtEachEnd = 200

const count = <K>(counts: Map<K, number>, key: K): void => {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

/** Different reasons that are counted by name; strategies name their own. */
const mostReasons = 100

/** Whether a signal says something that can be meant. */
export const isValidSignal = (signal: Signal): boolean => {
  switch (signal.kind) {
    case "forecast":
      return signal.probability >= 0 && signal.probability <= 1
    case "order":
      return isValidOrder(signal)
    case "pass":
      return true
  }
}

/** Counts of what a run has done, and the first and last executions, in memory that does not grow with the run. */
export class Tallies {
  events = 0
  decisions = 0
  /** decisions made before the strategy's `hindsightUntil` */
  hindsight = 0
  forecasts = 0
  orders = 0
  fills = 0
  filledOrders = 0
  partlyFilledOrders = 0
  /** hundredths of a share */
  tradedSize = 0
  readonly passes = new Map<string, number>()
  readonly unfilled = new Map<Unfilled, number>()
  #executions = 0
  readonly #first: Array<Execution> = []
  /** a ring of the newest ones */
  readonly #last: Array<Execution> = []

  pass(reason: string): void {
    count(this.passes, this.passes.size < mostReasons || this.passes.has(reason) ? reason : "other")
  }

  executed(execution: Execution): void {
    const { fills, unfilled } = execution
    this.fills += fills.length
    for (const { size } of fills) this.tradedSize += size
    if (unfilled === undefined) this.filledOrders++
    else {
      count(this.unfilled, unfilled)
      if (fills.length > 0) this.partlyFilledOrders++
    }
    if (this.#first.length < keptAtEachEnd) this.#first.push(execution)
    else this.#last[(this.#executions - keptAtEachEnd) % keptAtEachEnd] = execution
    this.#executions++
  }

  /** The first and the last executions, in order, and how many there were in between. */
  executions(): {
    readonly first: ReadonlyArray<Execution>
    readonly last: ReadonlyArray<Execution>
    readonly all: number
  } {
    const next = Math.max(0, this.#executions - keptAtEachEnd) % keptAtEachEnd
    const last = this.#last.length < keptAtEachEnd
      ? this.#last
      : [...this.#last.slice(next), ...this.#last.slice(0, next)]
    return { first: this.#first, last, all: this.#executions }
  }
}
