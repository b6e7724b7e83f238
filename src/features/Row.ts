import { Reason, type ReasonCode, reasonCode } from "./Reason.js"

/**
 * Where the values of one group go: slot `offset + i` of the two columns is feature `i`. The evaluator points a row at a
 * buffer of its own or straight into columns of many rows; cells write there, and nothing is allocated.
 */
export class Row {
  values: Float64Array
  reasons: Uint8Array
  offset = 0

  constructor(readonly width: number) {
    this.values = new Float64Array(width)
    this.reasons = new Uint8Array(width)
  }
}

/** One feature's place in a row: where a kernel writes its answer, and where a dependent kernel reads it. */
export class Cell {
  readonly #row: Row
  readonly #index: number

  constructor(row: Row, index: number) {
    this.#row = row
    this.#index = index
  }

  known(value: number): void {
    const row = this.#row
    // -0 would differ from 0 in its bits though not in its meaning
    row.values[row.offset + this.#index] = value + 0
    row.reasons[row.offset + this.#index] = Reason.known
  }

  unknown(reason: ReasonCode): void {
    const row = this.#row
    row.values[row.offset + this.#index] = NaN
    row.reasons[row.offset + this.#index] = reason
  }

  /** The value written for this instant; NaN where it is unknown. */
  value(): number {
    return this.#row.values[this.#row.offset + this.#index] ?? NaN
  }

  /** Why the value is unknown; 0 where it is known. */
  reason(): ReasonCode {
    return reasonCode(this.#row.reasons[this.#row.offset + this.#index] ?? Reason.no_data)
  }
}

/** What a kernel may see of another computer's answers for the same instant. */
export type Reading = Pick<Cell, "value" | "reason">
