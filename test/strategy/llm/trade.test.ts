import { FastCheck as fc } from "effect"
import { assert, describe, it } from "vitest"
import type { Answer } from "../../../src/strategy/llm/answer.js"
import { type Consensus, consensusOf } from "../../../src/strategy/llm/ensemble.js"
import { edgeOf, kellyShare, takerFee } from "../../../src/strategy/llm/sizing.js"
import { tradeOf } from "../../../src/strategy/llm/trade.js"
import type { Holding } from "../../../src/strategy/Portfolio.js"
import { settingsOf } from "./settingsOf.js"

const touch = { bid: 480_000, ask: 500_000 }
const rich: Holding = { yes: 0, no: 0, cash: 1000, equity: 1000, exposure: 0, totalExposure: 0 }
const sure = (prediction: Answer["prediction"], probability: number, more: Partial<Consensus> = {}): Consensus => ({
  prediction,
  probability,
  confidence: 0.9,
  disagreement: 0,
  ...more
})

/** The trade without what explains it. */
const traded = (
  consensus: Consensus,
  { holding = {}, settings = {}, at = touch }: {
    readonly holding?: Partial<Holding>
    readonly settings?: object
    readonly at?: typeof touch
  } = {}
) => {
  const { evidence: _, ...signal } = tradeOf(
    consensus,
    at,
    { ...rich, ...holding },
    settingsOf({ taker_fee_rate: 0, ...settings })
  )
  return signal
}
const buy = (outcome: "yes" | "no", size: number, limit: number) => ({
  kind: "order" as const,
  action: "buy" as const,
  outcome,
  size,
  limit
})
const passes = (reason: string) => ({ kind: "pass" as const, reason })

describe("a trade, by hand", () => {
  // Equity 1000: Kelly's quarter, at most 50 dollars in a market and 500 in all

  it("buys YES at the ask: (0.56 - 0.50) / 0.50 = 0.12 of Kelly, a quarter of it is 30 dollars, 60 shares", () => {
    assert.deepStrictEqual(traded(sure("yes", 0.56)), buy("yes", 6000, 500_000))
  })

  it("buys NO at one less the bid: (0.58 - 0.52) / 0.48 = 0.125, a quarter is 31.25 dollars, 60.09 shares", () => {
    assert.deepStrictEqual(traded(sure("no", 0.42)), buy("no", 6009, 520_000))
  })

  it("pays the fee: 0.05 x 0.5 x 0.5 = 0.0125, (0.60 - 0.5125) / 0.4875 = 0.17949, 44.87 dollars, 87.55 shares", () => {
    assert.deepStrictEqual(
      traded(sure("yes", 0.6), { settings: { taker_fee_rate: 0.05 } }),
      buy("yes", 8755, 500_000)
    )
  })

  it("the fee counts against the edge: 0.535 - 0.5125 = 0.0225 is less than 0.03", () => {
    assert.deepStrictEqual(traded(sure("yes", 0.535)), buy("yes", 3500, 500_000))
    assert.deepStrictEqual(traded(sure("yes", 0.535), { settings: { taker_fee_rate: 0.05 } }), passes("low_edge"))
  })

  it("takes an edge that is just enough, also where floats fall short of it", () => {
    assert.isBelow(0.43 - 0.4, 0.03)
    assert.strictEqual(traded(sure("yes", 0.43), { at: { bid: 390_000, ask: 400_000 } }).kind, "order")
    assert.deepStrictEqual(
      traded(sure("yes", 0.429_999), { at: { bid: 390_000, ask: 400_000 } }),
      passes("low_edge")
    )
  })

  it("caps a market at its share of equity: Kelly wants 100 dollars, 50 are allowed, 100 shares", () => {
    assert.deepStrictEqual(traded(sure("yes", 0.7)), buy("yes", 10_000, 500_000))
    assert.deepStrictEqual(traded(sure("yes", 0.7), { holding: { exposure: 50 } }), passes("market_limit"))
  })

  it("caps all markets together: 490 of 500 dollars are out, 10 are left, 20 shares", () => {
    assert.deepStrictEqual(traded(sure("yes", 0.7), { holding: { totalExposure: 490 } }), buy("yes", 2000, 500_000))
    assert.deepStrictEqual(traded(sure("yes", 0.7), { holding: { totalExposure: 500 } }), passes("total_limit"))
  })

  it("spends no more than there is: 5 dollars, 10 shares", () => {
    assert.deepStrictEqual(traded(sure("yes", 0.7), { holding: { cash: 5 } }), buy("yes", 1000, 500_000))
    assert.deepStrictEqual(traded(sure("yes", 0.7), { holding: { cash: 0 } }), passes("no_cash"))
  })

  it("adds to a position only what is missing: 30 dollars are wanted, 20 are held", () => {
    assert.deepStrictEqual(
      traded(sure("yes", 0.56), { holding: { yes: 4000, exposure: 20 } }),
      buy("yes", 2000, 500_000)
    )
    assert.deepStrictEqual(
      traded(sure("yes", 0.56), { holding: { yes: 6000, exposure: 30 } }),
      passes("position_held")
    )
  })

  it("closes the other side before it opens one: NO is sold at one less the ask, YES at the bid", () => {
    assert.deepStrictEqual(traded(sure("yes", 0.6), { holding: { no: 700, exposure: 3 } }), {
      kind: "order",
      action: "sell",
      outcome: "no",
      size: 700,
      limit: 500_000
    })
    assert.deepStrictEqual(traded(sure("no", 0.4), { holding: { yes: 300, exposure: 2 } }), {
      kind: "order",
      action: "sell",
      outcome: "yes",
      size: 300,
      limit: 480_000
    })
  })

  it("has no size below the smallest one", () => {
    assert.deepStrictEqual(traded(sure("yes", 0.56), { holding: { cash: 0.004 } }), passes("no_cash"))
    assert.deepStrictEqual(traded(sure("yes", 0.56), { settings: { kelly_fraction: 0 } }), passes("position_held"))
  })

  it("no edge is none, whatever is asked for", () => {
    const settings = { min_edge: 0 }
    assert.deepStrictEqual(traded(sure("yes", 0.5), { settings }), passes("low_edge"))
    assert.deepStrictEqual(traded(sure("no", 0.48), { settings }), passes("low_edge"))
    assert.deepStrictEqual(
      traded(sure("yes", 1), { settings, at: { bid: 990_000, ask: 1_000_000 } }),
      passes("low_edge")
    )
    // the words say NO, the number says YES
    assert.deepStrictEqual(traded(sure("no", 0.9), { settings }), passes("low_edge"))
  })

  it("passes where the models hold, or are not sure enough", () => {
    assert.deepStrictEqual(traded(sure("hold", 0.9)), passes("hold"))
    assert.deepStrictEqual(traded(sure("yes", 0.9, { confidence: 0.599 })), passes("low_confidence"))
    assert.strictEqual(traded(sure("yes", 0.9, { confidence: 0.6 })).kind, "order")
  })

  it("asks for more edge the more the models disagree: 0.03 + 2 x 0.02 = 0.07", () => {
    const settings = { disagreement_weight: 2 }
    assert.strictEqual(traded(sure("yes", 0.57, { disagreement: 0.02 }), { settings }).kind, "order")
    assert.deepStrictEqual(traded(sure("yes", 0.569, { disagreement: 0.02 }), { settings }), passes("low_edge"))
  })
})

describe("Kelly's share", () => {
  /** The growth of wealth by its definition: the mean of its logarithm. */
  const growth = (share: number, probability: number, cost: number) =>
    probability * Math.log(1 - share + share / cost) + (1 - probability) * Math.log(1 - share)

  it("is where the logarithm of wealth grows fastest", () => {
    const price = fc.integer({ min: 1, max: 98 }).map((n) => n / 100)
    fc.assert(fc.property(price, price, fc.double({ min: 0, max: 0.99, noNaN: true }), (cost, q, other) => {
      const probability = Math.max(q, cost)
      const best = kellyShare(probability, cost)
      assert.isAtLeast(growth(best, probability, cost) + 1e-12, growth(other, probability, cost))
    }))
  })

  it("is nothing for a share that costs its payout or more", () => {
    assert.strictEqual(kellyShare(1, 1), 0)
    assert.strictEqual(kellyShare(1, 1.2), 0)
  })
})

describe("an edge", () => {
  it("of YES and of NO is that of the mirrored market", () => {
    const units = fc.integer({ min: 1, max: 999_999 })
    fc.assert(fc.property(units, units, fc.integer({ min: 0, max: 1000 }), (a, b, q) => {
      const [bid, ask] = [Math.min(a, b), Math.max(a, b)]
      const no = edgeOf("no", q / 1000, { bid, ask }, 0.02)
      const mirrored = edgeOf("yes", 1 - q / 1000, { bid: 1_000_000 - ask, ask: 1_000_000 - bid }, 0.02)
      assert.deepStrictEqual({ ...no, outcome: "yes" }, mirrored)
    }))
  })

  it("the fee is the same for both, and nothing at certainty", () => {
    assert.closeTo(takerFee(0.02, 0.3), takerFee(0.02, 0.7), 1e-15)
    assert.strictEqual(takerFee(0.02, 0) + takerFee(0.02, 1), 0)
  })
})

describe("a consensus", () => {
  const said = (prediction: Answer["prediction"], target_price: number, confidence = 0.5): Answer => ({
    prediction,
    target_price,
    confidence,
    reasoning: ""
  })

  it("of one model is what it says", () => {
    assert.deepStrictEqual(consensusOf([said("no", 0.3, 0.7)]), {
      prediction: "no",
      probability: 0.3,
      confidence: 0.7,
      disagreement: 0
    })
  })

  it("is the median, which one that is far off hardly moves, and the deviation, which it does", () => {
    const { confidence, disagreement, prediction, probability } = consensusOf([
      said("yes", 0.6, 0.9),
      said("yes", 0.62, 0.8),
      said("no", 0.02, 0.1)
    ])
    assert.deepStrictEqual([prediction, probability, confidence], ["yes", 0.6, 0.8])
    // mean 0.41333, squares 0.034844 + 0.042711 + 0.154711 = 0.232267, a third of it 0.077422
    assert.closeTo(disagreement, 0.278249, 1e-6)
  })

  it("of an even number is between the two in the middle", () => {
    assert.strictEqual(consensusOf([0.1, 0.9, 0.4, 0.6].map((p) => said("yes", p))).probability, 0.5)
  })

  it("is to hold without more than half on one side", () => {
    assert.strictEqual(consensusOf([said("yes", 0.6), said("no", 0.4)]).prediction, "hold")
    assert.strictEqual(consensusOf([said("yes", 0.6), said("hold", 0.5), said("no", 0.4)]).prediction, "hold")
    assert.strictEqual(consensusOf([said("yes", 0.6), said("yes", 0.6), said("hold", 0.4)]).prediction, "yes")
  })
})
