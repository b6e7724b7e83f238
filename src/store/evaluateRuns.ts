import { Effect } from "effect"
import { Instant } from "../domain/Instant.js"
import type { BoundGroup } from "../features/BoundMarket.js"
import { encodeChunk } from "./codec/chunks.js"
import type { Prepared } from "./Evaluator.js"
import type { EncodedChunk } from "./FeatureRepository.js"
import type { Run } from "./gridRuns.js"

/** Memory for the answers of one group, at most `capacity` rows of them, column after column. */
interface GroupMemory {
  readonly capacity: number
  /** from one column to the next */
  readonly stride: number
  readonly values: Float64Array
  readonly reasons: Uint8Array
  readonly newestAt: Float64Array
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
    // a row is written across all columns: at a distance of a power of two they would share the same few lines of the cache
    const stride = capacity + 64
    const memory: GroupMemory = {
      capacity,
      stride,
      values: new Float64Array(stride * width),
      reasons: new Uint8Array(stride * width),
      newestAt: new Float64Array(capacity)
    }
    this.#groups.set(group, memory)
    return memory
  }
}

/** Where a group writes a run's answers, column by column; it serves run after run of at most `capacity` rows. */
class RunBuffer<R> {
  readonly bound: BoundGroup<R>
  readonly newestAt: Float64Array
  readonly #own: Pick<BoundGroup<R>["row"], "values" | "reasons">

  constructor(bound: BoundGroup<R>, { newestAt, reasons, stride, values }: GroupMemory) {
    const { row } = bound
    this.bound = bound
    this.newestAt = newestAt
    this.#own = { values: row.values, reasons: row.reasons }
    Object.assign(row, { values, reasons, stride })
  }

  /** The first rows as a chunk. */
  chunk(place: Omit<EncodedChunk, "data">): EncodedChunk {
    const { row: { reasons, stride, values }, group: { features } } = this.bound
    const ofFeature = <Column extends Float64Array | Uint8Array>(
      all: { readonly subarray: (from: number, to: number) => Column }
    ) => features.map((_, feature) => all.subarray(feature * stride, feature * stride + place.rows))
    return encodeChunk({
      ...place,
      newestAt: this.newestAt.subarray(0, place.rows),
      values: ofFeature(values),
      reasons: ofFeature(reasons)
    })
  }

  /** Gives the group its own row back. */
  release(): void {
    Object.assign(this.bound.row, this.#own, { offset: 0, stride: 1 })
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
      if (row !== undefined) row.offset = i
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
