import type { EventColumns } from "../domain/EventColumns.js"
import { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import { answerOf } from "../features/answer.js"
import type { BoundGroup, BoundMarket } from "../features/BoundMarket.js"
import { type ComputedAnswer, FeatureVector, type GroupAnswer } from "../features/FeatureVector.js"
import type { Plan } from "../features/plan.js"
import { currentPrice } from "../state/currentPrice.js"
import { MarketState } from "../state/MarketState.js"
import type { OrderBook } from "../state/OrderBook.js"
import { seriesUnitsPerOne } from "../state/PriceSeries.js"
import { reduce } from "../state/reduce.js"
import type { MarketSummary } from "../store/EventLog.js"
import { TradedMarket } from "./Account.js"
import type { Offers } from "./fills.js"
import { ForecastTally } from "./ForecastTally.js"

/** A group's answer as its row stands: nothing is copied, so it holds until the group is evaluated again. */
class AnswerView<F> implements ComputedAnswer {
  computedAt = Instant(0)

  constructor(readonly bound: BoundGroup<F>) {}

  get values(): Float64Array {
    return this.bound.row.values
  }

  get reasons(): Uint8Array {
    return this.bound.row.reasons
  }

  get bornAt(): Float64Array {
    return answerOf(this.bound, this.computedAt).bornAt
  }

  get neededAt(): Float64Array {
    return answerOf(this.bound, this.computedAt).neededAt
  }
}

/** Events between two trims. */
const eventsPerTrim = 64

/** One market of a backtest: its state so far, its bound features, its account, and its forecasts. */
export class BacktestMarket<F> extends TradedMarket implements Offers {
  readonly state = new MarketState()
  readonly tally = new ForecastTally()
  #plan: Plan<F> | undefined
  #needed: ReadonlyArray<BoundGroup<F>> = []
  #views: ReadonlyArray<AnswerView<F>> = []
  #answers: ReadonlyMap<string, GroupAnswer> = new Map()
  /** of the newest book or quote, as gaps name it */
  #source = ""
  #events = 0
  #firstAt = Instant(0)
  #lastAt = Instant(0)

  /** The groups that are bound to this market's state. */
  bind(plan: Plan<F>, { groups }: BoundMarket<F>): void {
    const at = (indices: ReadonlyArray<number>) =>
      indices.flatMap((index) => {
        const group = groups[index]
        return group === undefined ? [] : [group]
      })
    this.#plan = plan
    this.#needed = at(plan.needed)
    this.#views = at(plan.asked).map((group) => new AnswerView(group))
    this.#answers = new Map(this.#views.map((view) => [view.bound.group.id, view]))
  }

  /** Moves the state by one event; prices and news older than `historyMillis` are let go. */
  apply(columns: EventColumns, row: number, historyMillis: number): void {
    const at = columns.availableAt[row] ?? NaN
    reduce(this.state, columns, row)
    if (this.#events === 0) this.#firstAt = Instant(at)
    this.#lastAt = Instant(at)
    if (++this.#events % eventsPerTrim === 0) {
      this.state.prices.trim(at - historyMillis)
      this.state.news.trim(at - historyMillis)
    }
    if (columns.kind === "quote" || columns.kind === "book") this.#source = columns.source[row] ?? ""
    if (!this.consumption.isEmpty()) this.consumption.observe(this.state.book)
  }

  /** The answers of the computed groups that were asked for. */
  answers(): ReadonlyMap<string, GroupAnswer> {
    return this.#answers
  }

  /** Evaluates what was asked for at `at`. The vector reads this market's rows: it holds until the next one is made. */
  vectorAt(at: Instant, answers = this.#answers): FeatureVector<unknown> {
    for (const group of this.#needed) group.evaluate(at)
    for (const view of this.#views) view.computedAt = at
    return new FeatureVector<unknown>(this.id, at, this.state.sequence, this.#plan?.columns ?? [], answers)
  }

  /** The price in [0, 1] that features would show; NaN where there is none. */
  price(): number {
    return currentPrice(this.state) / seriesUnitsPerOne
  }

  get closed(): boolean {
    return this.state.closed
  }

  get inGap(): boolean {
    return this.state.inGap || this.state.sourcesDown.has(this.#source)
  }

  get book(): OrderBook {
    return this.state.book
  }

  /** What the log would say of the market if it ended here. */
  summary(): MarketSummary {
    return { market: this.id, events: this.#events, firstAvailableAt: this.#firstAt, lastAvailableAt: this.#lastAt }
  }
}

/** Markets by id, in the order in which they decide. */
export type BacktestMarkets<F> = ReadonlyMap<MarketId, BacktestMarket<F>>
