import type { Effect } from "effect"
import { Instant } from "../domain/Instant.js"
import { firstMultiple } from "../domain/multiples.js"
import type { FeatureVector } from "../features/FeatureVector.js"
import type { LogEntry } from "../store/EventLog.js"
import { decisionOf } from "../strategy/decisionOf.js"
import type { Decision, Signal } from "../strategy/Signal.js"
import { noSignals, type Strategy } from "../strategy/Strategy.js"
import { Account, type AccountTerms } from "./Account.js"
import type { BacktestMarket, BacktestMarkets } from "./BacktestMarket.js"
import { EquityCurve } from "./EquityCurve.js"
import { payout } from "./money.js"
import { isValidSignal, Tallies } from "./Tallies.js"

/** When a run decides, and on what terms it trades. */
export interface EngineOptions {
  readonly terms: AccountTerms
  readonly intervalMillis: number
  /** decisions from here to `end`, both inclusive */
  readonly start: Instant
  readonly end: Instant
  /** how far back windows reach */
  readonly historyMillis: number
}

/** A decision that is to be run. */
export interface Deciding<F, E, R> {
  readonly market: BacktestMarket<F>
  readonly vector: FeatureVector<unknown>
  readonly effect: Effect.Effect<ReadonlyArray<Signal>, E, R>
}

/** Makes a decision from a market at an instant: the strategy's, over the vector that it asked for. */
export type Decide<F, E, R> = (
  market: BacktestMarket<F>,
  at: Instant
) => Pick<Deciding<F, E, R>, "vector" | "effect">

type StrategyName = Pick<Strategy, "name" | "version" | "hindsightUntil">

/**
 * The time of a backtest: a plain loop over events in the log's order. What happens at one instant happens in this order:
 * every event known then; orders that reach the book then; the decisions, market by market in the order of their ids. An
 * order with no latency reaches the book after the decisions of its own instant. The loop stops where a decision is an
 * Effect to be run, and goes on once it is told the signals.
 */
export class Engine<F, E, R> {
  readonly account: Account<BacktestMarket<F>>
  readonly curve = new EquityCurve()
  readonly tallies = new Tallies()
  now: Instant
  /** the highest log position seen */
  sequence = 0
  /** decisions with an order or evidence, for the journal to take */
  kept: Array<Decision> = []
  readonly #strategy: StrategyName
  readonly #markets: BacktestMarkets<F>
  readonly #inOrder: ReadonlyArray<BacktestMarket<F>>
  readonly #decide: Decide<F, E, R>
  readonly #options: EngineOptions
  #entries: ReadonlyArray<LogEntry> = []
  #row = 0
  #nextDecision: Instant
  /** the next market that decides at this instant; -1 while none does */
  #turn = -1

  constructor(
    strategy: StrategyName,
    markets: BacktestMarkets<F>,
    decide: Decide<F, E, R>,
    options: EngineOptions
  ) {
    this.account = new Account(options.terms)
    this.#strategy = strategy
    this.#markets = markets
    this.#inOrder = [...markets.values()]
    this.#decide = decide
    this.#options = options
    this.#nextDecision = firstMultiple(options.start, options.intervalMillis)
    this.now = options.start
  }

  /** Events to go on with, once `next` has used up the ones before. */
  feed(entries: ReadonlyArray<LogEntry>): void {
    this.#entries = entries
    this.#row = 0
  }

  /** Goes on to the next decision that has to be run; `undefined` where the events are used up. */
  next(): Deciding<F, E, R> | undefined {
    for (;;) {
      if (this.#turn >= 0) {
        const deciding = this.#decideOn()
        if (deciding !== undefined) return deciding
        continue
      }
      const entry = this.#entries[this.#row]
      if (entry === undefined) return undefined
      const { columns, row } = entry
      const at = columns.availableAt[row] ?? NaN
      if (this.#act(at)) continue
      this.#row++
      this.now = Instant(at)
      this.#apply(entry)
    }
  }

  /** The same after the last event, up to the end of the run. */
  nextAfterEvents(): Deciding<F, E, R> | undefined {
    for (;;) {
      const deciding = this.#turn >= 0 ? this.#decideOn() : undefined
      if (deciding !== undefined) return deciding
      // what is due at the end itself still happens
      if (this.#turn < 0 && !this.#act(this.#options.end + 1)) return undefined
    }
  }

  /** Takes the signals of a decision that was run. */
  accept({ market, vector }: Deciding<F, E, R>, signals: ReadonlyArray<Signal>): void {
    const { tallies } = this
    for (const signal of signals) {
      if (!isValidSignal(signal)) {
        tallies.pass("invalid_signal")
        continue
      }
      switch (signal.kind) {
        case "forecast":
          tallies.forecasts++
          market.tally.add(signal.probability, market.price())
          break
        case "order":
          tallies.orders++
          this.account.submit(market, signal, this.now)
          break
        case "pass":
          tallies.pass(signal.reason)
      }
    }
    const decision = decisionOf(this.#strategy, vector, signals)
    if (decision !== undefined) this.kept.push(decision)
  }

  /** Drops what is still under way, and marks the account a last time. */
  finish(): void {
    this.now = this.#options.end
    for (;;) {
      const execution = this.account.abandon(this.now)
      if (execution === undefined) break
      this.tallies.executed(execution)
    }
    this.#mark()
  }

  /** Does the next thing that is due before `until`, exclusive; false where nothing is. */
  #act(until: number): boolean {
    const due = this.account.nextDue()
    const decision = this.#nextDecision <= this.#options.end ? this.#nextDecision : Infinity
    if (Math.min(due, decision) >= until) return false
    if (due <= decision) {
      this.now = Instant(due)
      const execution = this.account.execute(this.now, (market) => market)
      if (execution !== undefined) this.tallies.executed(execution)
    } else {
      this.now = this.#nextDecision
      this.#turn = 0
    }
    return true
  }

  #apply({ columns, market: id, row }: LogEntry): void {
    const market = this.#markets.get(id)
    if (market === undefined) return
    this.tallies.events++
    const sequence = columns.sequence[row] ?? 0
    if (sequence > this.sequence) this.sequence = sequence
    market.apply(columns, row, this.#options.historyMillis)
    if (columns.kind === "resolution") this.account.settle(market, Math.round((columns.outcome[row] ?? 0) * payout))
  }

  /** Goes on with the decisions of this instant. */
  #decideOn(): Deciding<F, E, R> | undefined {
    const markets = this.#inOrder
    const isHindsight = this.now < (this.#strategy.hindsightUntil ?? 0)
    for (let turn = this.#turn; turn < markets.length; turn++) {
      const market = markets[turn]
      if (market === undefined || !market.state.known || market.state.closed) continue
      this.tallies.decisions++
      if (isHindsight) this.tallies.hindsight++
      const { effect, vector } = this.#decide(market, this.now)
      if (effect === noSignals) continue
      this.#turn = turn + 1
      return { market, vector, effect }
    }
    this.#turn = -1
    this.#mark()
    this.#nextDecision = Instant(this.now + this.#options.intervalMillis)
    return undefined
  }

  #mark(): void {
    const { ledger } = this.account
    this.curve.observe({
      at: this.now,
      equity: this.account.equity((market) => market),
      cash: ledger.cash,
      exposure: ledger.cost
    })
  }
}
