import { type Batch, blockRows } from "./columns.js"

/** How rows of some form are cut and put together. */
export interface RowForm<A> {
  readonly rows: (some: A) => number
  readonly slice: (some: A, from: number, to: number) => A
  readonly concat: (parts: ReadonlyArray<A>) => A
}

/** Gathers rows and gives them back `blockRows` at a time: what is written does not depend on how a file was read. */
export class RowBlocks<A> {
  readonly #form: RowForm<A>
  #parts: Array<A> = []
  #rows = 0

  constructor(form: RowForm<A>) {
    this.#form = form
  }

  push(some: A): ReadonlyArray<A> {
    const { rows, slice } = this.#form
    const full: Array<A> = []
    const size = rows(some)
    for (let from = 0; from < size;) {
      const to = Math.min(size, from + blockRows - this.#rows)
      this.#parts.push(from === 0 && to === size ? some : slice(some, from, to))
      this.#rows += to - from
      from = to
      if (this.#rows === blockRows) full.push(...this.finish())
    }
    return full
  }

  /** The rest, if there is any. */
  finish(): ReadonlyArray<A> {
    const parts = this.#parts
    this.#parts = []
    this.#rows = 0
    return parts.length === 0 ? [] : [this.#form.concat(parts)]
  }
}

export const batchForm: RowForm<Batch> = {
  rows: ({ rows }) => rows,
  slice: ({ columns }, from, to) => ({ rows: to - from, columns: columns.map((cells) => cells.slice(from, to)) }),
  concat: (parts) => ({
    rows: parts.reduce((sum, { rows }) => sum + rows, 0),
    columns: (parts[0]?.columns ?? []).map((_, index) => parts.flatMap(({ columns }) => columns[index] ?? []))
  })
}
