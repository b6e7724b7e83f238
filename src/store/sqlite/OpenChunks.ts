import type { EventColumns } from "../../domain/EventColumns.js"
import type { MarketId } from "../../domain/MarketId.js"

/** An open chunk and how far the scan has come in it. */
export interface Open {
  readonly market: MarketId
  readonly columns: EventColumns
  row: number
}

const comesBefore = (a: Open, b: Open): boolean => {
  const [first = Infinity, second = Infinity] = [a.columns.availableAt[a.row], b.columns.availableAt[b.row]]
  return first < second || (first === second && (a.columns.sequence[a.row] ?? 0) < (b.columns.sequence[b.row] ?? 0))
}

/** A binary heap of open chunks, the one with the next event of the log on top. */
export class OpenChunks {
  readonly #heap: Array<Open> = []

  top(): Open | undefined {
    return this.#heap[0]
  }

  push(open: Open): void {
    this.#heap.push(open)
    let at = this.#heap.length - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#swapIfBefore(at, parent)) return
      at = parent
    }
  }

  /** Moves the top one event on; drops it at its end. */
  advance(): void {
    const top = this.#heap[0]
    if (top === undefined) return
    top.row++
    if (top.row === top.columns.rows) {
      const last = this.#heap.pop()
      if (last !== undefined && last !== top) this.#heap[0] = last
    }
    let at = 0
    for (;;) {
      const left = 2 * at + 1
      const right = left + 1
      const child = this.#before(right, left) ? right : left
      if (!this.#swapIfBefore(child, at)) return
      at = child
    }
  }

  #before(a: number, b: number): boolean {
    const [first, second] = [this.#heap[a], this.#heap[b]]
    return first !== undefined && second !== undefined && comesBefore(first, second)
  }

  #swapIfBefore(a: number, b: number): boolean {
    const [first, second] = [this.#heap[a], this.#heap[b]]
    if (first === undefined || second === undefined || !comesBefore(first, second)) return false
    this.#heap[a] = second
    this.#heap[b] = first
    return true
  }
}
