import { Option } from "effect"
import { Buffer } from "node:buffer"
import { expectedInstant, isInstant, parseInstant } from "../domain/Instant.js"
import { expectedMarketId, isMarketId, type MarketId } from "../domain/MarketId.js"
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

const instantOf = (cell: unknown): number => {
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

/** Market ids seen, each checked once. Files repeat them row after row. */
export class MarketIds {
  readonly #known = new Map<unknown, MarketId>()

  get(cell: unknown): MarketId | undefined {
    const known = this.#known.get(cell)
    if (known !== undefined || typeof cell !== "string" || !isMarketId(cell)) return known
    // a copy: a slice of a block of text would keep the whole block alive
    const id = Buffer.from(cell, "utf8").toString("utf8")
    if (!isMarketId(id)) return undefined
    if (this.#known.size >= 100_000) this.#known.clear()
    this.#known.set(id, id)
    return id
  }
}
