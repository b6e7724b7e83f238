import { tags } from "./Listing.js"
import type { SimulatedMarket } from "./SimulatedMarket.js"

const iso = (at: number): string => new Date(at).toISOString()

/** Times of closing are written otherwise than all the rest: a space, and `+00`. */
const closedTime = (at: number): string => iso(at).replace("T", " ").replace(/\.\d+Z$/u, "+00")

/** YES stands second where the outcomes say so. */
const inOrder = <A>({ listing }: SimulatedMarket, yes: A, no: A): readonly [A, A] =>
  listing.outcomes[0] === "No" ? [no, yes] : [yes, no]

const yesPrice = (market: SimulatedMarket): number =>
  market.resolved ? market.listing.outcome : Math.round(market.mid()) / 1_000

/** What is reported only now and then: every sixth row lacks it. */
const sometimes = (market: SimulatedMarket) => {
  if (market.listing.index % 6 === 5) return { liquidity: null }
  const { ask, bid } = market.book
  const { liquidity } = market.listing
  return {
    liquidity: String(liquidity),
    liquidityNum: liquidity,
    volume24hr: Math.round(market.volume * 100) / 100,
    spread: ((ask.best ?? 1_000) - (bid.best ?? 0)) / 1_000,
    bestBid: (bid.best ?? 0) / 1_000,
    bestAsk: (ask.best ?? 1_000) / 1_000,
    lastTradePrice: (market.fills.at(-1)?.price ?? 500) / 1_000
  }
}

/** A market as `/markets` answers it now. Some values are JSON within JSON. */
export const marketRow = (market: SimulatedMarket, withTags: boolean) => {
  const { listing } = market
  const price = yesPrice(market)
  // a fresh market has a row before its tokens are known
  const tokens = market.open || market.closed || listing.index % 2 === 0
    ? inOrder(market, listing.yes, listing.no)
    : ["", ""]
  return {
    id: listing.gammaId,
    question: listing.question,
    conditionId: listing.conditionId,
    slug: listing.slug,
    resolutionSource: "",
    endDate: iso(listing.endsAt),
    startDate: iso(listing.startsAt).replace(/(\d{3})Z$/u, "$1458Z"),
    createdAt: iso(listing.startsAt),
    updatedAt: iso(market.at),
    outcomes: JSON.stringify(listing.outcomes),
    outcomePrices: JSON.stringify(inOrder(market, String(price), String(Math.round(1_000 - 1_000 * price) / 1_000))),
    clobTokenIds: JSON.stringify(tokens),
    volume: String(Math.round(market.volume * 1e6) / 1e6),
    volumeNum: market.volume,
    active: true,
    closed: market.closed,
    archived: false,
    enableOrderBook: true,
    acceptingOrders: market.open,
    orderPriceMinTickSize: market.tick / 1_000,
    orderMinSize: 5,
    negRisk: listing.negRisk,
    feesEnabled: listing.feeRate > 0,
    feeSchedule: { rate: listing.feeRate, exponent: 1, takerOnly: true },
    umaResolutionStatuses: market.resolved ? "[\"proposed\", \"resolved\"]" : "[]",
    ...sometimes(market),
    ...(market.closed ? { closedTime: closedTime(listing.closesAt) } : {}),
    ...(market.resolved ? { umaResolutionStatus: "resolved", umaEndDate: iso(listing.resolvesAt) } : {}),
    ...(withTags ? { tags: [listing.tag] } : {}),
    events: [{
      id: `9${listing.gammaId}`,
      ticker: listing.slug,
      slug: `${listing.slug}-event`,
      title: listing.question
    }]
  }
}

export const eventRow = (market: SimulatedMarket) => {
  const row = marketRow(market, false)
  return {
    id: `9${market.listing.gammaId}`,
    ticker: market.listing.slug,
    slug: `${market.listing.slug}-event`,
    title: market.listing.question,
    startDate: row.startDate,
    endDate: row.endDate,
    active: true,
    closed: market.closed,
    tags: [market.listing.tag],
    markets: [row]
  }
}

export const tagRows = tags.map((tag) => ({ ...tag, forceShow: false }))
