import { seeded } from "../../src/audit/random.js"
import { MarketId } from "../../src/domain/MarketId.js"
import { TokenId } from "../../src/polymarket/VenueMarket.js"

/** A market with ids as long as the venue's. */
const venueMarket = (index: number) => ({
  id: MarketId.make(`0x${String(index).padStart(64, "0")}`),
  yes: TokenId.make(`7${String(index).padStart(76, "0")}`),
  no: TokenId.make(`9${String(index).padStart(76, "0")}`)
})
type Market = ReturnType<typeof venueMarket>

const start = 1_780_000_000_000
const touch = { bid: 495, ask: 505 }
const depth = 40
const price = (thousandths: number): string => String(thousandths / 1_000)

interface VenueSide {
  readonly sign: 1 | -1
  readonly best: number
  readonly levels: Map<number, string>
}

const bestOf = ({ levels, sign }: VenueSide): number => sign * Math.max(...[...levels.keys()].map((one) => sign * one))

/** The venue's books, and the frames that tell of them: raw bytes, as a socket receives them. */
export const makeVenue = (markets: number, seed: number) => {
  const random = seeded(seed)
  const hash = () => Math.floor(random() * 2 ** 48).toString(16).padStart(40, "5e")
  const listed = Array.from({ length: markets }, (_, index) => {
    const side = (sign: 1 | -1, best: number): VenueSide => ({
      sign,
      best,
      levels: new Map(Array.from({ length: depth }, (_, level) => [best - sign * level * 5, "100"] as const))
    })
    return { market: venueMarket(index), bids: side(1, touch.bid), asks: side(-1, touch.ask) }
  })
  let sent = 0

  const bookFrame = ({ asks, bids, market }: typeof listed[number]) => {
    const levels = (side: VenueSide) => [...side.levels].map(([at, size]) => ({ price: price(at), size }))
    return {
      event_type: "book",
      asset_id: market.yes,
      market: market.id,
      bids: levels(bids),
      asks: levels(asks),
      timestamp: String(start)
    }
  }

  /** One level near the touch, as both tokens have it: a new size, or none one time in six. */
  const change = (): Buffer => {
    const { asks, bids, market } = listed[Math.floor(random() * markets)] ?? { ...listed[0], market: venueMarket(0) }
    const side = random() < 0.5 ? bids : asks
    if (bids === undefined || asks === undefined || side === undefined) return Buffer.of()
    const level = side.best - side.sign * Math.floor(random() * 8) * 5
    const isDeleted = side.levels.has(level) && side.levels.size > 20 && random() < 1 / 6
    const size = isDeleted ? "0" : String(Math.ceil(random() * 100_000) / 100)
    if (isDeleted) side.levels.delete(level)
    else side.levels.set(level, size)
    const [bid, ask] = [bestOf(bids), bestOf(asks)]
    const [yesSide, noSide] = side === bids ? ["BUY", "SELL"] : ["SELL", "BUY"]
    return Buffer.from(JSON.stringify({
      market: market.id,
      price_changes: [
        {
          asset_id: market.yes,
          price: price(level),
          size,
          side: yesSide,
          hash: hash(),
          best_bid: price(bid),
          best_ask: price(ask)
        },
        {
          asset_id: market.no,
          price: price(1_000 - level),
          size,
          side: noSide,
          hash: hash(),
          best_bid: price(1_000 - ask),
          best_ask: price(1_000 - bid)
        }
      ],
      timestamp: String(start + sent++),
      event_type: "price_change"
    }))
  }

  return {
    markets: listed.map(({ market }): Market => market),
    /** a full book of each */
    books: () => Buffer.from(JSON.stringify(listed.map(bookFrame))),
    changes: (count: number): ReadonlyArray<Buffer> => Array.from({ length: count }, change)
  }
}
