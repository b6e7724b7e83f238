import { Context, Effect, Layer } from "effect"
import { Account, type AccountTerms, type Execution, isValidOrder, TradedMarket } from "../backtest/Account.js"
import type { Offers } from "../backtest/fills.js"
import { payout, toDollars } from "../backtest/money.js"
import { MarketClock } from "../context/MarketClock.js"
import { MarketSource } from "../context/MarketSource.js"
import type { MarketId } from "../domain/MarketId.js"
import { MarketState } from "../state/MarketState.js"
import type { Appended } from "../store/EventLog.js"
import { Portfolio } from "../strategy/Portfolio.js"
import type { Decision } from "../strategy/Signal.js"
import { Recorder } from "./Recorder.js"

/** A market that is traded on paper, against the book of its live state. */
class PaperMarket extends TradedMarket implements Offers {
  /** the newest state of it: a source may build another one */
  state = new MarketState()

  get closed(): boolean {
    return this.state.closed
  }

  get inGap(): boolean {
    return this.state.inGap
  }

  get book(): MarketState["book"] {
    return this.state.book
  }
}

/** What an account is worth. Amounts in dollars. */
export interface AccountStatus {
  readonly start: number
  readonly cash: number
  /** cash, and what is held at the bids */
  readonly equity: number
  readonly fees: number
  readonly orders: number
  readonly filled: number
  readonly openMarkets: number
}

/**
 * A simulated account that trades the live book with the backtest's fill model: no order leaves the process. It starts anew
 * with each run.
 */
export class PaperAccount extends Context.Tag("live/PaperAccount")<PaperAccount, {
  /** Sends the orders of a decision; those that say nothing that can be carried out are left out. */
  readonly submit: (decision: Decision) => Effect.Effect<void>
  readonly status: Effect.Effect<AccountStatus>
}>() {}

/** Told of every execution. */
export type OnExecution = (execution: Execution) => Effect.Effect<void>

const make = (terms: AccountTerms, onExecution: OnExecution) =>
  Effect.gen(function*() {
    const clock = yield* MarketClock
    const source = yield* MarketSource
    const recorder = yield* Recorder
    const account = new Account<PaperMarket>(terms)
    const markets = new Map<MarketId, PaperMarket>()
    /** the markets of the orders under way, in the order in which they are due */
    const queue: Array<PaperMarket> = []
    const underWay = yield* Effect.makeLatch(false)
    let [orders, filled] = [0, 0]

    const marketOf = (id: MarketId): PaperMarket => {
      const market = markets.get(id) ?? new PaperMarket(id, terms.feeRateOf(id))
      markets.set(id, market)
      return market
    }

    /** Brings what is known of a market's offers up to the present. */
    const refresh = (market: PaperMarket) =>
      Effect.map(source.load(market.id), (handle) => {
        handle.moveTo(clock.unsafeNow())
        market.state = handle.state
      })

    const submit: PaperAccount["Type"]["submit"] = ({ at, market: id, signals }) =>
      Effect.sync(() => {
        for (const signal of signals) {
          if (signal.kind !== "order" || !isValidOrder(signal)) continue
          const market = marketOf(id)
          account.submit(market, signal, at)
          queue.push(market)
          orders++
          underWay.unsafeOpen()
        }
      })

    const waitFor = (due: number): Effect.Effect<void> =>
      Effect.flatMap(clock.now, (now) =>
        now >= due ? Effect.void : Effect.zipRight(Effect.sleep(due - now), waitFor(due)))

    /** Has the next order reach its book. */
    const executeNext = Effect.gen(function*() {
      yield* underWay.await
      yield* waitFor(account.nextDue())
      const market = queue[0]
      if (market !== undefined) {
        yield* refresh(market)
      }
      const execution = account.execute(yield* clock.now, (shown) =>
        shown)
      queue.shift()
      if (queue.length === 0) underWay.unsafeClose()
      if (execution === undefined) return
      if (execution.fills.length > 0) filled++
      yield* onExecution(execution)
    }).pipe(
      // the order stays under way until the log can be read
      Effect.catchAll((failure) =>
        Effect.zipRight(
          Effect.logWarning("an order waits for the log").pipe(Effect.annotateLogs("failure", failure.message)),
          Effect.sleep("1 seconds")
        )
      )
    )

    const follow = ({ kinds }: Appended) => {
      if (markets.size === 0) return
      for (const { columns, market: ids } of kinds) {
        for (let row = 0; row < columns.rows; row++) {
          const id = ids[row]
          const market = id === undefined ? undefined : markets.get(id)
          if (market === undefined) continue
          if (!market.consumption.isEmpty()) market.consumption.observe(market.book)
          if (columns.kind === "resolution") account.settle(market, Math.round((columns.outcome[row] ?? 0) * payout))
        }
      }
    }
    yield* recorder.listen(follow)
    yield* Effect.forkScoped(Effect.forever(executeNext))

    return Context.make(PaperAccount, {
      submit,
      status: Effect.sync(() => ({
        start: toDollars(account.ledger.start),
        cash: toDollars(account.ledger.cash),
        equity: toDollars(account.equity((market) => market)),
        fees: toDollars(account.ledger.fees),
        orders,
        filled,
        openMarkets: account.openMarkets().size
      }))
    }).pipe(
      Context.add(Portfolio, {
        holding: (id) => Effect.sync(() => account.holding(marketOf(id), (market) => market))
      })
    )
  })

/** The account, and the portfolio that strategies see of it. */
export const layer = (terms: AccountTerms, onExecution: OnExecution) => Layer.scopedContext(make(terms, onExecution))
