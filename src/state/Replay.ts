import type { EventColumns } from "../domain/EventColumns.js"
import { type Checkpoint, checkpoint, MarketState, restore } from "./MarketState.js"
import { reduce } from "./reduce.js"

/** A seek replays at most about this many events, and a checkpoint costs about a book's copy. */
const eventsPerCheckpoint = 32

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
  readonly state: MarketState
  readonly #columns: ReadonlyArray<EventColumns>
  readonly #positions: Array<number>
  #marks: Array<Mark> = []
  #sinceMark = 0
  readonly #checkpointEvery: number
  /** the instant of the newest event applied; -Infinity before the first */
  #at = -Infinity
  /** where it stands since a seek: the state is the same for every instant from `#at` up to here, exclusive */
  #stillUntil = -Infinity
  /** whether the state lacks events that were passed over: no checkpoint is taken of it, and a seek starts from nothing */
  #partial = false

  /**
   * @param columns one entry a kind, each sorted by (availableAt, sequence)
   * @param checkpointEvery events between two checkpoints; Infinity where the replay only ever goes forward
   * @param state what the events move on from
   */
  constructor(
    columns: ReadonlyArray<EventColumns>,
    checkpointEvery = eventsPerCheckpoint,
    state = new MarketState()
  ) {
    this.state = state
    this.#columns = columns
    this.#checkpointEvery = checkpointEvery
    this.#positions = columns.map(() => 0)
  }

  /** The number of events. */
  size(): number {
    return this.#columns.reduce((sum, columns) => sum + columns.rows, 0)
  }

  isAtEnd(): boolean {
    return this.#nextKind() === -1
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

  /** Applies the next event of a kind and returns when it became known; NaN where there is none. */
  #apply(kind: number, upTo: number): number {
    const columns = this.#columns[kind]
    if (columns === undefined) return NaN
    const row = this.#positions[kind] ?? 0
    this.#positions[kind] = row + 1
    this.#stillUntil = -Infinity
    this.#at = columns.availableAt[row] ?? NaN
    if ((columns.sequence[row] ?? Infinity) <= upTo) reduce(this.state, columns, row)
    else this.#partial = true
    return this.#at
  }

  /** Applies the next event and returns the instant at which it became known; NaN at the end. */
  next(): number {
    return this.#apply(this.#nextKind(), Infinity)
  }

  /**
   * Applies all events known at `at`, inclusive. Events with a sequence above `upTo` are passed over, for good: to a later
   * position the state then moves by `seek`.
   */
  advance(at: number, upTo = Infinity): void {
    for (let kind = this.#nextKind(); kind !== -1; kind = this.#nextKind()) {
      const columns = this.#columns[kind]
      const next = columns?.availableAt[this.#positions[kind] ?? 0] ?? Infinity
      if (next > at) break
      if (++this.#sinceMark >= this.#checkpointEvery && next > this.#at) this.#mark()
      this.#apply(kind, upTo)
    }
  }

  /** Moves to any instant, inclusive, from the nearest checkpoint behind it. */
  seek(at: number): void {
    // most instants of a grid lie between two events
    if (at >= this.#at && at < this.#stillUntil) return
    let low = -1
    let high = this.#marks.length
    while (high - low > 1) {
      const middle = (low + high) >>> 1
      if ((this.#marks[middle]?.at ?? Infinity) <= at) low = middle
      else high = middle
    }
    const mark = this.#marks[low]
    if (this.#partial) {
      // a history with holes has written where checkpoints count on the whole one
      this.#marks = []
      this.#restore(undefined)
    } else if (at < this.#at || (mark !== undefined && mark.at > this.#at)) {
      // going on from here is shorter unless the instant lies behind, or a checkpoint lies between
      this.advance(this.#at)
      this.#restore(mark)
    }
    this.advance(at)
    const next = this.#nextKind()
    this.#stillUntil = this.#columns[next]?.availableAt[this.#positions[next] ?? 0] ?? Infinity
  }

  #mark(): void {
    this.#sinceMark = 0
    const newest = this.#marks.at(-1)
    if (this.#partial || (newest !== undefined && newest.at >= this.#at)) return
    this.#marks.push({ at: this.#at, positions: [...this.#positions], checkpoint: checkpoint(this.state) })
  }

  #restore(mark: Mark | undefined): void {
    this.#sinceMark = 0
    this.#stillUntil = -Infinity
    this.#partial = false
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
