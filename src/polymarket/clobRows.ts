import { Either, flow, Option, Schema } from "effect"
import { OutcomeFromInput, PriceFromInput, SizeFromInput, TickSizeFromInput } from "../domain/Price.js"
import type { PricePoint } from "./Clob.js"
import type { VenueTrade } from "./DataApi.js"
import { maybe, reader, saying } from "./gammaRow.js"
import { Millis, mostLevels, Seconds, Side, Token } from "./venueFields.js"
import type { VenueBook } from "./VenueMarket.js"

const text = (most: number) => saying(`text of at most ${most} characters`, Schema.String.pipe(Schema.maxLength(most)))

const Levels = Schema.optionalWith(
  saying(
    `a list of at most ${mostLevels} levels`,
    Schema.Array(
      saying("a level with price within 0..1 and size", Schema.Struct({ price: PriceFromInput, size: SizeFromInput }))
    ).pipe(Schema.maxItems(mostLevels))
  ),
  { exact: true, default: () => [] }
)

const Book = Schema.Struct({
  market: text(256),
  asset_id: Token,
  timestamp: Millis,
  bids: Levels,
  asks: Levels,
  tick_size: maybe(TickSizeFromInput),
  hash: maybe(text(256))
})

const History = Schema.Struct({
  history: Schema.optionalWith(
    saying(
      "a list of points {t: seconds, p: price}",
      Schema.Array(Schema.Struct({ t: Seconds, p: OutcomeFromInput }))
    ),
    { exact: true, default: () => [] }
  )
})

const Trade = Schema.Struct({
  asset: Token,
  conditionId: text(256),
  side: Side,
  price: PriceFromInput,
  size: SizeFromInput,
  timestamp: Seconds,
  transactionHash: maybe(text(256))
})

/** Reads one order book of the CLOB, or says which field stands in the way. */
export const bookOf = flow(
  reader(Book),
  Either.map(({ asks, asset_id, bids, hash, market, tick_size, timestamp }): VenueBook => ({
    market,
    token: asset_id,
    timestamp,
    bids: bids.map(({ price, size }) => [price, size]),
    asks: asks.map(({ price, size }) => [price, size]),
    tickSize: tick_size,
    hash
  }))
)

/** Reads a price history, oldest first. */
export const pricePointsOf = flow(
  reader(History),
  Either.map(({ history }): ReadonlyArray<PricePoint> =>
    history.map(({ p, t }) => ({ at: t, price: p })).sort((a, b) => a.at - b.at)
  )
)

/** Reads one fill of the Data API. */
export const tradeOf = flow(
  reader(Trade),
  Either.map(({ asset, conditionId, price, side, size, timestamp, transactionHash }): VenueTrade => ({
    market: conditionId,
    token: asset,
    side: side === "BUY" || side === "buy" ? "buy" : "sell",
    price,
    size,
    at: timestamp,
    transaction: transactionHash
  }))
)

/** Whether an answer is a list at all; its rows are read one by one. */
export const rowsOf = (answer: Option.Option<unknown>): ReadonlyArray<unknown> | undefined => {
  const rows = Option.getOrElse(answer, (): unknown => [])
  return Array.isArray(rows) ? rows : undefined
}
