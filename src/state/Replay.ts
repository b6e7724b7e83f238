import type { EventColumns } from "../domain/EventColumns.js"
import { type Checkpoint, checkpoint, MarketState, restore } from "./MarketState.js"
import { reduce } from "./reduce.js"

/** Events between two checkpoints: a seek replays at most these, and a checkpoint costs about a book's copy. */
const checkpointEvery = 64

interface Mark {
  /** everything known up to and including this instant is in the checkpoint */
  readonly at: number
  readonly positions: ReadonlyArray<number>
  readonly checkpoint: Checkpoint
}

/**
 * A market's events, all kinds merged in the log's order, and a state that moves over them: forward event by event, and
 * to any instant through checkpoints that it leaves on its way.
 */
export class Replay {
  readonly state = new MarketState()
  readonly #columns: ReadonlyArray<EventColumns>
  readonly #positions: Array<number>
  #marks: Array<Mark> = []
  #sinceMark = 0
  /** the instant of the newest event applied; -Infinity before the first */
  #at = -Infinity

  /** @param columns one entry a kind, each sorted by (availableAt, sequence) */
  constructor(columns: ReadonlyArray<EventColumns>) {
    this.#columns = columns
    this.#positions = columns.map(() => 0)
  }

  /** The number of events. */
  size(): number {
    return this.#columns.reduce((sum, columns) => sum + columns.rows, 0)
  }

  /** The kind (an index into the columns) of the next event; -1 at the end. */
  #nextKind(): number {
    let best = -1
    let bestAt = Infinity
    let bestSequence = Infinity
    for (let kind = 0; kind < this.#columns.length; kind++) {
      const columns = this.#columns[kind]
      const row = this.#positions[kind] ?? 0
      if (columns === undefined || row >= columns.rows) continue
      const at = columns.availableAt[row] ?? Infinity
      const sequence = columns.sequence[row] ?? Infinity
      if (at < bestAt || (at === bestAt && sequence < bestSequence)) {
        best = kind
        bestAt = at
        bestSequence = sequence
      }
    }
    return best
  }

  #apply(kind: number, upTo: number): number {
    const columns = this.#columns[kind]
    if (columns === undefined) return NaN
    const row = this.#positions[kind] ?? 0
    this.#positions[kind] = row + 1
    this.#at = columns.availableAt[row] ?? NaN
    if ((columns.sequence[row] ?? Infinity) <= upTo) reduce(this.state, columns, row)
    return this.#at
  }

  /** Applies the next event and returns the instant at which it became known; NaN at the end. */
  next(): number {
    const kind = this.#nextKind()
    return kind === -1 ? NaN : this.#apply(kind, Infinity)
  }

  /** Applies all events known at `at`, inclusive. Events with a sequence above `upTo` are passed over. */
  advance(at: number, upTo = Infinity): void {
    for (let kind = this.#nextKind(); kind !== -1; kind = this.#nextKind()) {
      const columns = this.#columns[kind]
      const next = columns?.availableAt[this.#positions[kind] ?? 0] ?? Infinity
      if (next > at) break
      if (upTo === Infinity && ++this.#sinceMark >= checkpointEvery && next > this.#at) this.#mark()
      this.#apply(kind, upTo)
    }
  }

  /** Moves to any instant, inclusive, from the nearest checkpoint behind it. */
  seek(at: number): void {
    let low = -1
    let high = this.#marks.length
    while (high - low > 1) {
      const middle = (low + high) >>> 1
      if ((this.#marks[middle]?.at ?? Infinity) <= at) low = middle
      else high = middle
    }
    const mark = this.#marks[low]
    // going on from here is shorter unless the instant lies behind, or a checkpoint lies between
    if (at < this.#at || (mark !== undefined && mark.at > this.#at)) {
      this.#restore(mark)
    }
    this.advance(at)
  }

  #mark(): void {
    this.#sinceMark = 0
    const newest = this.#marks.at(-1)
    if (newest !== undefined && newest.at >= this.#at) return
    this.#marks.push({ at: this.#at, positions: [...this.#positions], checkpoint: checkpoint(this.state) })
  }

  #restore(mark: Mark | undefined): void {
    this.#sinceMark = 0
    if (mark === undefined) {
      restore(this.state, checkpoint(new MarketState()))
      this.#at = -Infinity
      this.#positions.fill(0)
      return
    }
    restore(this.state, mark.checkpoint)
    this.#at = mark.at
    mark.positions.forEach((position, kind) => {
      this.#positions[kind] = position
    })
  }
}
