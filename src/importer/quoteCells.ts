import { Option } from "effect"
import { Buffer } from "node:buffer"
import { expectedInstant, isInstant, parseInstant } from "../domain/Instant.js"
import { expectedMarketId, isMarketId, MarketId } from "../domain/MarketId.js"
import { expectedAmount, expectedPrice, isPrice, parseDecimal, toUnits } from "../domain/Price.js"
import type { FieldProblem } from "../domain/problems.js"
import type { QuoteBatch } from "../store/EventLog.js"
import type { QuoteColumn } from "./ColumnMapping.js"

/** Cells of one column as a file gives them: text, numbers, bigints; null, undefined and "" are missing. */
export type Cells = ArrayLike<unknown>

export interface QuoteCells {
  readonly rows: number
  readonly columns: { readonly [Column in QuoteColumn]?: Cells | undefined }
}

export interface QuoteRows {
  readonly batch: QuoteBatch
  /** the first problem of each row that is not in the batch, by row */
  readonly refused: ReadonlyMap<number, FieldProblem>
}

/** No instant, price or amount: all of them are at least 0. */
const bad = -1

const isMissing = (cell: unknown): boolean => cell === null || cell === undefined || cell === ""

/** A time as a cell has it: an instant, NaN where there is none, and a number below 0 where it is refused. */
export const instantOf = (cell: unknown): number => {
  if (typeof cell === "number") return isInstant(cell) ? cell : bad
  if (typeof cell === "bigint") return instantOf(Number(cell))
  if (isMissing(cell)) return NaN
  return typeof cell === "string" ? Option.getOrElse(parseInstant(cell), () => bad) : bad
}

const decimalOf = (cell: unknown): number =>
  typeof cell === "bigint"
    ? Number(cell)
    : typeof cell === "string"
    ? Option.getOrElse(parseDecimal(cell), () => bad)
    : bad

const priceOf = (cell: unknown): number => {
  if (typeof cell === "number") return isPrice(cell) ? toUnits(cell) : bad
  return isMissing(cell) ? NaN : priceOf(decimalOf(cell))
}

const amountOf = (cell: unknown): number => {
  if (typeof cell === "number") return cell >= 0 && cell < Infinity ? cell + 0 : bad
  return isMissing(cell) ? NaN : amountOf(decimalOf(cell))
}

const mostKnown = 100_000

/** Market ids seen, each checked once: files repeat them row after row. */
export class MarketIds {
  readonly #known = new Map<unknown, MarketId>()

  get(cell: unknown): MarketId | undefined {
    const known = this.#known.get(cell)
    if (known !== undefined || typeof cell !== "string") return known
    // a copy: a slice of a block of text would keep the whole block alive
    const id = Buffer.from(cell, "utf8").toString("utf8")
    if (id !== cell || !isMarketId(id)) return undefined
    if (this.#known.size >= mostKnown) this.#known.clear()
    this.#known.set(id, id)
    return id
  }
}

/** What a message shows of a cell: bytes that are no text as the text they might have been. */
const shown = (cell: unknown): unknown => cell instanceof Uint8Array ? Buffer.from(cell).toString("utf8") : cell

const without = (batch: QuoteBatch, refused: ReadonlyMap<number, FieldProblem>): QuoteBatch => {
  const keep = (_: unknown, row: number) => !refused.has(row)
  return {
    kind: "quotes",
    market: batch.market.filter(keep),
    availableAt: batch.availableAt.filter(keep),
    eventTime: batch.eventTime.filter(keep),
    bestBid: batch.bestBid.filter(keep),
    bestAsk: batch.bestAsk.filter(keep),
    volume24h: batch.volume24h.filter(keep)
  }
}

/** Stands in rows that are left out. */
const nowhere = MarketId.make("-")

/**
 * Reads columns of cells as quotes, with the same bounds as fields of events have. Plain loops, one a column: this is
 * what an import of millions of rows spends its time on.
 */
export const readQuotes = ({ columns, rows }: QuoteCells, markets: MarketIds): QuoteRows => {
  const refused = new Map<number, FieldProblem>()
  const refuse = (row: number, field: QuoteColumn, expected: string, cell: unknown) => {
    if (!refused.has(row)) refused.set(row, { field, expected, actual: shown(cell), hint: undefined })
  }
  const numbers = (column: QuoteColumn, read: (cell: unknown) => number, expected: string): Float64Array => {
    const out = new Float64Array(rows).fill(NaN)
    const cells = columns[column]
    if (cells === undefined) return out
    for (let row = 0; row < rows; row++) {
      const value = read(cells[row])
      if (value === bad) refuse(row, column, expected, cells[row])
      else out[row] = value
    }
    return out
  }

  const availableAt = numbers("available_at", instantOf, expectedInstant)
  for (let row = 0; row < rows; row++) {
    if (Number.isNaN(availableAt[row])) refuse(row, "available_at", expectedInstant, columns.available_at?.[row])
  }
  const market: Array<MarketId> = []
  for (let row = 0; row < rows; row++) {
    const cell = columns.market?.[row]
    const id = markets.get(cell)
    if (id === undefined) refuse(row, "market", expectedMarketId, cell)
    market.push(id ?? nowhere)
  }
  const eventTime = numbers("event_time", instantOf, expectedInstant)
  for (let row = 0; row < rows; row++) {
    if (Number.isNaN(eventTime[row])) eventTime[row] = availableAt[row] ?? NaN
  }
  const bestBid = numbers("best_bid", priceOf, expectedPrice)
  const bestAsk = numbers("best_ask", priceOf, expectedPrice)
  const volume24h = numbers("volume_24h", amountOf, expectedAmount)
  const batch: QuoteBatch = { kind: "quotes", market, availableAt, eventTime, bestBid, bestAsk, volume24h }
  return { batch: refused.size === 0 ? batch : without(batch, refused), refused }
}
