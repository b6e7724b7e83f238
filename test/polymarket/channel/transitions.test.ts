import { FastCheck as fc } from "effect"
import { describe, expect, it } from "vitest"
import { seeded } from "../../../src/audit/random.js"
import type { MarketEvent } from "../../../src/domain/Event.js"
import { Instant } from "../../../src/domain/Instant.js"
import { foldBook } from "../../../src/polymarket/channel/fold.js"
import { readFrame } from "../../../src/polymarket/channel/frame.js"
import { MarketFeed } from "../../../src/polymarket/channel/MarketFeed.js"
import {
  beginSubscription,
  loseBook,
  takeAnswer,
  takeBook,
  takeChange,
  takeResolution,
  takeTrade
} from "../../../src/polymarket/channel/transitions.js"
import { book, type Change, listing, mirrorBook, noon, priceChange, type Side } from "./frames.js"

const market = listing(1)
const other = listing(2)

/** A feed that is told messages as the venue writes them; what comes of each is looked at afterwards. */
const makeFeed = () => {
  const feed = new MarketFeed(market)
  beginSubscription(feed)
  const events: Array<MarketEvent> = []
  const dropped: Array<string> = []
  const outcome = (now = noon) => ({
    events,
    dropped: (reason: string): undefined => {
      dropped.push(reason)
      return undefined
    },
    now
  })
  const tell = (input: object, now?: number) => {
    const [message] = readFrame(JSON.stringify(input)).messages
    switch (message?.type) {
      case "book":
        return takeBook(feed, message, outcome(now))
      case "price_change":
        return takeChange(feed, message, outcome(now))
      case "last_trade_price":
        return takeTrade(feed, message, outcome(now))
      case "market_resolved":
        return takeResolution(feed, message, outcome(now))
      default:
        return "not told"
    }
  }
  const answer = (at: number, { asks, bids }: Side) => {
    const units = (side: Side["bids"]) =>
      side.map(([price, size]) => [price * 1_000, Number(size) * 1_000_000] as const)
    return takeAnswer(feed, Instant(at), foldBook(false, units(bids), units(asks)), outcome())
  }
  const bodies = () => events.splice(0).map(({ body, eventTime }) => ({ at: (eventTime ?? 0) - noon, ...body }))
  return { feed, tell, answer, bodies, dropped }
}

const sides: Side = { bids: [[470, "5"], [480, "10"]], asks: [[530, "1"], [520, "7"]] }
const bookEvent = (at: number) => ({
  at,
  kind: "book",
  bids: [[470_000, 5_000_000], [480_000, 10_000_000]],
  asks: [[530_000, 1_000_000], [520_000, 7_000_000]]
})
const bid = (price: number, size: string): Change => ({ side: "BUY", price, size })
const ask = (price: number, size: string): Change => ({ side: "SELL", price, size })
const changed = (at: number, ...changes: ReadonlyArray<readonly [string, number, number]>) => ({
  at,
  kind: "price_change",
  changes: changes.map(([side, price, size]) => [side, price * 1_000, size * 1_000_000])
})

const live = (at = noon) => {
  const made = makeFeed()
  made.tell(book(market, at, sides))
  made.bodies()
  return made
}

describe("a feed of one market", () => {
  it("begins with a book, of whichever token comes first", () => {
    const { bodies, dropped, tell } = makeFeed()
    tell(book(market, noon, sides))
    tell(mirrorBook(market, noon, sides))
    expect(bodies()).toEqual([bookEvent(0)])
    expect(dropped).toEqual(["duplicate"])

    const no = makeFeed()
    no.tell(mirrorBook(market, noon, sides))
    no.tell(book(market, noon, sides))
    expect(no.bodies()).toEqual([bookEvent(0)])
  })

  it("takes both tokens' changes as one of YES", () => {
    const { bodies, tell } = live()
    expect(tell(priceChange(market, noon + 5, bid(490, "3"), "0.49", "0.52"))).toBeUndefined()
    expect(tell(priceChange(market, noon + 6, ask(520, "0"), "0.49", "0.53"))).toBeUndefined()
    expect(bodies()).toEqual([changed(5, ["bid", 490, 3]), changed(6, ["ask", 520, 0])])
  })

  it("takes changes told of NO alone, also in the older shape, one message for each token", () => {
    const { bodies, dropped, tell } = live()
    const older = (asset_id: string, side: string, price: string) => ({
      asset_id,
      market: market.id,
      changes: [{ price, side, size: "3" }],
      timestamp: noon + 1,
      hash: asset_id.slice(0, 9)
    })
    tell(older(market.no, "SELL", "0.51"))
    tell(older(market.yes, "BUY", "0.49"))
    expect(bodies()).toEqual([changed(1, ["bid", 490, 3])])
    expect(dropped).toEqual(["duplicate"])
  })

  it("applies what one message says of a level in its order", () => {
    const { bodies, tell } = live()
    const [first, second] = [bid(480, "1"), bid(480, "2")]
    const message = priceChange(market, noon + 1, first)
    const more = [...message.price_changes, ...priceChange(market, noon + 1, second).price_changes]
    tell({ ...message, price_changes: [...more, ...message.price_changes] })
    expect(bodies()).toEqual([changed(1, ["bid", 480, 1], ["bid", 480, 2], ["bid", 480, 1])])
  })

  it.each([
    ["a bid", bid(490, "3"), "0.48", "0.52"],
    ["an ask", ask(510, "3"), "0.48", "0.52"],
    ["a side that is not empty", ask(510, "3"), "0.48", "1"],
    ["the last change of a message", bid(470, "0"), "0.47", ""]
  ])("loses its book where the best prices differ: %s", (_, change, bestBid, bestAsk) => {
    const { bodies, tell } = live()
    expect(tell(priceChange(market, noon + 1, change, bestBid, bestAsk))).toBe("book_mismatch")
    expect(bodies()).toEqual([])
  })

  it("takes 0 and 1 for the best prices of an empty side, and nothing for not said", () => {
    const { tell } = live()
    expect(tell(priceChange(market, noon + 1, ask(520, "0"), "", ""))).toBeUndefined()
    expect(tell(priceChange(market, noon + 2, ask(530, "0"), "0.48", "1"))).toBeUndefined()
    expect(tell(priceChange(market, noon + 3, bid(480, "0"), "0.47", "1"))).toBeUndefined()
    expect(tell(priceChange(market, noon + 4, bid(470, "0"), "0", "1"))).toBeUndefined()
  })

  it("records crossed books as they are", () => {
    const { bodies, feed, tell } = live()
    expect(tell(priceChange(market, noon + 1, bid(525, "3"), "0.525", "0.52"))).toBeUndefined()
    expect(bodies()).toEqual([changed(1, ["bid", 525, 3])])
    expect(feed.book.bestBid()).toBeGreaterThan(feed.book.bestAsk())
  })

  it("drops what it was told before, also late, and whatever came in between", () => {
    const { bodies, dropped, tell } = live()
    const first = priceChange(market, noon + 1, bid(480, "1"))
    const second = priceChange(market, noon + 1, bid(480, "2"))
    for (
      const message of [
        first,
        second,
        first,
        priceChange(market, noon + 9, ask(520, "4")),
        second,
        book(market, noon, sides)
      ]
    ) {
      expect(tell(message)).toBeUndefined()
    }
    expect(bodies()).toEqual([changed(1, ["bid", 480, 1]), changed(1, ["bid", 480, 2]), changed(9, ["ask", 520, 4])])
    expect(dropped).toEqual(["duplicate", "duplicate", "duplicate"])
  })

  it("takes two messages of one moment and one hash for two", () => {
    const { bodies, tell } = live()
    tell(priceChange(market, noon + 1, bid(480, "1")))
    tell(priceChange(market, noon + 1, bid(470, "1")))
    expect(bodies()).toHaveLength(2)
  })

  it.each([
    ["a change", priceChange(market, noon + 1, bid(480, "1"))],
    ["a book", book(market, noon + 1, { bids: [[480, "1"]], asks: [] })]
  ])("loses its book where something comes late: %s", (_, late) => {
    const { tell } = live()
    tell(priceChange(market, noon + 5, bid(490, "1")))
    expect(tell(late)).toBe("out_of_order")
  })

  it("loses nothing by a late book that says what is known", () => {
    const { dropped, tell } = live(noon + 2)
    expect(tell(mirrorBook(market, noon + 1, sides))).toBeUndefined()
    expect(dropped).toEqual(["duplicate"])
  })

  it("keeps changes back in a gap, and tells behind a book by REST what that has not seen", () => {
    const { answer, bodies, dropped, feed, tell } = live()
    expect(loseBook(feed)).toBe(true)
    expect(loseBook(feed)).toBe(false)
    for (const at of [1, 2, 3]) tell(priceChange(market, noon + at, bid(480, String(at))))
    expect(bodies()).toEqual([])
    expect(answer(noon + 2, { ...sides, bids: [[480, "2"], [470, "5"]] })).toBe(true)
    expect(bodies()).toEqual([
      {
        ...bookEvent(2),
        bids: [[470_000, 5_000_000], [480_000, 2_000_000]]
      },
      changed(2, ["bid", 480, 2]),
      changed(3, ["bid", 480, 3])
    ])
    expect(dropped).toEqual(["in_gap"])
  })

  it("refuses a book by REST that is older than what was known", () => {
    const { answer, bodies, dropped, feed, tell } = live()
    tell(priceChange(market, noon + 5, bid(490, "1")))
    bodies()
    loseBook(feed)
    expect(answer(noon + 4, sides)).toBe(false)
    expect(feed.synced).toBe(false)
    expect(answer(noon + 5, sides)).toBe(true)
    expect(bodies()).toEqual([bookEvent(5)])
    expect(dropped).toEqual(["outdated_book"])
  })

  it("refuses a book by REST that is older than the last one by REST", () => {
    const { answer, feed } = live()
    loseBook(feed)
    expect(answer(noon + 10, sides)).toBe(true)
    loseBook(feed)
    expect(answer(noon + 9, sides)).toBe(false)
    expect(answer(noon + 10, sides)).toBe(true)
  })

  it("refuses a book that is contradicted by what has come behind it", () => {
    const { answer, bodies, feed, tell } = live()
    loseBook(feed)
    tell(priceChange(market, noon + 3, ask(520, "1"), "0.49", "0.52"))
    expect(answer(noon + 1, sides)).toBe(false)
    expect(bodies()).toEqual([])
    expect(answer(noon + 2, { ...sides, bids: [[490, "1"]] })).toBe(false)
    expect(answer(noon + 4, { ...sides, bids: [[490, "1"]] })).toBe(true)
  })

  it("passes over what a book by REST was ahead of", () => {
    const { answer, bodies, dropped, feed, tell } = live()
    loseBook(feed)
    expect(answer(noon + 10, sides)).toBe(true)
    bodies()
    expect(tell(priceChange(market, noon + 7, bid(480, "9"), "0.44", "0.52"))).toBeUndefined()
    expect(tell(book(market, noon + 8, { bids: [], asks: [] }))).toBeUndefined()
    expect(tell(priceChange(market, noon + 10, bid(480, "11"), "0.48", "0.52"))).toBeUndefined()
    expect(bodies()).toEqual([changed(10, ["bid", 480, 11])])
    expect(dropped).toEqual(["superseded", "superseded"])
  })

  it("begins anew with a subscription: with the very book that it knew", () => {
    const { bodies, feed, tell } = live()
    beginSubscription(feed)
    tell(book(market, noon, sides))
    expect(bodies()).toEqual([bookEvent(0)])
  })

  it("takes no older book on a new subscription", () => {
    const { bodies, dropped, feed, tell } = live(noon + 5)
    beginSubscription(feed)
    tell(book(market, noon + 4, sides))
    expect(bodies()).toEqual([])
    expect(dropped).toEqual(["outdated_book"])
  })

  it("takes a book that its changes have overtaken, and the changes behind it", () => {
    const { bodies, tell } = makeFeed()
    tell(priceChange(market, noon + 2, bid(480, "1"), "0.48", "0.52"))
    tell(book(market, noon + 1, sides))
    expect(bodies()).toEqual([bookEvent(1), changed(2, ["bid", 480, 1])])
  })

  it("needs a newer book where changes came late in a gap, and where more came than it keeps", () => {
    const late = live()
    loseBook(late.feed)
    late.tell(priceChange(market, noon + 5, bid(480, "1")))
    late.tell(priceChange(market, noon + 3, bid(470, "1")))
    expect(late.answer(noon + 4, sides)).toBe(false)
    expect(late.answer(noon + 5, sides)).toBe(true)

    const many = live()
    loseBook(many.feed)
    for (let at = 1; at <= 300; at++) many.tell(priceChange(market, noon + at, bid(480, String(at))))
    expect(many.answer(noon + 20, sides)).toBe(false)
    expect(many.answer(noon + 44, sides)).toBe(true)
    expect(many.bodies()).toHaveLength(1 + 300 - 44)
  })

  it("takes trades of either token once, in a gap too, but none behind a newer one", () => {
    const { bodies, dropped, tell } = makeFeed()
    const trade = (asset_id: string, at: number, price: string, side: string, size = "25.5") => ({
      event_type: "last_trade_price",
      asset_id,
      market: market.id,
      price,
      size,
      side,
      fee_rate_bps: "",
      timestamp: String(noon + at)
    })
    tell(trade(market.yes, 1, "0.51", "BUY"))
    tell(trade(market.no, 1, "0.49", "SELL"))
    tell(trade(market.no, 2, "0.4", "BUY"))
    tell(trade(market.yes, 1, "0.51", "BUY"))
    tell(trade(market.yes, 1, "0.52", "BUY"))
    expect(bodies()).toEqual([
      { at: 1, kind: "trade", price: 510_000, size: 25_500_000, side: "buy" },
      { at: 2, kind: "trade", price: 600_000, size: 25_500_000, side: "sell" }
    ])
    expect(dropped).toEqual(["duplicate", "duplicate", "late_trade"])
  })

  it("tells the outcome once", () => {
    const resolved = (winning_asset_id: string) => ({
      event_type: "market_resolved",
      market: market.id,
      winning_asset_id,
      timestamp: noon
    })
    for (
      const [winner, body] of [
        [market.yes, { at: 0, kind: "resolution", outcome: 1 }],
        [market.no, { at: 0, kind: "resolution", outcome: 0 }],
        ["", { at: 0, kind: "market_closed" }]
      ] as const
    ) {
      const { bodies, dropped, tell } = live()
      expect(tell(resolved(other.yes))).toBe(false)
      expect(tell(resolved(winner))).toBe(true)
      expect(tell(resolved(winner))).toBe(true)
      expect(bodies()).toEqual([body])
      expect(dropped).toEqual(["duplicate"])
    }
  })

  it("has the venue's book whenever it has one, however messages repeat, get lost, come late or are interrupted", () => {
    let compared = 0
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = seeded(seed)
        const { answer, bodies, feed, tell } = makeFeed()
        // the venue: one level a side moves, so that the best prices tell of every loss
        let [bids, asks, at] = [480, 520, noon]
        const truth = () => ({ bids: [[bids, "1"]], asks: [[asks, "1"]] }) as const
        let delayed: object | undefined
        let isMissing = false
        tell(book(market, at, truth()))
        for (let step = 0; step < 60; step++) {
          // within one millisecond nobody can tell the order of what is new
          at += !isMissing && random() < 0.2 ? 0 : 1
          const before = random() < 0.5 ? bids : asks
          const isBid = before === bids
          const after = isBid ? 400 + Math.floor(random() * 90) : 510 + Math.floor(random() * 90)
          if (after === before) continue
          if (isBid) bids = after
          else asks = after
          const side = isBid ? bid : ask
          const best = [String(bids / 1_000), String(asks / 1_000)] as const
          const message = {
            ...priceChange(market, at, side(before, "0")),
            price_changes: [
              ...priceChange(market, at, side(before, "0")).price_changes,
              ...priceChange(market, at, side(after, "1"), ...best).price_changes
            ]
          }
          const fate = random()
          const reasons: Array<unknown> = []
          if (fate < 0.1) delayed = message
          else if (fate > 0.2) reasons.push(tell(message))
          if (fate > 0.9) reasons.push(tell(message))
          if (fate > 0.4 && fate < 0.5) reasons.push(tell(mirrorBook(market, at, truth())))
          if (delayed !== undefined && delayed !== message && random() < 0.3) {
            reasons.push(tell(delayed))
            delayed = undefined
          }
          if (reasons.some((reason) => reason !== undefined)) loseBook(feed)
          if (!feed.synced && random() < 0.5) answer(at, truth())
          if (random() < 0.03) beginSubscription(feed)
          const isTold = fate > 0.2
          isMissing = !isTold
          if (feed.synced && isTold && feed.said === at) {
            compared++
            expect([feed.book.bestBid(), feed.book.bestAsk()]).toEqual([bids * 1_000, asks * 1_000])
          }
        }
        expect(bodies().every(({ at: time }, i, all) => i === 0 || time >= (all[i - 1]?.at ?? 0))).toBe(true)
      }),
      { numRuns: 500 }
    )
    expect(compared).toBeGreaterThan(5_000)
  })
})
