import type { LevelChange, Side } from "./Book.js"
import type { SimulatedMarket, Update } from "./SimulatedMarket.js"

/** How the venue misspeaks at present. */
export interface Speech {
  /** levels of books in no order */
  readonly unsorted: boolean
  /** hashes that name no state of the book */
  readonly wrongHash: boolean
}

export const plainSpeech: Speech = { unsorted: false, wrongHash: false }

/** One websocket frame, and whom it is for. */
export interface Frame {
  readonly kind: Update["kind"]
  /** followers of this token, of either, or everybody */
  readonly to: "yes" | "no" | "either" | "all"
  /** only for connections that asked for custom features */
  readonly custom: boolean
  readonly text: string
}

export type TokenSide = "yes" | "no"

const decimal = (units: number, scale: number, bare: boolean): string => {
  const text = String(units / scale)
  return bare && text.startsWith("0.") ? text.slice(1) : text
}

const sideNames = { bid: "BUY", ask: "SELL" } as const
const mirrored = { bid: "ask", ask: "bid" } as const
const opposite = { BUY: "SELL", SELL: "BUY" } as const

/** A level as the token sees it: the book of NO mirrors that of YES. */
const seenBy = (token: TokenSide, [side, price, size]: LevelChange): LevelChange =>
  token === "yes" ? [side, price, size] : [mirrored[side], 1_000 - price, size]

/** Some markets write their prices as ".48". */
const priceText = (market: SimulatedMarket, price: number): string =>
  decimal(price, 1_000, market.listing.index % 4 === 1)
const sizeText = (size: number): string => decimal(size, 100, false)

/** Forty digits that name a state of a token's book. */
const hashOf = (market: SimulatedMarket, token: TokenSide, { wrongHash }: Speech): string => {
  let word = Math.imul(market.steps * 2 + (token === "yes" ? 0 : 1), 0x9e3779b1) ^ market.listing.index
  if (wrongHash) word = ~word
  let text = ""
  for (let i = 0; i < 5; i++) {
    word = Math.imul(word ^ (word >>> 15), 0x2c1b3c6d) + i
    text += (word >>> 0).toString(16).padStart(8, "0")
  }
  return text
}

/** The same order every time, which is neither rising nor falling. */
const shuffled = <A>(items: ReadonlyArray<A>): ReadonlyArray<A> => [
  ...items.filter((_, i) => i % 2 === 1),
  ...items.filter((_, i) => i % 2 === 0)
]

const levelsOf = (market: SimulatedMarket, token: TokenSide, side: Side, { unsorted }: Speech) => {
  const source = token === "yes" ? side : mirrored[side]
  const levels = market.book[source].list().map(([price, size]) => {
    const [, seen] = seenBy(token, [source, price, size])
    return { price: priceText(market, seen), size: sizeText(size) }
  })
  return unsorted ? shuffled(levels) : levels
}

export const tokenOf = ({ listing }: SimulatedMarket, token: TokenSide): string =>
  token === "yes" ? listing.yes : listing.no

/** The book of one token as `/book` answers it and, with its event type, as the channel sends it. */
export const bookOf = (market: SimulatedMarket, token: TokenSide, speech: Speech) => ({
  market: market.listing.conditionId,
  asset_id: tokenOf(market, token),
  timestamp: String(market.at),
  hash: hashOf(market, token, speech),
  bids: levelsOf(market, token, "bid", speech),
  asks: levelsOf(market, token, "ask", speech)
})

export const bookMessage = (market: SimulatedMarket, token: TokenSide, speech: Speech) => ({
  event_type: "book",
  ...bookOf(market, token, speech)
})

/** A book that is crossed: its best bid stands above its best ask. For books with two sides. */
export const crossedBookMessage = (market: SimulatedMarket, token: TokenSide) => {
  const message = bookMessage(market, token, plainSpeech)
  const best = message.asks.at(-1) ?? { price: "0.5", size: "10" }
  return { ...message, bids: [...message.bids, { price: String(Math.min(1, Number(best.price) + 0.01)), size: "10" }] }
}

const bestText = (market: SimulatedMarket, token: TokenSide, side: Side): string => {
  const source = token === "yes" ? side : mirrored[side]
  const { best } = market.book[source]
  return best === undefined ? "" : priceText(market, token === "yes" ? best : 1_000 - best)
}

const header = (market: SimulatedMarket, token: TokenSide) => ({
  market: market.listing.conditionId,
  asset_id: tokenOf(market, token),
  timestamp: String(market.at)
})

const bothTokens = ["yes", "no"] as const

const priceChange = (market: SimulatedMarket, changes: ReadonlyArray<LevelChange>, speech: Speech): string => {
  const sides = bothTokens.map((token) => ({
    token,
    common: {
      hash: hashOf(market, token, speech),
      best_bid: bestText(market, token, "bid"),
      best_ask: bestText(market, token, "ask")
    }
  }))
  return JSON.stringify({
    market: market.listing.conditionId,
    price_changes: changes.flatMap((change) =>
      sides.map(({ common, token }) => {
        const [side, price, size] = seenBy(token, change)
        return {
          asset_id: tokenOf(market, token),
          price: priceText(market, price),
          size: sizeText(size),
          side: sideNames[side],
          ...common
        }
      })
    ),
    timestamp: String(market.at),
    event_type: "price_change"
  })
}

/** A trade is told of the token that was traded: now the one, now the other. */
const trade = (market: SimulatedMarket, { price, side, size }: Update & { readonly kind: "trade" }): Frame => {
  const token = market.steps % 3 === 0 ? "no" : "yes"
  return {
    kind: "trade",
    to: token,
    custom: false,
    text: JSON.stringify({
      event_type: "last_trade_price",
      ...header(market, token),
      price: priceText(market, token === "yes" ? price : 1_000 - price),
      size: sizeText(size),
      side: token === "yes" ? side : opposite[side],
      fee_rate_bps: market.listing.feeRate === 0 ? "" : String(Math.round(market.listing.feeRate * 10_000))
    })
  }
}

const perToken = (kind: Update["kind"], custom: boolean, text: (token: TokenSide) => string): ReadonlyArray<Frame> =>
  bothTokens.map((token) => ({ kind, to: token, custom, text: text(token) }))

const announcement = ({ at, listing }: SimulatedMarket) => ({
  event_type: "new_market",
  id: listing.gammaId,
  question: listing.question,
  market: listing.conditionId,
  slug: listing.slug,
  description: "",
  assets_ids: [listing.yes, listing.no],
  outcomes: listing.outcomes,
  event_message: { id: `9${listing.gammaId}`, ticker: listing.slug, slug: listing.slug, title: listing.question },
  timestamp: String(at),
  tags: [listing.tag.slug],
  condition_id: listing.conditionId,
  active: true,
  clob_token_ids: [listing.yes, listing.no],
  order_price_min_tick_size: "0.01"
})

/** The outcome that pays, by name; the first one where both pay half. */
const winner = ({ outcome, no, outcomes, yes }: SimulatedMarket["listing"]) => {
  const yesName = outcomes[0] === "No" ? outcomes[1] : outcomes[0]
  const noName = outcomes[0] === "No" ? outcomes[0] : outcomes[1]
  return outcome === 0 ? { asset: no, name: noName } : { asset: yes, name: yesName }
}

const resolution = ({ at, listing }: SimulatedMarket) => ({
  event_type: "market_resolved",
  id: listing.gammaId,
  market: listing.conditionId,
  assets_ids: [listing.yes, listing.no],
  winning_asset_id: listing.outcome === 0.5 ? "" : winner(listing).asset,
  winning_outcome: listing.outcome === 0.5 ? "" : winner(listing).name,
  timestamp: String(at),
  tags: [listing.tag.slug]
})

/** The frames that tell of an update; the market stands right after it. */
export const framesOf = (market: SimulatedMarket, update: Update, speech: Speech): ReadonlyArray<Frame> => {
  switch (update.kind) {
    case "announced":
      return [{ kind: "announced", to: "all", custom: true, text: JSON.stringify(announcement(market)) }]
    case "price_change":
      return [{ kind: "price_change", to: "either", custom: false, text: priceChange(market, update.changes, speech) }]
    case "book":
      return perToken("book", false, (token) => JSON.stringify(bookMessage(market, token, speech)))
    case "trade":
      return [trade(market, update)]
    case "best_bid_ask":
      return perToken("best_bid_ask", true, (token) =>
        JSON.stringify({
          event_type: "best_bid_ask",
          ...header(market, token),
          best_bid: bestText(market, token, "bid"),
          best_ask: bestText(market, token, "ask"),
          spread: String(((market.book.ask.best ?? 1_000) - (market.book.bid.best ?? 0)) / 1_000)
        }))
    case "tick_size":
      return perToken("tick_size", false, (token) =>
        JSON.stringify({
          event_type: "tick_size_change",
          ...header(market, token),
          old_tick_size: String(update.before / 1_000),
          new_tick_size: String(update.after / 1_000)
        }))
    case "resolved":
      return [{ kind: "resolved", to: "either", custom: true, text: JSON.stringify(resolution(market)) }]
  }
}
