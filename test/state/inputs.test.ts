import { assert, describe, it } from "vitest"
import { eventKinds } from "../../src/domain/Event.js"
import { Input, inputs } from "../../src/state/inputs.js"
import { MarketState } from "../../src/state/MarketState.js"
import { reduce } from "../../src/state/reduce.js"
import { opening } from "../support/histories.js"
import type { EventBody } from "../support/naive/index.js"
import { columnsFor, placedOf } from "../support/replayOf.js"

const common = { market: "m", available_at: opening }

/** By event, the inputs that it renews. */
const renewed: ReadonlyArray<readonly [event: EventBody, inputs: ReadonlyArray<typeof inputs[number]>]> = [
  [{ ...common, type: "market", question: "?" }, ["market", "volume"]],
  [{ ...common, type: "quote", best_bid: 0.5 }, ["quote"]],
  [{ ...common, type: "quote", volume_24h: 0 }, ["quote", "volume"]],
  [{ ...common, type: "book", bids: [], asks: [] }, ["book"]],
  [{ ...common, type: "price_change", changes: [] }, ["price_change"]],
  [{ ...common, type: "trade", price: 0.5, size: 1, side: "buy" }, ["trade"]],
  [{ ...common, type: "news", id: "1", source: "s", text: "", score: 0 }, ["news"]],
  [{ ...common, type: "gap", scope: "market", reason: "r" }, ["market_gap"]],
  [{ ...common, type: "gap", scope: "source", reason: "r" }, ["source_gap"]],
  [{ ...common, type: "gap_end", scope: "source", reason: "r" }, ["source_gap"]],
  // it tells nothing: a gap of the market ends with the next book or quote
  [{ ...common, type: "gap_end", scope: "market", reason: "r" }, []],
  [{ ...common, type: "market_closed" }, ["market_closed"]],
  [{ ...common, type: "resolution", outcome: 1 }, ["resolution"]]
]

describe("inputs", () => {
  it("have the slots of their order", () => {
    assert.deepStrictEqual(inputs.map((input) => Input[input]), inputs.map((_, slot) => slot))
  })

  it("are renewed by the events that say something of them, and each event is known", () => {
    assert.sameMembers([...new Set(renewed.map(([event]) => event.type))], [...eventKinds])
    for (const [event, expected] of renewed) {
      const state = new MarketState()
      assert.isFalse(state.known)
      for (const columns of columnsFor(placedOf([{ ...event, sequence: 7 }], "m"))) {
        if (columns.rows > 0) reduce(state, columns, 0)
      }
      const seen = inputs.filter((_, slot) => state.newestAt[slot] === opening && state.newestSequence[slot] === 7)
      assert.deepStrictEqual(seen, inputs.filter((input) => expected.includes(input)))
      assert.deepStrictEqual([state.known, state.sequence], [true, 7])
    }
  })
})
