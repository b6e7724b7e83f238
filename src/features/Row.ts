import { Reason, type ReasonCode, reasonCode } from "./Reason.js"

/**
 * Where the values of one group go: slot `offset + i * stride` of both arrays is feature `i`. The evaluator points a row at
 * a buffer of its own or straight into columns of many rows; cells write there, and nothing is allocated.
 */
export class Row {
  values: Float64Array
  reasons: Uint8Array
  offset = 0
  stride = 1

  constructor(readonly width: number) {
    this.values = new Float64Array(width)
    this.reasons = new Uint8Array(width)
  }

  /** Where a feature's answer goes. */
  slot(feature: number): number {
    return this.offset + feature * this.stride
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
    const slot = row.slot(this.#index)
    // -0 would differ from 0 in its bits though not in its meaning
    row.values[slot] = value + 0
    row.reasons[slot] = Reason.known
  }

  unknown(reason: ReasonCode): void {
    const row = this.#row
    const slot = row.slot(this.#index)
    row.values[slot] = NaN
    row.reasons[slot] = reason
  }

  /** The value written for this instant; NaN where it is unknown. */
  value(): number {
    return this.#row.values[this.#row.slot(this.#index)] ?? NaN
  }

  /** Why the value is unknown; 0 where it is known. */
  reason(): ReasonCode {
    return reasonCode(this.#row.reasons[this.#row.slot(this.#index)] ?? Reason.no_data)
  }
}

/** What a kernel may see of another computer's answers for the same instant. */
export type Reading = Pick<Cell, "value" | "reason">
