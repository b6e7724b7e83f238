import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { readFrame } from "../../../src/polymarket/channel/frame.js"
import { digestText } from "../../../src/polymarket/channel/identity.js"

const folder = fileURLToPath(new URL("../../../../shared/data/venue-payloads/", import.meta.url))
const isHere = existsSync(folder)
if (!isHere) process.stderr.write("\nNOT TESTED on recorded frames of the venue: they are not here\n\n")

const payload = (name: string): string => readFileSync(`${folder}${name}.json`, "utf8")

const token = "71321045679252212594626385532706912750332728571942532289631379312455583992563"
const outcomes = [
  "76043073756653678226373981964075571318267289248134717369284518995922789326425",
  "31690934263385727664202099278545688007799199447969475608906331829650099442770"
]

const expected: Readonly<Record<string, unknown>> = {
  // no event_type: its shape tells
  ws_book_snapshot: {
    type: "book",
    token,
    timestamp: 1_703_875_200_000,
    bids: [[480_000, 500_000_000], [490_000, 350_000_000], [500_000, 200_000_000]],
    asks: [[530_000, 400_000_000], [520_000, 250_000_000], [510_000, 150_000_000]]
  },
  ws_market_book_msg: {
    type: "book",
    token,
    timestamp: 1_703_875_200_000,
    bids: [[500_000, 200_000_000], [490_000, 350_000_000]],
    asks: [[510_000, 150_000_000], [520_000, 250_000_000]]
  },
  ws_market_price_change_msg: {
    type: "price_change",
    timestamp: 1_703_875_201_000,
    changes: [{
      token,
      side: "bid",
      price: 510_000,
      size: 150_000_000,
      hash: digestText("0xhash001"),
      bestBid: 510_000,
      bestAsk: 520_000
    }]
  },
  ws_market_last_trade_msg: {
    type: "last_trade_price",
    token,
    timestamp: 1_703_875_202_000,
    price: 510_000,
    size: 25_000_000,
    side: "buy",
    hash: 0
  },
  ws_market_tick_size_msg: { type: "tick_size_change", token },
  ws_market_best_bid_ask_msg: {
    type: "best_bid_ask",
    token: "85354956062430465315924116860125388538595433819574542752031640332592237464430"
  },
  ws_market_new_market_msg: {
    type: "new_market",
    market: "0x311d0c4b6671ab54af4970c06fcf58662516f5168997bdda209ec3db5aa6b0c1"
  },
  ws_market_resolved_msg: {
    type: "market_resolved",
    market: "0x311d0c4b6671ab54af4970c06fcf58662516f5168997bdda209ec3db5aa6b0c1",
    timestamp: 1_766_790_415_550,
    winner: outcomes[0]
  }
}

describe.runIf(isHere)("a recorded frame of the venue is read", () => {
  it.each(Object.keys(expected))("%s", (name) => {
    expect(readFrame(payload(name))).toEqual({ messages: [expected[name]], refused: [], unknown: [] })
  })

  it("all of them in one array", () => {
    const names = Object.keys(expected)
    const { messages, refused } = readFrame(`[${names.map(payload).join(",")}]`)
    expect(refused).toEqual([])
    expect(messages).toEqual(names.map((name) => expected[name]))
  })
})
