import { Effect } from "effect"
import { Instant } from "../domain/Instant.js"
import type { BoundGroup } from "../features/BoundMarket.js"
import { encodeChunk } from "./codec/chunks.js"
import type { Prepared } from "./Evaluator.js"
import type { EncodedChunk } from "./FeatureRepository.js"
import type { Run } from "./gridRuns.js"

// one function a type: a loop that meets several types of array is several times slower

/** Every `width`-th of some values, from `first` on. */
const pickValues = (from: Float64Array, first: number, width: number, to: Float64Array): Float64Array => {
  for (let row = 0, at = first; row < to.length; row++, at += width) to[row] = from[at] ?? NaN
  return to
}

/** Every `width`-th of some reasons, from `first` on. */
const pickReasons = (from: Uint8Array, first: number, width: number, to: Uint8Array): Uint8Array => {
  for (let row = 0, at = first; row < to.length; row++, at += width) to[row] = from[at] ?? 0
  return to
}

/** Memory for the answers of one group, at most `capacity` rows of them. */
interface GroupMemory {
  readonly capacity: number
  readonly values: Float64Array
  readonly reasons: Uint8Array
  readonly newestAt: Float64Array
  readonly valueColumns: ReadonlyArray<Float64Array>
  readonly reasonColumns: ReadonlyArray<Uint8Array>
}

/**
 * Memory for the answers of runs, which are computed one after the other: taken once and used for market after market. New
 * memory for each would cost as much as the answers.
 */
export class RunMemory {
  readonly #groups = new Map<string, GroupMemory>()

  of(group: string, width: number, capacity: number): GroupMemory {
    const known = this.#groups.get(group)
    if (known !== undefined && known.capacity >= capacity) return known
    const memory: GroupMemory = {
      capacity,
      values: new Float64Array(capacity * width),
      reasons: new Uint8Array(capacity * width),
      newestAt: new Float64Array(capacity),
      valueColumns: Array.from({ length: width }, () => new Float64Array(capacity)),
      reasonColumns: Array.from({ length: width }, () => new Uint8Array(capacity))
    }
    this.#groups.set(group, memory)
    return memory
  }
}

/** Where a group writes a run's answers, row after row; it serves run after run of at most `capacity` rows. */
class RunBuffer<R> {
  readonly bound: BoundGroup<R>
  readonly newestAt: Float64Array
  readonly #own: Pick<BoundGroup<R>["row"], "values" | "reasons">
  readonly #memory: GroupMemory

  constructor(bound: BoundGroup<R>, memory: GroupMemory) {
    const { reasons, values } = bound.row
    this.bound = bound
    this.newestAt = memory.newestAt
    this.#own = { values, reasons }
    this.#memory = memory
    bound.row.values = memory.values
    bound.row.reasons = memory.reasons
  }

  /** The first rows as a chunk. */
  chunk(place: Omit<EncodedChunk, "data">): EncodedChunk {
    const { rows } = place
    const { reasonColumns, reasons, valueColumns, values } = this.#memory
    const { width } = this.bound.row
    return encodeChunk({
      ...place,
      newestAt: this.newestAt.subarray(0, rows),
      values: valueColumns.map((column, index) => pickValues(values, index, width, column.subarray(0, rows))),
      reasons: reasonColumns.map((column, index) => pickReasons(reasons, index, width, column.subarray(0, rows)))
    })
  }

  /** Gives the group its own row back. */
  release(): void {
    Object.assign(this.bound.row, this.#own, { offset: 0 })
  }
}

const evaluateRun = <R>(
  { handle }: Prepared<R>,
  needed: ReadonlyArray<BoundGroup<R>>,
  buffers: ReadonlyArray<RunBuffer<R>>,
  { firstAt, rows }: Run,
  everyMillis: number
): void => {
  for (let i = 0; i < rows; i++) {
    const at = Instant(firstAt + i * everyMillis)
    handle.moveTo(at)
    for (let one = 0; one < buffers.length; one++) {
      const row = buffers[one]?.bound.row
      if (row !== undefined) row.offset = i * row.width
    }
    for (let one = 0; one < needed.length; one++) needed[one]?.evaluate(at)
    for (let one = 0; one < buffers.length; one++) {
      const buffer = buffers[one]
      if (buffer !== undefined) buffer.newestAt[i] = buffer.bound.newestAt()
    }
  }
}

/**
 * Evaluates runs of a market's grid, all groups at each instant, and encodes what was answered: by group, a chunk a run.
 * `needed` are the groups and what they depend on, in the order of evaluation; nobody else uses `memory` meanwhile.
 */
export const evaluateRuns = <R>(
  prepared: Prepared<R>,
  needed: ReadonlyArray<BoundGroup<R>>,
  groups: ReadonlyArray<BoundGroup<R>>,
  runs: ReadonlyArray<Run>,
  grid: Pick<EncodedChunk, "everyMillis" | "logSequence">,
  memory: RunMemory
): Effect.Effect<ReadonlyArray<ReadonlyArray<EncodedChunk>>> =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      const capacity = runs.reduce((most, { rows }) => Math.max(most, rows), 0)
      return groups.map((bound) => new RunBuffer(bound, memory.of(bound.group.id, bound.row.width, capacity)))
    }),
    (buffers) =>
      Effect.gen(function*() {
        const chunks = groups.map((): Array<EncodedChunk> => [])
        for (const run of runs) {
          // others may run in between
          yield* Effect.sync(() => {
            evaluateRun(prepared, needed, buffers, run, grid.everyMillis)
            const { market } = prepared.bound
            buffers.forEach((buffer, index) => chunks[index]?.push(buffer.chunk({ market, ...run, ...grid })))
          })
        }
        return chunks
      }),
    (buffers) =>
      Effect.sync(() => {
        for (const buffer of buffers) buffer.release()
      })
  )
