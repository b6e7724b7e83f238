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

describe("the views of a market", () => {
  it("are all of the one state that a context has of it", () => {
    const stateOf = (_: MarketId) => Effect.succeed(new MarketState())
    const views = marketViews(stateOf)
    assert.strictEqual(Context.get(views, MarketSnapshots).of, stateOf)
    assert.strictEqual(Context.get(views, OrderBooks).of, stateOf)
    assert.strictEqual(Context.get(views, PriceHistory).of, stateOf)
    assert.strictEqual(Context.get(views, NewsFeed).of, stateOf)
    assert.strictEqual(Context.get(views, MarketStates).of, stateOf)
  })

  it("are told apart by their names", () => {
    const tags = [MarketSnapshots, OrderBooks, PriceHistory, NewsFeed, MarketStates]
    assert.deepStrictEqual(tags.map((tag) => tag.key), [
      "features/MarketSnapshots",
      "features/OrderBooks",
      "features/PriceHistory",
      "features/NewsFeed",
      "features/MarketStates"
    ])
  })
})
