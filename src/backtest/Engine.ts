import type { Effect } from "effect"
import { Instant } from "../domain/Instant.js"
import { firstMultiple } from "../domain/multiples.js"
import type { FeatureVector } from "../features/FeatureVector.js"
import type { LogEntry } from "../store/EventLog.js"
import { decisionOf } from "../strategy/decisionOf.js"
import type { Decision, Signal } from "../strategy/Signal.js"
import type { Strategy } from "../strategy/Strategy.js"
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
  /** the market's price in [0, 1] at the same instant; NaN where it had none */
  readonly price: number
  readonly effect: Effect.Effect<ReadonlyArray<Signal>, E, R>
}

/** How decisions are made of features. */
export interface Decider<F, E, R> {
  /** The vectors of the decisions before are read no more. */
  readonly reset: () => void
  /** Decides on a market whose features have been moved to an instant; `undefined` where there is nothing to say. */
  readonly decide: (
    market: BacktestMarket<F>,
    at: Instant
  ) => Pick<Deciding<F, E, R>, "vector" | "effect"> | undefined
}

type StrategyName = Pick<Strategy, "name" | "version" | "hindsightUntil">

/** Instants for which features run ahead, so that each market is in the processor's cache once for all of them. */
const blockInstants = 64

/** Decision instants, and what is to be run at each, in the order of the markets' ids. */
interface Block<F, E, R> {
  readonly instants: ReadonlyArray<Instant>
  readonly deciding: ReadonlyArray<ReadonlyArray<Deciding<F, E, R>>>
}

/**
 * The time of a backtest. What happens at one instant happens in this order: every event known then, settlements too;
 * orders that reach the book then; the decisions, market by market in the order of their ids. An order with no latency
 * reaches the book after the decisions of its own instant.
 *
 * Features depend on events alone, so they are computed ahead, a block of instants for one market after the other, and
 * only decisions that have something to run wait for their turn: plain loops, which stop where a decision is an Effect to
 * be run, and go on once they are told the signals.
 */
export class Engine<F, E, R> {
  readonly account: Account<BacktestMarket<F>>
  readonly curve = new EquityCurve()
  readonly tallies = new Tallies()
  now: Instant
  /** decisions with an order or evidence, for the journal to take */
  kept: Array<Decision> = []
  readonly #strategy: StrategyName
  readonly #markets: BacktestMarkets<F>
  readonly #decider: Decider<F, E, R>
  readonly #options: EngineOptions
  /** resolutions to come, in the log's order */
  #resolutions: Array<LogEntry> = []
  /** every event up to here, inclusive, has been fed */
  #horizon = -Infinity
  #nextDecision: Instant
  #block: Block<F, E, R> | undefined
  /** the instant in the block, and the decision there, that come next */
  #instant = 0
  #turn = 0

  constructor(
    strategy: StrategyName,
    markets: BacktestMarkets<F>,
    decider: Decider<F, E, R>,
    options: EngineOptions
  ) {
    this.account = new Account(options.terms)
    this.#strategy = strategy
    this.#markets = markets
    this.#decider = decider
    this.#options = options
    this.#nextDecision = firstMultiple(options.start, options.intervalMillis)
    this.now = options.start
  }

  /** Takes events that come after all events before. */
  feed(entries: ReadonlyArray<LogEntry>): void {
    for (const entry of entries) {
      const market = this.#markets.get(entry.market)
      if (market === undefined) continue
      this.tallies.events++
      market.push(entry)
      if (entry.columns.kind === "resolution") this.#resolutions.push(entry)
    }
    const last = entries.at(-1)
    // more events of the last one's instant may follow
    if (last !== undefined) this.#horizon = (last.columns.availableAt[last.row] ?? NaN) - 1
  }

  /** No more events follow. */
  endFeed(): void {
    this.#horizon = this.#options.end
  }

  /** Goes on to the next decision that has to be run; `undefined` where the events are used up. */
  next(): Deciding<F, E, R> | undefined {
    for (;;) {
      const block = this.#block ?? this.#prepare()
      if (block === undefined) {
        this.#passTo(this.#horizon)
        return undefined
      }
      const at = block.instants[this.#instant]
      if (at === undefined) {
        this.#passTo(this.now)
        this.#block = undefined
        continue
      }
      if (this.#turn === 0) this.#actUpTo(at)
      this.now = at
      const deciding = block.deciding[this.#instant]?.[this.#turn]
      if (deciding !== undefined) {
        this.#turn++
        return deciding
      }
      // orders that take no time
      this.#actUpTo(at)
      this.#mark()
      this.#instant++
      this.#turn = 0
    }
  }

  /** Takes the signals of a decision that was run. */
  accept({ market, price, vector }: Deciding<F, E, R>, signals: ReadonlyArray<Signal>): void {
    const { tallies } = this
    for (const signal of signals) {
      if (!isValidSignal(signal)) {
        tallies.pass("invalid_signal")
        continue
      }
      switch (signal.kind) {
        case "forecast":
          tallies.forecasts++
          market.tally.add(signal.probability, price)
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

  /** What a market shows at the simulated now. */
  shown(market: BacktestMarket<F>): BacktestMarket<F> {
    return market.follow(this.now)
  }

  /** Computes features and decisions of the next instants; `undefined` where no instant's events are all there. */
  #prepare(): Block<F, E, R> | undefined {
    const { end, historyMillis, intervalMillis } = this.#options
    const last = Math.min(this.#horizon, end)
    const instants: Array<Instant> = []
    for (let at = this.#nextDecision; at <= last && instants.length < blockInstants;) {
      instants.push(at)
      at = this.#nextDecision = Instant(at + intervalMillis)
    }
    if (instants.length === 0) return undefined
    this.#decider.reset()
    const deciding: ReadonlyArray<Array<Deciding<F, E, R>>> = instants.map(() => [])
    const hindsightUntil = this.#strategy.hindsightUntil ?? 0
    for (const market of this.#markets.values()) {
      const { state } = market
      for (let i = 0; i < instants.length; i++) {
        const at = instants[i] ?? end
        market.lead(at, historyMillis)
        if (!state.known || state.closed) continue
        this.tallies.decisions++
        if (at < hindsightUntil) this.tallies.hindsight++
        const decided = this.#decider.decide(market, at)
        if (decided === undefined) continue
        deciding[i]?.push({ market, price: market.price(), vector: decided.vector, effect: decided.effect })
      }
    }
    this.#instant = this.#turn = 0
    return this.#block = { instants, deciding }
  }

  /** Does what is due up to `until`, inclusive: resolutions and orders, in their order. */
  #actUpTo(until: number): void {
    for (;;) {
      const due = this.account.nextDue()
      const resolution = this.#resolutions[0]
      const resolvedAt = resolution?.columns.availableAt[resolution.row] ?? Infinity
      if (Math.min(due, resolvedAt) > until) return
      if (resolution !== undefined && resolvedAt <= due) {
        this.#resolutions.shift()
        this.now = Instant(resolvedAt)
        this.#settle(resolution)
        continue
      }
      this.now = Instant(due)
      const execution = this.account.execute(this.now, (market) => this.shown(market))
      if (execution !== undefined) this.tallies.executed(execution)
    }
  }

  #settle({ columns, market: id, row }: LogEntry): void {
    const market = this.#markets.get(id)
    if (market === undefined || columns.kind !== "resolution") return
    this.account.settle(market, Math.round((columns.outcome[row] ?? 0) * payout))
  }

  /** Moves all markets past what is known at `at`, and lets go of it. */
  #passTo(at: number): void {
    this.#actUpTo(at)
    for (const market of this.#markets.values()) {
      market.lead(at, this.#options.historyMillis)
      market.follow(at).forget()
    }
  }

  #mark(): void {
    const { ledger } = this.account
    this.curve.observe({
      at: this.now,
      equity: this.account.equity((market) => this.shown(market)),
      cash: ledger.cash,
      exposure: ledger.cost
    })
  }
}
