import { Effect, Layer, Stream } from "effect"
import type { AccountTerms } from "../../src/backtest/Account.js"
import { backtest, type BacktestOptions } from "../../src/backtest/backtest.js"
import type { EventBody, TimedEvent } from "../../src/domain/Event.js"
import { Instant } from "../../src/domain/Instant.js"
import { MarketId } from "../../src/domain/MarketId.js"
import { toUnits } from "../../src/domain/Price.js"
import { EventLog } from "../../src/store/EventLog.js"
import type { Order, Outcome, Signal } from "../../src/strategy/Signal.js"
import type { Strategy } from "../../src/strategy/Strategy.js"
import { standardRegistry } from "../support/evaluate.js"
import { plainJournal } from "../support/plainJournal.js"
import { plainStorage } from "../support/storages.js"
import { termsOf } from "./terms.js"

/** A decision instant: 2026-07-13T00:00:00Z. */
export const start = Date.UTC(2026, 6, 13)
export const minute = 60_000

/** Something that happened `at` ms after the start, to market `m` unless said otherwise. */
export interface Happening {
  readonly at: number
  readonly body: EventBody
  readonly market?: string
  readonly source?: string
}

export const quote = (at: number, bid: number | undefined, ask: number | undefined): Happening => ({
  at,
  body: {
    kind: "quote",
    bestBid: bid === undefined ? undefined : toUnits(bid),
    bestAsk: ask === undefined ? undefined : toUnits(ask),
    volume24h: undefined
  }
})

type Levels = ReadonlyArray<readonly [price: number, shares: number]>
const levels = (of: Levels) => of.map(([price, shares]) => [toUnits(price), toUnits(shares)] as const)

export const book = (at: number, bids: Levels, asks: Levels): Happening => ({
  at,
  body: { kind: "book", bids: levels(bids), asks: levels(asks) }
})

export const resolution = (at: number, outcome: number): Happening => ({ at, body: { kind: "resolution", outcome } })

/** An order in shares and dollars. */
export const order = (action: "buy" | "sell", outcome: Outcome, shares: number, limit: number): Order => ({
  kind: "order",
  action,
  outcome,
  size: Math.round(shares * 100),
  limit: toUnits(limit)
})

/** What is decided `at` ms after the start on market `m`, unless said otherwise. */
export interface Said {
  readonly at: number
  readonly signals: ReadonlyArray<Signal>
  readonly market?: string
}

export const says = (at: number, ...signals: ReadonlyArray<Signal>): Said => ({ at, signals })

/** A strategy that says what it was told to. */
export const scripted = (script: ReadonlyArray<Said>): Strategy => ({
  name: "scripted",
  version: "1",
  features: ["market@1.0"],
  intervalMillis: minute,
  decide: ({ asOf, market }) =>
    Effect.succeed(
      script.flatMap((said) => start + said.at === asOf && (said.market ?? "m") === market ? said.signals : [])
    )
})

const timed = ({ at, body, market = "m", source }: Happening): TimedEvent => ({
  availableAt: Instant(start + at),
  event: { market: MarketId.make(market), source, eventTime: undefined, body }
})

/** Puts happenings into the log around, in their order. */
export const record = (happenings: ReadonlyArray<Happening>) =>
  Effect.flatMap(EventLog, (log) =>
    log.importFile(
      { digest: "happenings", name: "happenings" },
      Stream.make({ kind: "events" as const, events: happenings.map(timed) })
    ))

/** Runs a strategy over what happened. */
export const runOver = <E, R>(
  happenings: ReadonlyArray<Happening>,
  strategy: Strategy<E, R>,
  terms: Partial<AccountTerms> = {},
  options: Partial<BacktestOptions> = {}
) =>
  Effect.zipRight(
    record(happenings),
    backtest(standardRegistry, Layer.empty, strategy, { terms: termsOf(terms), ...options })
  ).pipe(Effect.provide(Layer.merge(plainStorage, plainJournal().layer)))
