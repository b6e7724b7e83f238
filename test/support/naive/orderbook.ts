import type { Depth, Level, Touch } from "./book.js"
import { depthOf, feedReason, touchOf } from "./book.js"
import type { Events } from "./events.js"
import type { NaiveParameters, Outcome } from "./outcome.js"
import { add, divide, fromMillionths, multiply, rational, subtract, sum, toNumber } from "./rational.js"

const depthOfSide = (side: ReadonlyArray<Level>, levels: number) =>
  sum(side.slice(0, levels).map(({ size }) => fromMillionths(size)))

/** The touch by the sizes behind it: the more is bid, the nearer the ask. */
const weightedTouch = ({ asks, bids }: Depth, touch: Touch, levels: number) => {
  const bid = depthOfSide(bids, levels)
  const weight = divide(bid, add(bid, depthOfSide(asks, levels)))
  return toNumber(
    add(
      multiply(weight, fromMillionths(touch.ask)),
      multiply(subtract(rational(1n), weight), fromMillionths(touch.bid))
    )
  )
}

const imbalance = ({ asks, bids }: Depth, levels: number): Outcome => {
  const bid = depthOfSide(bids, levels)
  const ask = depthOfSide(asks, levels)
  const both = add(bid, ask)
  return both.numerator === 0n ? "empty_book" : toNumber(divide(subtract(bid, ask), both))
}

export const orderbookFeatures = (events: Events, { levels }: NaiveParameters["orderbook"]) => {
  const depth = feedReason(events) ?? depthOf(events)
  const touch = touchOf(events)
  const ofDepth = (value: (depth: Depth) => Outcome): Outcome => typeof depth === "string" ? depth : value(depth)
  const ofTouch = (value: (depth: Depth, touch: Touch) => number): Outcome =>
    ofDepth((known) => typeof touch === "string" ? touch : value(known, touch))
  return {
    "orderbook.bid_depth": ofDepth(({ bids }) => toNumber(depthOfSide(bids, levels))),
    "orderbook.ask_depth": ofDepth(({ asks }) => toNumber(depthOfSide(asks, levels))),
    "orderbook.imbalance_ratio": ofDepth((known) => imbalance(known, levels)),
    "orderbook.microprice": ofTouch((known, best) => weightedTouch(known, best, 1)),
    "orderbook.weighted_mid": ofTouch((known, best) => weightedTouch(known, best, levels))
  }
}
