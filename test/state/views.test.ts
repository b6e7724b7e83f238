import { Context, Effect } from "effect"
import { assert, describe, it } from "vitest"
import type { MarketId } from "../../src/domain/MarketId.js"
import { MarketState } from "../../src/state/MarketState.js"
import {
  MarketSnapshots,
  MarketStates,
  marketViews,
  NewsFeed,
  OrderBooks,
  PriceHistory
} from "../../src/state/views.js"

const tags = [MarketSnapshots, OrderBooks, PriceHistory, NewsFeed, MarketStates] as const

describe("the views of a market", () => {
  it("are all of the one state that a context has of it", () => {
    const stateOf = (_: MarketId) => Effect.succeed(new MarketState())
    const views = marketViews(stateOf)
    assert.isTrue(tags.every((tag) => Context.get(views, tag).of === stateOf))
  })

  it("are told apart by their names", () => {
    assert.deepStrictEqual(tags.map((tag) => tag.key), [
      "features/MarketSnapshots",
      "features/OrderBooks",
      "features/PriceHistory",
      "features/NewsFeed",
      "features/MarketStates"
    ])
  })
})
