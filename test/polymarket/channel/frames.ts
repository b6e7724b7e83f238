import { FastCheck as fc } from "effect"
import { MarketId } from "../../../src/domain/MarketId.js"
import { TokenId } from "../../../src/polymarket/VenueMarket.js"

/** A market of the venue, made up: ids as long as real ones. */
export const listing = (index: number) => {
  const digits = String(index)
  return {
    id: MarketId.make(`0x${digits.padStart(64, "0")}`),
    yes: TokenId.make(`7${digits.padStart(76, "0")}`),
    no: TokenId.make(`9${digits.padStart(76, "0")}`)
  }
}
export type Listing = ReturnType<typeof listing>

/** Some instant, as the venue writes it. */
export const noon = 1_780_000_000_000

const mirrored = (price: number) => 1_000 - price

/** Thousandths as the venue writes prices. */
const priceText = (thousandths: number): string => String(thousandths / 1_000)

export interface Change {
  readonly side: "BUY" | "SELL"
  /** thousandths */
  readonly price: number
  /** shares, as text */
  readonly size: string
}

/** One entry of `price_changes` for each token, as the venue sends them: the second mirrors the first. */
const bothTokens = ({ no, yes }: Listing, { price, side, size }: Change, bid: string, ask: string) => {
  const other = (text: string) => text === "" ? "" : priceText(mirrored(Math.round(Number(text) * 1_000)))
  return [
    { asset_id: yes, price: priceText(price), size, side, hash: "56621a121a47ed9333273e21c83b660cff37ae50" },
    {
      asset_id: no,
      price: priceText(mirrored(price)),
      size,
      side: side === "BUY" ? "SELL" : "BUY",
      hash: "1895759e4df7a796bf4f1c5a5950b748306923e2"
    }
  ].map((entry, i) =>
    i === 0 ? { ...entry, best_bid: bid, best_ask: ask } : { ...entry, best_bid: other(ask), best_ask: other(bid) }
  )
}

export const priceChange = (market: Listing, at: number, change: Change, bid = "", ask = "") => ({
  market: market.id,
  price_changes: bothTokens(market, change, bid, ask),
  timestamp: String(at),
  event_type: "price_change"
})

const levels = (side: ReadonlyArray<readonly [price: number, size: string]>) =>
  side.map(([price, size]) => ({ price: priceText(price), size }))

export interface Side {
  readonly bids: ReadonlyArray<readonly [price: number, size: string]>
  readonly asks: ReadonlyArray<readonly [price: number, size: string]>
}

/** A `book` of YES, prices in thousandths. */
export const book = (market: Listing, at: number, { asks, bids }: Side) => ({
  event_type: "book",
  asset_id: market.yes,
  market: market.id,
  bids: levels(bids),
  asks: levels(asks),
  timestamp: String(at),
  hash: `0x${at}`
})

/** The same book as the other token has it. */
export const mirrorBook = (market: Listing, at: number, { asks, bids }: Side) => ({
  ...book(market, at, {
    bids: asks.map(([price, size]) => [mirrored(price), size]),
    asks: bids.map(([price, size]) => [mirrored(price), size])
  }),
  asset_id: market.no
})

export const decimals: fc.Arbitrary<string> = fc.oneof(
  fc.integer({ min: 0, max: 1_000_000 }).map((millionths) => String(millionths / 1_000_000)),
  fc.constantFrom(
    ".48",
    "0.5",
    "1",
    "0",
    "5.",
    "00.50",
    "0.1234567",
    "1e-3",
    "1e9",
    "-0.1",
    "",
    ".",
    "NaN",
    "2",
    "0.0000001"
  ),
  fc.double({ min: 0, max: 2_000_000_000, noNaN: true }).map(String)
)
