import { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import { answerOf } from "../features/answer.js"
import type { BoundGroup, BoundMarket } from "../features/BoundMarket.js"
import { type ComputedAnswer, FeatureVector, type GroupAnswer } from "../features/FeatureVector.js"
import { groupId } from "../features/Group.js"
import type { Plan } from "../features/plan.js"
import { currentPrice } from "../state/currentPrice.js"
import { MarketState, trim } from "../state/MarketState.js"
import type { OrderBook } from "../state/OrderBook.js"
import { seriesUnitsPerOne } from "../state/PriceSeries.js"
import { reduce } from "../state/reduce.js"
import type { LogEntry, MarketSummary } from "../store/EventLog.js"
import { TradedMarket } from "./Account.js"
import type { PooledAnswers } from "./AnswerPool.js"
import type { Offers } from "./fills.js"
import { ForecastTally } from "./ForecastTally.js"

/** A group with all that it depends on, in the order of evaluation. */
const withDependencies = <F>(
  group: BoundGroup<F>,
  all: ReadonlyArray<BoundGroup<F>>
): ReadonlyArray<BoundGroup<F>> => [
  ...group.group.dependencies.flatMap(({ name, version }) =>
    all.filter((other) => other.group.id === groupId(name, version)).flatMap((other) => withDependencies(other, all))
  ),
  group
]

/**
 * A group's answer at the instant that its market stands at: evaluated when it is first read, and nothing is copied, so it
 * holds until the market moves.
 */
class AnswerView<F> implements ComputedAnswer {
  computedAt = Instant(0)
  readonly #bound: BoundGroup<F>
  readonly #evaluated: ReadonlyArray<BoundGroup<F>>
  #evaluatedAt = NaN

  constructor(bound: BoundGroup<F>, all: ReadonlyArray<BoundGroup<F>>) {
    this.#bound = bound
    this.#evaluated = withDependencies(bound, all)
  }

  get id(): string {
    return this.#bound.group.id
  }

  /** The group, evaluated at this instant. */
  evaluated(): BoundGroup<F> {
    if (this.#evaluatedAt !== this.computedAt) {
      for (const group of this.#evaluated) group.evaluate(this.computedAt)
      this.#evaluatedAt = this.computedAt
    }
    return this.#bound
  }

  get values(): Float64Array {
    return this.evaluated().row.values
  }

  get reasons(): Uint8Array {
    return this.evaluated().row.reasons
  }

  get bornAt(): Float64Array {
    return answerOf(this.evaluated(), this.computedAt).bornAt
  }

  get neededAt(): Float64Array {
    return answerOf(this.evaluated(), this.computedAt).neededAt
  }
}

/** Events between two trims. */
const eventsPerTrim = 64

/**
 * One market of a backtest. Its events are read twice: features run ahead of the simulated time by a block of decision
 * instants, market by market, and the book in which orders are filled follows it.
 */
export class BacktestMarket<F> extends TradedMarket implements Offers {
  /** what features have seen */
  readonly state = new MarketState()
  readonly tally = new ForecastTally()
  #plan: Plan<F> | undefined
  #views: ReadonlyArray<AnswerView<F>> = []
  #answers: ReadonlyMap<string, GroupAnswer> = new Map()
  /** what the market showed at the simulated time */
  readonly #shown = new MarketState()
  /** of the newest book or quote shown, as gaps name it */
  #source = ""
  #events = 0
  #firstAt = Instant(0)
  #lastAt = Instant(0)
  /** events to come, and how many of them features have seen and the market has shown */
  #queue: Array<LogEntry> = []
  #ahead = 0
  #behind = 0

  /** The groups that are bound to this market's state. */
  bind(plan: Plan<F>, { groups }: BoundMarket<F>): void {
    this.#plan = plan
    this.#views = plan.asked.flatMap((index) => {
      const group = groups[index]
      return group === undefined ? [] : [new AnswerView(group, groups)]
    })
    this.#answers = new Map(this.#views.map((view) => [view.id, view]))
  }

  /** Takes an event that comes after all events before. */
  push(entry: LogEntry): void {
    this.#queue.push(entry)
  }

  /** Moves features to what was known at `at`, inclusive; prices and news older than `historyMillis` are let go. */
  lead(at: number, historyMillis: number): void {
    const queue = this.#queue
    for (let next = queue[this.#ahead]; next !== undefined; next = queue[this.#ahead]) {
      if ((next.columns.availableAt[next.row] ?? NaN) > at) return
      reduce(this.state, next.columns, next.row)
      if (++this.#ahead % eventsPerTrim === 0) trim(this.state, at - historyMillis)
    }
  }

  /** Moves what the market shows to what was known at `at`, inclusive. */
  follow(at: number): this {
    const queue = this.#queue
    for (let next = queue[this.#behind]; next !== undefined; next = queue[this.#behind]) {
      const { columns, row } = next
      const availableAt = columns.availableAt[row] ?? NaN
      if (availableAt > at) break
      reduce(this.#shown, columns, row)
      if (this.#events === 0) this.#firstAt = Instant(availableAt)
      this.#lastAt = Instant(availableAt)
      this.#events++
      if (++this.#behind % eventsPerTrim === 0) trim(this.#shown, availableAt)
      if (columns.kind === "quote" || columns.kind === "book") this.#source = columns.source[row] ?? ""
      if (!this.consumption.isEmpty()) this.consumption.observe(this.#shown.book)
    }
    return this
  }

  /** Lets go of events that both have gone past. */
  forget(): void {
    const past = Math.min(this.#ahead, this.#behind)
    if (past === 0) return
    this.#queue = this.#queue.slice(past)
    this.#ahead -= past
    this.#behind -= past
  }

  /** The features at `at`, to which they have been moved: a look at the rows as they stand, good until the next one. */
  glance(at: Instant): FeatureVector<unknown> {
    for (const view of this.#views) view.computedAt = at
    return this.vectorOver(at, this.#answers)
  }

  /** Copies the answers of a glance. */
  copyTo(pooled: PooledAnswers, at: Instant): Map<string, GroupAnswer> {
    for (let i = 0; i < this.#views.length; i++) {
      const view = this.#views[i]
      if (view !== undefined) pooled.write(i, view.evaluated(), at)
    }
    return pooled.answers
  }

  /** The features at the instant of a glance, over given answers. */
  vectorOver(at: Instant, answers: ReadonlyMap<string, GroupAnswer>): FeatureVector<unknown> {
    return new FeatureVector<unknown>(this.id, at, this.state.sequence, this.#plan?.columns ?? [], answers)
  }

  /** The price in [0, 1] that features would show; NaN where there is none. */
  price(): number {
    return currentPrice(this.state) / seriesUnitsPerOne
  }

  get closed(): boolean {
    return this.#shown.closed
  }

  get inGap(): boolean {
    return this.#shown.inGap || this.#shown.sourcesDown.has(this.#source)
  }

  get book(): OrderBook {
    return this.#shown.book
  }

  /** The highest log position shown; 0 before the first event. */
  sequence(): number {
    return this.#shown.sequence
  }

  /** What the log would say of the market if it ended at what is shown; `undefined` where it shows nothing yet. */
  summary(): MarketSummary | undefined {
    return this.#events === 0 ? undefined : {
      market: this.id,
      events: this.#events,
      firstAvailableAt: this.#firstAt,
      lastAvailableAt: this.#lastAt
    }
  }
}

/** Markets by id, in the order in which they decide. */
export type BacktestMarkets<F> = ReadonlyMap<MarketId, BacktestMarket<F>>
