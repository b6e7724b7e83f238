import { Schema } from "effect"
import type { EventBody } from "./naive/index.js"

/**
 * A recorded stream of an exchange, as events of prediction markets, one market a runner. Odds o are a probability of
 * 1 / o. What is available to lay at some odds are offers to buy the outcome at that probability, so `atl` are bids; what
 * is available to back (`atb`) are offers to sell it, so asks: the best back odds lie below the best lay odds, and the book
 * is uncrossed. An update is a price_change, a size of 0 deletes, a full image is a book; a suspension is a gap.
 */
const Prices = Schema.Array(Schema.Tuple(Schema.Number, Schema.Number))

const Runner = Schema.Struct({
  id: Schema.Number,
  atb: Schema.optional(Prices),
  atl: Schema.optional(Prices),
  trd: Schema.optional(Prices),
  ltp: Schema.optional(Schema.Number)
})

const Definition = Schema.Struct({
  status: Schema.String,
  marketTime: Schema.String,
  runners: Schema.Array(Schema.Struct({ id: Schema.Number, name: Schema.String, status: Schema.String }))
})

const Message = Schema.parseJson(Schema.Struct({
  pt: Schema.Number,
  mc: Schema.Array(Schema.Struct({
    img: Schema.optional(Schema.Boolean),
    marketDefinition: Schema.optional(Definition),
    rc: Schema.optional(Schema.Array(Runner))
  }))
}))

type Untimed<E> = E extends EventBody ? Omit<E, "market" | "available_at"> : never

const probability = (odds: number) => (1 / odds).toFixed(6)

const levels = (prices: typeof Prices.Type = []) => prices.map(([odds, size]) => [probability(odds), size] as const)

const changes = (side: "bid" | "ask", prices: typeof Prices.Type = []) =>
  prices.map(([odds, size]) => [side, probability(odds), size] as const)

const offers = ({ atb, atl }: typeof Runner.Type, isImage: boolean): ReadonlyArray<Untimed<EventBody>> => {
  if (isImage) return [{ type: "book", bids: levels(atl), asks: levels(atb) }]
  const all = [...changes("bid", atl), ...changes("ask", atb)]
  return all.length === 0 ? [] : [{ type: "price_change", changes: all }]
}

const trades = ({ ltp, trd = [] }: typeof Runner.Type): ReadonlyArray<Untimed<EventBody>> =>
  ltp === undefined
    ? []
    : [{ type: "trade", price: probability(ltp), size: trd.find(([odds]) => odds === ltp)?.[1] ?? 0, side: "buy" }]

const statuses = (
  { marketTime, runners, status }: typeof Definition.Type,
  id: number,
  before: string | undefined
): ReadonlyArray<Untimed<EventBody>> => {
  const runner = runners.find((each) => each.id === id)
  if (runner === undefined || status === before) return []
  switch (status) {
    case "OPEN":
      return [
        { type: "market", question: `Will ${runner.name} win?`, end_date: marketTime },
        ...(before === undefined ? [{ type: "book" as const, bids: [], asks: [] }] : [])
      ]
    case "SUSPENDED":
      return [{ type: "gap", scope: "market", reason: "suspended" }]
    case "CLOSED":
      return [{ type: "market_closed" }, { type: "resolution", outcome: runner.status === "WINNER" ? 1 : 0 }]
    default:
      return []
  }
}

/** The events of each runner, by its id, in the order of the stream. */
export const betfairEvents = (lines: Iterable<string>): ReadonlyMap<string, ReadonlyArray<EventBody>> => {
  const decode = Schema.decodeUnknownSync(Message)
  const events = new Map<string, Array<EventBody>>()
  let status: string | undefined = undefined
  for (const line of lines) {
    const { mc, pt } = decode(line)
    const emit = (id: number, bodies: ReadonlyArray<Untimed<EventBody>>) => {
      const market = String(id)
      const of = events.get(market) ?? []
      events.set(market, of)
      for (const body of bodies) of.push({ ...body, market, available_at: pt })
    }
    for (const { img = false, marketDefinition, rc = [] } of mc) {
      for (const { id } of marketDefinition?.runners ?? []) {
        if (marketDefinition !== undefined) emit(id, statuses(marketDefinition, id, status))
      }
      status = marketDefinition?.status ?? status
      for (const runner of rc) emit(runner.id, [...offers(runner, img), ...trades(runner)])
    }
  }
  return events
}
