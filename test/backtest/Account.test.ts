import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { Account, type Execution, TradedMarket } from "../../src/backtest/Account.js"
import { takerFee } from "../../src/backtest/money.js"
import { Instant } from "../../src/domain/Instant.js"
import { MarketId } from "../../src/domain/MarketId.js"
import { OrderBook } from "../../src/state/OrderBook.js"
import type { Order } from "../../src/strategy/Signal.js"
import { termsOf } from "./terms.js"

const ids = ["a", "b"]
const rates = [0, 30_000]

type Level = readonly [cents: number, hundredths: number]

type Step =
  | {
    readonly kind: "book"
    readonly market: number
    readonly bids: ReadonlyArray<Level>
    readonly asks: ReadonlyArray<Level>
  }
  | { readonly kind: "quote"; readonly market: number; readonly bid: number; readonly ask: number }
  | { readonly kind: "order"; readonly market: number; readonly order: Order }
  | { readonly kind: "settle"; readonly market: number; readonly outcome: number }

const market = fc.nat({ max: ids.length - 1 })
const sideOf = (from: number, to: number) =>
  fc.uniqueArray(fc.tuple(fc.integer({ min: from, max: to }), fc.integer({ min: 1, max: 3_000 })), {
    selector: ([price]) => price,
    maxLength: 4
  })
const order: fc.Arbitrary<Order> = fc.record({
  kind: fc.constant("order" as const),
  action: fc.constantFrom("buy" as const, "buy" as const, "sell" as const),
  outcome: fc.constantFrom("yes" as const, "no" as const),
  size: fc.integer({ min: 1, max: 4_000 }),
  limit: fc.integer({ min: 0, max: 100 }).map((cents) => cents * 10_000)
})
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("book" as const), market, bids: sideOf(30, 52), asks: sideOf(50, 70) })
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("quote" as const),
      market,
      bid: fc.integer({ min: 30, max: 52 }),
      ask: fc.integer({ min: 50, max: 70 })
    })
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("order" as const), market, order }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("settle" as const),
      market,
      outcome: fc.constantFrom(0, 250_000, 500_000, 1_000_000)
    })
  }
)

/** The offers of one market, each side a map from cents to hundredths of shares; what was taken is taken from them. */
interface NaiveMarket {
  bids: Map<number, { shown: number; left: number }>
  asks: Map<number, { shown: number; left: number }>
  yes: bigint
  no: bigint
  paidYes: bigint
  paidNo: bigint
  outcome: bigint | undefined
}

/** The same account written down another way: big integers, one hundredth of a share after the other. */
class NaiveAccount {
  cash: bigint
  readonly markets: ReadonlyArray<NaiveMarket> = ids.map(() => ({
    bids: new Map(),
    asks: new Map(),
    yes: 0n,
    no: 0n,
    paidYes: 0n,
    paidNo: 0n,
    outcome: undefined
  }))

  constructor(cash: number, readonly quoteSize: number) {
    this.cash = BigInt(cash)
  }

  show(index: number, side: "bids" | "asks", levels: ReadonlyArray<Level>, isQuote: boolean) {
    const own = this.markets[index]
    if (own === undefined) return
    own[side] = new Map(levels.map(([cents, size]) => {
      const known = own[side].get(cents)
      // a quote shows the same (unknown) size each time
      const shown = isQuote ? -1 : size
      return [cents, known?.shown === shown ? known : { shown, left: size }]
    }))
  }

  trade(index: number, { action, limit, outcome, size }: Order): bigint {
    const own = this.markets[index]
    if (own === undefined || own.bids.size === 0 || own.asks.size === 0) return 0n
    const [bestBid, bestAsk] = [Math.max(...own.bids.keys()), Math.min(...own.asks.keys())]
    if (bestBid >= bestAsk) return 0n
    const hitsAsks = (action === "buy" && outcome === "yes") || (action === "sell" && outcome === "no")
    const sorted = hitsAsks
      ? [...own.asks].sort(([a], [b]) => a - b)
      : [...own.bids].sort(([a], [b]) => b - a)
    let traded = 0n
    for (const [cents, level] of sorted) {
      const price = (outcome === "yes" ? cents : 100 - cents) * 10_000
      if (action === "buy" ? price > limit : price < limit) break
      let take = Math.min(level.left, size - Number(traded))
      if (action === "sell") take = Math.min(take, Number(own[outcome]))
      const costOf = (shares: number) => BigInt(shares) * BigInt(price)
      const feeOf = (shares: number) => BigInt(takerFee(shares, price, rates[index] ?? 0))
      while (action === "buy" && take > 0 && costOf(take) + feeOf(take) > this.cash) take--
      const sign = action === "buy" ? 1n : -1n
      this.cash -= sign * costOf(take) + feeOf(take)
      own[outcome] += sign * BigInt(take)
      level.left -= take
      traded += BigInt(take)
    }
    return traded
  }

  settle(index: number, outcome: bigint) {
    const own = this.markets[index]
    if (own === undefined) return
    if (own.outcome !== undefined) {
      // what was paid out before is asked back, and paid out anew
      this.cash -= own.paidYes * own.outcome + own.paidNo * (1_000_000n - own.outcome)
      this.cash += own.paidYes * outcome + own.paidNo * (1_000_000n - outcome)
    }
    this.cash += own.yes * outcome + own.no * (1_000_000n - outcome)
    own.paidYes += own.yes
    own.paidNo += own.no
    own.yes = own.no = 0n
    own.outcome = outcome
  }
}

const flat = (levels: ReadonlyArray<Level>, sign: 1 | -1) => {
  const sorted = [...levels].sort(([a], [b]) => sign * (a - b))
  return {
    start: Float64Array.of(0, sorted.length),
    price: Float64Array.from(sorted, ([cents]) => cents * 10_000),
    size: Float64Array.from(sorted, ([, hundredths]) => hundredths * 10_000)
  }
}

describe("an account", () => {
  it("trades, settles and keeps its cash as a plain one does, and conserves money at every step", () => {
    const seen = { fills: 0, cuts: 0, sales: 0, negative: 0 }
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 20, maxLength: 60, size: "max" }),
        fc.integer({ min: 1, max: 20 }),
        (steps, dollars) => {
          const cash = dollars * 100_000_000
          const account = new Account(termsOf({ cash, latencyMillis: 0, quoteSize: 1_000 }))
          const naive = new NaiveAccount(cash, 1_000)
          const own = ids.map((id, index) => ({
            market: new TradedMarket(MarketId.make(id), rates[index] ?? 0),
            book: new OrderBook()
          }))
          const bookOf = (market: TradedMarket) => own.find((one) => one.market === market)?.book ?? new OrderBook()
          const now = Instant(1e12)
          let isCorrected = false
          for (const current of steps) {
            const { book, market } = own[current.market] ?? { book: new OrderBook(), market: undefined }
            if (market === undefined) continue
            let execution: Execution | undefined
            switch (current.kind) {
              case "book":
                book.replace(flat(current.bids, 1), flat(current.asks, -1), 0)
                naive.show(current.market, "bids", current.bids, false)
                naive.show(current.market, "asks", current.asks, false)
                market.consumption.observe(book)
                break
              case "quote":
                book.quote(current.bid * 10_000, current.ask * 10_000)
                naive.show(current.market, "bids", [[current.bid, naive.quoteSize]], true)
                naive.show(current.market, "asks", [[current.ask, naive.quoteSize]], true)
                market.consumption.observe(book)
                break
              case "settle":
                isCorrected ||= !Number.isNaN(market.position.outcome)
                account.settle(market, current.outcome)
                naive.settle(current.market, BigInt(current.outcome))
                break
              case "order": {
                account.submit(market, current.order, now)
                execution = account.execute(now, (own) => ({ closed: false, inGap: false, book: bookOf(own) }))
                const traded = naive.trade(current.market, current.order)
                const filled = execution?.fills.reduce((sum, { size }) => sum + size, 0) ?? 0
                assert.strictEqual(BigInt(filled), traded)
                assert.strictEqual(execution?.unfilled === undefined, filled === current.order.size)
                if (filled > 0) seen.fills++
                if (filled > 0 && execution?.unfilled === "no_cash") seen.cuts++
                if (filled > 0 && current.order.action === "sell") seen.sales++
              }
            }
            const { ledger } = account
            const [first, second] = own
            const flows = (first?.market.position.cashFlow ?? 0) + (second?.market.position.cashFlow ?? 0)
            assert.strictEqual(BigInt(ledger.cash), naive.cash)
            assert.strictEqual(ledger.cash, ledger.start + flows)
            assert.strictEqual(ledger.cost, own.reduce((sum, one) => sum + one.market.position.cost(), 0))
            for (const [index, { market: { position } }] of own.entries()) {
              assert.strictEqual(BigInt(position.yes.size), naive.markets[index]?.yes)
              assert.strictEqual(BigInt(position.no.size), naive.markets[index]?.no)
            }
            // a corrected resolution alone can take back what is spent already
            if (!isCorrected) assert.isAtLeast(ledger.cash, 0)
            else if (ledger.cash < 0) seen.negative++
            const value = own.reduce((sum, one) => sum + one.market.value(one), 0)
            assert.strictEqual(account.equity((own) => ({ book: bookOf(own) })), ledger.cash + value)
          }
        }
      ),
      { numRuns: 300, seed: 3 }
    )
    // the law was put to the test where it could break
    for (const [what, times] of Object.entries(seen)) assert.isAbove(times, 10, `${what} of ${JSON.stringify(seen)}`)
  })

  it("shows orders under way as exposure, and their cost once they are filled", () => {
    const account = new Account(termsOf({ latencyMillis: 500 }))
    const market = new TradedMarket(MarketId.make("a"), 0)
    const book = new OrderBook()
    book.quote(400_000, 420_000)
    const offers = { closed: false, inGap: false, book }
    const order = { kind: "order", action: "buy", outcome: "yes", size: 1_000, limit: 450_000 } as const
    account.submit(market, order, Instant(1e12))
    assert.deepInclude(account.holding(market, () => offers), { yes: 0, exposure: 4.5, totalExposure: 4.5, cash: 1000 })
    assert.strictEqual(account.nextDue(), 1e12 + 500)
    account.execute(Instant(1e12 + 500), () => offers)
    assert.deepInclude(account.holding(market, () => offers), { yes: 1_000, exposure: 4.2, equity: 999.8, cash: 995.8 })
  })
})
