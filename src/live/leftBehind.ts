import { Effect } from "effect"
import type { MarketEvent } from "../domain/Event.js"
import type { EventColumns } from "../domain/EventColumns.js"
import { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import { polymarket } from "../polymarket/venueName.js"
import { EventLog } from "../store/EventLog.js"

/** What recordings before this one followed to no end. */
export interface LeftBehind {
  /** not resolved, as far as the log was told */
  readonly markets: ReadonlyArray<MarketId>
  /** of those whose book the log still takes for known, though nobody has listened since */
  readonly gaps: ReadonlyArray<MarketEvent>
}

/** How far back from its last event a market is looked at, in ms: its end, or its book, is not longer ago than that. */
const lookback = 3_600_000

const conditionId = /^0x[0-9a-f]{64}$/iu

const newest = (columns: ReadonlyArray<EventColumns>, wanted: (rows: EventColumns, row: number) => boolean): number => {
  let position = 0
  for (const rows of columns) {
    rows.sequence.forEach((sequence, row) => {
      if (sequence > position && wanted(rows, row)) position = sequence
    })
  }
  return position
}

const isOfMarket = (rows: EventColumns, row: number): boolean =>
  rows.kind === "gap" && rows.payload[row]?.scope === "market"

/** Looks for them in the log. A process that was killed has told it nothing of its end. */
export const leftBehind = Effect.gen(function*() {
  const log = yield* EventLog
  const markets: Array<MarketId> = []
  const gaps: Array<MarketEvent> = []
  for (const { lastAvailableAt, market } of yield* log.markets) {
    if (!conditionId.test(market)) continue
    const { columns } = yield* log.read(market, { from: Instant(Math.max(0, lastAvailableAt - lookback)) })
    const isOurs = columns.some(({ source }) => source.includes(polymarket))
    if (!isOurs || columns.some(({ kind }) => kind === "resolution")) continue
    markets.push(market)
    const isClosed = columns.some(({ kind }) => kind === "market_closed")
    const told = newest(columns, ({ kind }) => kind === "book" || kind === "quote" || kind === "price_change")
    if (isClosed || told < newest(columns, isOfMarket)) continue
    const body = { kind: "gap", interruption: { scope: "market", reason: "unfollowed" } } as const
    gaps.push({ market, source: polymarket, eventTime: undefined, body })
  }
  const found: LeftBehind = { markets, gaps }
  return found
})
