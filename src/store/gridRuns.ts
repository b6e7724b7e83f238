import { Instant } from "../domain/Instant.js"
import type { ChunkPlace } from "./FeatureRepository.js"

/** Rows of a chunk, and rows computed without letting others run. */
const chunkRows = 4_096

/** A part of a market's grid that is computed and stored by itself, in instants: chunks that fit it are whole. */
const partRows = 16 * chunkRows

/** A time grid: `from`, and every step after it up to `to`, inclusive. */
export interface TimeGrid {
  readonly everyMillis: number
  readonly from: Instant
  readonly to: Instant
}

/** A run of grid instants: `rows` of them from `firstAt` on. */
export type Run = Pick<ChunkPlace, "firstAt" | "rows">

export const instantsOf = ({ everyMillis, from, to }: TimeGrid): number =>
  Math.max(0, Math.floor((to - from) / everyMillis) + 1)

/** A grid in parts, in the order of time. */
export const partsOf = (grid: TimeGrid): ReadonlyArray<TimeGrid> => {
  const step = partRows * grid.everyMillis
  return Array.from({ length: Math.ceil(instantsOf(grid) / partRows) }, (_, part) => {
    const from = Instant(grid.from + part * step)
    return { everyMillis: grid.everyMillis, from, to: Instant(Math.min(grid.to, from + step - grid.everyMillis)) }
  })
}

/** Marks the instants of a grid that chunks cover; a chunk of the same step may stand between them. */
const coveredBy = ({ everyMillis, from }: TimeGrid, instants: number, chunks: ReadonlyArray<Run>): Uint8Array => {
  const covered = new Uint8Array(instants)
  for (const { firstAt, rows } of chunks) {
    const first = (firstAt - from) / everyMillis
    if (Number.isInteger(first)) covered.fill(1, Math.max(0, first), Math.max(0, first + rows))
  }
  return covered
}

/** The grid's instants that no chunk covers, as runs of at most a chunk. */
export const missingRuns = (grid: TimeGrid, chunks: ReadonlyArray<Run>): ReadonlyArray<Run> => {
  const instants = instantsOf(grid)
  const covered = coveredBy(grid, instants, chunks)
  const runs: Array<Run> = []
  for (let first = covered.indexOf(0); first !== -1;) {
    const next = covered.indexOf(1, first)
    const end = Math.min(next === -1 ? instants : next, first + chunkRows)
    runs.push({ firstAt: Instant(grid.from + first * grid.everyMillis), rows: end - first })
    first = covered.indexOf(0, end)
  }
  return runs
}
