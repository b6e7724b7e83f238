import { Chunk, Context, Effect, type Layer, Stream } from "effect"
import { MarketClock } from "../context/MarketClock.js"
import { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import { firstMultiple } from "../domain/multiples.js"
import type { FeatureRegistry } from "../features/FeatureRegistry.js"
import { makePlanner, type Plan } from "../features/plan.js"
import type { MarketStates, MarketViews } from "../state/views.js"
import { demandRetained, earliestOf } from "../store/earliest.js"
import { EventLog, type MarketSummary } from "../store/EventLog.js"
import { readExternal } from "../store/externalGroups.js"
import { FeatureRepository } from "../store/FeatureRepository.js"
import type { StorageFailure } from "../store/StorageFailure.js"
import { DecisionJournal } from "../strategy/DecisionJournal.js"
import { type Holding, Portfolio } from "../strategy/Portfolio.js"
import { noSignals, type Strategy } from "../strategy/Strategy.js"
import type { AccountTerms } from "./Account.js"
import { AnswerPool } from "./AnswerPool.js"
import type { BacktestMarkets } from "./BacktestMarket.js"
import { reportOf } from "./BacktestReport.js"
import { bindMarkets } from "./bindMarkets.js"
import { boundedLog } from "./boundedLog.js"
import { type Decider, Engine } from "./Engine.js"
import { HindsightRefused } from "./HindsightRefused.js"

export interface BacktestOptions {
  readonly terms: AccountTerms
  /**
   * First and last instant of the run, both inclusive; from the first event and to the last one where absent. Events before
   * the first instant are history, and nothing is known after the last one.
   */
  readonly from?: Instant | undefined
  readonly to?: Instant | undefined
  /** all markets of the log where absent */
  readonly markets?: ReadonlyArray<MarketId> | undefined
  /** in place of the strategy's own */
  readonly intervalMillis?: number | undefined
  /** whether the strategy may decide from what became known later */
  readonly allowHindsight?: boolean | undefined
  /** told how many of the log's events have been replayed */
  readonly onProgress?: ((events: number, total: number) => Effect.Effect<void>) | undefined
}

/** Decisions are handed to the journal in batches of about this many. */
const journalBatch = 500

const emptyHanded: Holding = { yes: 0, no: 0, cash: 0, equity: 0, exposure: 0, totalExposure: 0 }

/**
 * The decision over a market's features. Most have nothing to say, which a glance tells; only the others are given a
 * vector that stays until they have run, with values of external groups read and filled in before the strategy sees it.
 */
const deciderOf = <F, E, R>(
  strategy: Strategy<E, R>,
  plan: Plan<F>,
  repository: FeatureRepository["Type"]
): Decider<F, E | StorageFailure, R> => {
  const pool = new AnswerPool()
  const hasExternal = plan.external.length > 0
  return {
    reset: () => pool.reset(),
    decide: (market, at) => {
      const glance = market.glance(at)
      if (!hasExternal && strategy.decide(glance) === noSignals) return undefined
      const answers = market.copyTo(pool.take(), at)
      const vector = market.vectorOver(at, answers)
      if (!hasExternal) return { vector, effect: strategy.decide(vector) }
      const read = Effect.forEach(
        plan.external,
        (group) => Effect.map(readExternal(repository, group, market.id, at), (answer) => answers.set(group.id, answer))
      )
      return { vector, effect: Effect.zipRight(read, Effect.suspend(() => strategy.decide(vector))) }
    }
  }
}

/** Which part of the log a run goes through. */
const periodOf = (summaries: ReadonlyArray<MarketSummary>, { from, to }: BacktestOptions, earliest: Instant) => {
  const last = summaries.reduce((most, { lastAvailableAt }) => Math.max(most, lastAvailableAt), 0)
  const first = summaries.reduce((least, { firstAvailableAt }) => Math.min(least, firstAvailableAt), last)
  return { start: Instant(Math.max(first, from ?? earliest)), end: Instant(Math.min(last, to ?? last)) }
}

/** What a strategy sees of a run: its clock, its account, and the log up to now. */
const servicesOf = <F, E, R>(engine: Engine<F, E, R>, markets: BacktestMarkets<F>, log: EventLog["Type"]) => {
  const unsafeNow = () => engine.now
  const holding = (id: MarketId): Holding => {
    const market = markets.get(id)
    return market === undefined ? emptyHanded : engine.account.holding(market, (own) => engine.shown(own))
  }
  return Context.make(MarketClock, { unsafeNow, now: Effect.sync(unsafeNow) }).pipe(
    Context.add(Portfolio, { holding: (market) => Effect.sync(() => holding(market)) }),
    Context.add(
      EventLog,
      boundedLog(log, {
        now: unsafeNow,
        sequence: () => Math.max(0, ...[...markets.values()].map((market) => engine.shown(market).sequence())),
        markets: () => [...markets.values()].flatMap((market) => engine.shown(market).summary() ?? [])
      })
    )
  )
}

/**
 * Replays the log through a strategy, in one pass and in memory that does not grow with it. `own` builds the services that
 * computers of the user's own ask for. The strategy is given a clock, a portfolio, and a log that ends at the simulated
 * now; whatever else it asks for is the caller's to give, and the caller's to keep free of hindsight.
 */
export const backtest = <E, R, Own>(
  registry: FeatureRegistry<MarketViews | Own>,
  own: Layer.Layer<Own, never, MarketStates>,
  strategy: Strategy<E, R>,
  options: BacktestOptions
) =>
  Effect.gen(function*() {
    const log = yield* EventLog
    const journal = yield* DecisionJournal
    const plan = yield* makePlanner(registry)(strategy.features)
    const wanted = options.markets === undefined ? undefined : new Set(options.markets)
    const summaries = (yield* log.markets).filter(({ market }) => wanted?.has(market) ?? true)
    const completeSince = yield* log.completeSince
    if (options.from !== undefined) yield* demandRetained(options.from, completeSince, registry.historyMillis)
    const { end, start } = periodOf(summaries, options, earliestOf(completeSince, registry.historyMillis))
    const intervalMillis = options.intervalMillis ?? strategy.intervalMillis
    const { hindsightUntil = 0, name } = strategy
    if (firstMultiple(start, intervalMillis) < hindsightUntil && options.allowHindsight !== true) {
      const until = Number.isFinite(hindsightUntil) ? hindsightUntil : null
      return yield* new HindsightRefused({ strategy: name, until })
    }
    const { terms } = options
    const markets = yield* bindMarkets(registry, own, plan, summaries, terms)
    const decider = deciderOf(strategy, plan, yield* FeatureRepository)
    const engine = new Engine(strategy, markets, decider, {
      terms,
      intervalMillis,
      start,
      end,
      historyMillis: registry.historyMillis
    })

    const record = Effect.suspend(() => {
      const kept = engine.kept
      engine.kept = []
      return journal.record(kept)
    })
    const run = Effect.gen(function*() {
      for (let deciding = engine.next(); deciding !== undefined; deciding = engine.next()) {
        engine.accept(deciding, yield* deciding.effect)
        if (engine.kept.length >= journalBatch) yield* record
      }
    })
    const total = summaries.reduce((sum, { events }) => sum + events, 0)
    const names = wanted === undefined ? undefined : summaries.map(({ market }) => market)
    yield* Effect.gen(function*() {
      yield* Stream.runForEachChunk(log.scan({ to: end, markets: names }), (entries) =>
        Effect.gen(function*() {
          engine.feed(Chunk.toReadonlyArray(entries))
          yield* run
          yield* options.onProgress?.(engine.tallies.events, total) ?? Effect.void
        }))
      engine.endFeed()
      yield* run
      engine.finish()
      yield* record
    }).pipe(Effect.provide(servicesOf(engine, markets, log)))
    return reportOf({ strategy, terms, intervalMillis, from: start, to: end }, markets, engine)
  })
