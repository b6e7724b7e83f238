import type { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import type { Strategy } from "../strategy/Strategy.js"
import type { AccountTerms } from "./Account.js"
import type { BacktestMarket, BacktestMarkets } from "./BacktestMarket.js"
import type { Engine } from "./Engine.js"
import { type ForecastScores, scoresOf } from "./forecastScores.js"
import { hundredthsPerShare, payout, toDollars } from "./money.js"
import { type OrderResult, orderResult } from "./orderResult.js"

/** Quantiles of a list of amounts in dollars, linear between neighbours. */
export interface Distribution {
  readonly min: number
  readonly p05: number
  readonly p25: number
  readonly median: number
  readonly p75: number
  readonly p95: number
  readonly max: number
  readonly mean: number
}

/** What a strategy made of one market. Amounts in dollars. */
export interface MarketResult {
  readonly market: MarketId
  readonly question: string | null
  /** what came in less what went out, with what is still held at the bids */
  readonly pnl: number
  readonly fees: number
  readonly turnover: number
  /** what a YES share paid; null while unresolved */
  readonly outcome: number | null
  /** shares still held, and their value at the bids */
  readonly open: { readonly yes: number; readonly no: number; readonly value: number } | null
}

/** What a backtest found: plain data, as `backtest --json` prints it. Amounts in dollars, sizes in shares. */
export interface BacktestReport {
  readonly strategy: {
    readonly name: string
    readonly version: string
    readonly features: ReadonlyArray<string>
    readonly interval_ms: number
  }
  readonly period: {
    readonly from: Instant
    readonly to: Instant
    readonly markets: number
    readonly events: number
  }
  /** decisions that rest on what became known later; null where the strategy has no hindsight in this period */
  readonly hindsight: { readonly until: number | null; readonly decisions: number } | null
  readonly decisions: number
  readonly signals: {
    readonly forecasts: number
    readonly orders: number
    readonly passes: Readonly<Record<string, number>>
  }
  readonly execution: {
    readonly latency_ms: number
    readonly filled: number
    readonly partly_filled: number
    /** orders that were not filled, or not in full, by reason */
    readonly unfilled: Readonly<Record<string, number>>
    readonly fills: number
    readonly shares: number
    readonly turnover: number
    readonly fees: number
  }
  readonly account: {
    readonly start: number
    readonly cash: number
    /** cash, and what is held at the bids */
    readonly equity: number
    readonly pnl: number
    /** of markets in which nothing is held any more */
    readonly realised_pnl: number
    /** markets in which something is held, unresolved at the end */
    readonly unresolved: {
      readonly markets: number
      readonly cost: number
      readonly value: number
      readonly pnl: number
    }
    /** the largest fall of equity from its peak, over all decision instants */
    readonly max_drawdown: {
      readonly amount: number
      readonly fraction: number
      readonly from: Instant | null
      readonly to: Instant | null
    }
    /** what was held, at cost, over all decision instants */
    readonly exposure: { readonly mean: number; readonly max: number }
  }
  readonly markets: {
    readonly traded: number
    /** traded markets in which nothing is held any more */
    readonly finished: number
    /** the part of these that made money; null where there are none */
    readonly hit_rate: number | null
    /** over traded markets; null where there are none */
    readonly pnl: Distribution | null
    readonly results: ReadonlyArray<MarketResult>
  }
  /** of markets that resolved within the period; null where no forecast was made */
  readonly forecasts: ForecastScores | null
  readonly curve: ReadonlyArray<{
    readonly at: Instant
    readonly equity: number
    readonly cash: number
    readonly exposure: number
  }>
  /** the first and the last orders; `omitted` came in between */
  readonly orders: {
    readonly first: ReadonlyArray<OrderResult>
    readonly omitted: number
    readonly last: ReadonlyArray<OrderResult>
  }
}

/** The value below which a part of sorted values lies, linear between neighbours. */
const quantile = (sorted: ReadonlyArray<number>, part: number): number => {
  const place = (sorted.length - 1) * part
  const low = sorted[Math.floor(place)] ?? NaN
  const high = sorted[Math.ceil(place)] ?? NaN
  return low + (high - low) * (place - Math.floor(place))
}

const distributionOf = (values: ReadonlyArray<number>): Distribution | null => {
  if (values.length === 0) return null
  const sorted = [...values].sort((a, b) => a - b)
  const at = (part: number) => toDollars(Math.round(quantile(sorted, part)))
  return {
    min: at(0),
    p05: at(0.05),
    p25: at(0.25),
    median: at(0.5),
    p75: at(0.75),
    p95: at(0.95),
    max: at(1),
    mean: toDollars(Math.round(values.reduce((sum, value) => sum + value, 0) / values.length))
  }
}

const pnlOf = <F>(market: BacktestMarket<F>): number => market.position.cashFlow + market.value(market)

const outcomeOf = (outcome: number): number | null => Number.isNaN(outcome) ? null : outcome / payout

const marketResult = <F>(market: BacktestMarket<F>): MarketResult => {
  const { fees, no, outcome, turnover, yes } = market.position
  return {
    market: market.id,
    question: market.state.snapshot?.question ?? null,
    pnl: toDollars(pnlOf(market)),
    fees: toDollars(fees),
    turnover: toDollars(turnover),
    outcome: outcomeOf(outcome),
    open: market.position.isOpen()
      ? {
        yes: yes.size / hundredthsPerShare,
        no: no.size / hundredthsPerShare,
        value: toDollars(market.value(market))
      }
      : null
  }
}

const scored = <F>(markets: BacktestMarkets<F>): ForecastScores =>
  scoresOf(
    [...markets.values()].flatMap(({ id, position: { outcome }, state, tally }) =>
      Number.isNaN(outcome)
        ? []
        // one question with several answers is one event, with a market for each
        : [{ tally, outcome: outcome / payout, event: state.snapshot?.question ?? id }]
    )
  )

const sorted = (counts: ReadonlyMap<string, number>): Readonly<Record<string, number>> =>
  Object.fromEntries([...counts].sort(([a], [b]) => a < b ? -1 : 1))

const sumOf = <A>(items: ReadonlyArray<A>, value: (item: A) => number): number =>
  items.reduce((sum, item) => sum + value(item), 0)

/** What is known of a run besides what its engine has seen. */
interface Run {
  readonly strategy: Pick<Strategy, "name" | "version" | "features" | "hindsightUntil">
  readonly terms: AccountTerms
  readonly intervalMillis: number
  readonly from: Instant
  readonly to: Instant
}

const accountOf = <F, E, R>({ account, curve }: Engine<F, E, R>, traded: ReadonlyArray<BacktestMarket<F>>) => {
  const { ledger } = account
  const open = traded.filter((market) => market.position.isOpen())
  const equity = account.equity((market) => market)
  const openPnl = sumOf(open, pnlOf)
  const drawdown = curve.drawdown()
  const exposure = curve.exposure()
  return {
    start: toDollars(ledger.start),
    cash: toDollars(ledger.cash),
    equity: toDollars(equity),
    pnl: toDollars(equity - ledger.start),
    realised_pnl: toDollars(equity - ledger.start - openPnl),
    unresolved: {
      markets: open.length,
      cost: toDollars(ledger.cost),
      value: toDollars(sumOf(open, (market) => market.value(market))),
      pnl: toDollars(openPnl)
    },
    max_drawdown: {
      amount: toDollars(drawdown?.amount ?? 0),
      fraction: drawdown?.fraction ?? 0,
      from: drawdown?.peakAt ?? null,
      to: drawdown?.troughAt ?? null
    },
    exposure: { mean: toDollars(Math.round(exposure.mean)), max: toDollars(exposure.most) }
  }
}

/** Draws up the report of a run that has come to its end. */
export const reportOf = <F, E, R>(
  { intervalMillis, from, strategy, terms, to }: Run,
  markets: BacktestMarkets<F>,
  engine: Engine<F, E, R>
): BacktestReport => {
  const { account: { ledger }, curve, tallies } = engine
  const traded = [...markets.values()].filter(({ position }) => position.turnover > 0)
  const finished = traded.filter(({ position }) => !position.isOpen())
  const executions = tallies.executions()
  const { hindsightUntil } = strategy
  return {
    strategy: {
      name: strategy.name,
      version: strategy.version,
      features: strategy.features,
      interval_ms: intervalMillis
    },
    period: { from, to, markets: markets.size, events: tallies.events },
    hindsight: tallies.hindsight === 0 || hindsightUntil === undefined
      ? null
      : { until: Number.isFinite(hindsightUntil) ? hindsightUntil : null, decisions: tallies.hindsight },
    decisions: tallies.decisions,
    signals: { forecasts: tallies.forecasts, orders: tallies.orders, passes: sorted(tallies.passes) },
    execution: {
      latency_ms: terms.latencyMillis,
      filled: tallies.filledOrders,
      partly_filled: tallies.partlyFilledOrders,
      unfilled: sorted(tallies.unfilled),
      fills: tallies.fills,
      shares: tallies.tradedSize / hundredthsPerShare,
      turnover: toDollars(ledger.turnover),
      fees: toDollars(ledger.fees)
    },
    account: accountOf(engine, traded),
    markets: {
      traded: traded.length,
      finished: finished.length,
      hit_rate: finished.length === 0 ? null : finished.filter((market) => pnlOf(market) > 0).length / finished.length,
      pnl: distributionOf(traded.map(pnlOf)),
      results: traded.map(marketResult)
    },
    forecasts: tallies.forecasts === 0 ? null : scored(markets),
    curve: curve.points().map(({ at, cash, equity, exposure }) => ({
      at,
      equity: toDollars(equity),
      cash: toDollars(cash),
      exposure: toDollars(exposure)
    })),
    orders: {
      first: executions.first.map(orderResult),
      omitted: executions.all - executions.first.length - executions.last.length,
      last: executions.last.map(orderResult)
    }
  }
}
