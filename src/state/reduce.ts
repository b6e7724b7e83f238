import type { EventColumns } from "../domain/EventColumns.js"
import { currentPrice } from "./currentPrice.js"
import { Input } from "./inputs.js"
import type { MarketState } from "./MarketState.js"
import { wordsOf } from "./NewsWindow.js"

const seen = (state: MarketState, input: number, at: number, sequence: number): void => {
  state.newestAt[input] = at
  state.newestSequence[input] = sequence
}

/** Carries the price forward: a step of the series where the market has a price at this instant. */
const pricesMoved = (state: MarketState, at: number): void => {
  const price = currentPrice(state)
  if (!Number.isNaN(price)) state.prices.push(at, price)
}

/**
 * The one reducer: moves the state of a market by row `row` of `columns`. Rows must come in the log's order, by
 * (availableAt, sequence), over all kinds.
 */
export const reduce = (state: MarketState, columns: EventColumns, row: number): void => {
  const at = columns.availableAt[row] ?? NaN
  const sequence = columns.sequence[row] ?? NaN
  state.known = true
  if (sequence > state.sequence) state.sequence = sequence
  switch (columns.kind) {
    case "quote": {
      seen(state, Input.quote, at, sequence)
      const volume = columns.volume24h[row] ?? NaN
      if (!Number.isNaN(volume)) {
        state.volume24h = volume
        seen(state, Input.volume, at, sequence)
      }
      state.inGap = false
      state.book.quote(columns.bestBid[row] ?? NaN, columns.bestAsk[row] ?? NaN)
      return pricesMoved(state, at)
    }
    case "book":
      seen(state, Input.book, at, sequence)
      state.inGap = false
      state.book.replace(columns.bids, columns.asks, row)
      return pricesMoved(state, at)
    case "price_change": {
      seen(state, Input.price_change, at, sequence)
      // what changed while the feed was down is unknown, so the book that a change assumes is not the one we hold
      if (state.inGap) return
      const { changes, side } = columns
      const end = changes.start[row + 1] ?? 0
      for (let i = changes.start[row] ?? end; i < end; i++) {
        state.book.change(side[i] === 0, changes.price[i] ?? 0, changes.size[i] ?? 0)
      }
      return pricesMoved(state, at)
    }
    case "trade":
      seen(state, Input.trade, at, sequence)
      state.lastTrade = columns.price[row] ?? NaN
      return pricesMoved(state, at)
    case "market": {
      seen(state, Input.market, at, sequence)
      seen(state, Input.volume, at, sequence)
      state.snapshot = columns.payload[row]
      state.volume24h = state.snapshot?.volume24h ?? NaN
      return
    }
    case "news": {
      seen(state, Input.news, at, sequence)
      const document = columns.payload[row]
      if (document === undefined) return
      const source = columns.source[row] ?? ""
      return state.news.push({ availableAt: at, source, score: document.score, words: wordsOf(document.text) })
    }
    case "gap": {
      if (columns.payload[row]?.scope === "source") {
        seen(state, Input.source_gap, at, sequence)
        state.sourcesDown = new Set([...state.sourcesDown, columns.source[row] ?? ""])
        return
      }
      seen(state, Input.market_gap, at, sequence)
      state.inGap = true
      return
    }
    case "gap_end": {
      // a market's gap ends with its next book or quote, whatever the feed says
      if (columns.payload[row]?.scope !== "source") return
      seen(state, Input.source_gap, at, sequence)
      state.sourcesDown = new Set([...state.sourcesDown].filter((source) => source !== (columns.source[row] ?? "")))
      return
    }
    case "market_closed":
      seen(state, Input.market_closed, at, sequence)
      state.closed = true
      return
    case "resolution":
      seen(state, Input.resolution, at, sequence)
      state.closed = true
      return
  }
}
